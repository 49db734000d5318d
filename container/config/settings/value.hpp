// Single values between YAML and Config: units, ranges, and what a sentence says of them. Pure.
#pragma once

#include <string>

#include "base/error.hpp"
#include "config/language/document.hpp"
#include "config/settings/settings.hpp"

namespace hbnb::config {

// The value, checked against the row's type and range. The error is the sentence's end: `found "30"; allowed a duration
// from 10ms to 1h; write a unit, such as 30s`. Not for subtrees, pools, listeners and mounts.
Result<Value> read_value(const Setting &setting, const Node &node);

std::string allowed_text(const Setting &setting);                    // "a whole number from 1 to 1024"
std::string value_text(const Setting &setting, const Value &value);  // as YAML: 30s, "0660", [0, 33]
std::string default_text(const Setting &setting);                    // value_text of the default

std::string duration_text(std::uint64_t nanoseconds);  // in the largest unit without a rest: "90s", "1h"
std::string size_text(std::uint64_t bytes);            // "64KiB"
std::string yaml_string(std::string_view text);        // in double quotes, escaped

}  // namespace hbnb::config
