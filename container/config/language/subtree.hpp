// A plugin's `config:` subtree as JSON, typed as YAML 1.2's core schema says: unquoted true, false, null and numbers
// are that, everything else is text.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "config/language/document.hpp"

namespace hbnb::config {

// What JSON cannot say (.nan, a whole number beyond 64 bits) is a finding.
nlohmann::json to_json(const Node &node, const std::string &key, Findings &findings);

}  // namespace hbnb::config
