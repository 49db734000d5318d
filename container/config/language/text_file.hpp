// The bytes of a configuration file, before anything is known of them but that they are text.
#pragma once

#include <optional>
#include <string>

#include "base/error.hpp"
#include "config/language/findings.hpp"

namespace hbnb::config {

// A regular file of at most kFileBytesMax bytes. Opens without waiting: a FIFO is refused, not read.
Result<std::string> read_text_file(const std::string &file);

// False, and one finding, where a byte is not UTF-8 or a control character other than tab, newline and carriage return.
bool is_clean_text(const std::string &text, const std::string &set, Findings &findings);

}  // namespace hbnb::config
