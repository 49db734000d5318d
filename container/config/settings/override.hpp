// --set KEY=VALUE: one key more, or another value for it, in the tree that the file gave; checked with it afterwards.
#pragma once

#include "config/language/document.hpp"
#include "config/settings/config.hpp"

namespace hbnb::config {

// A value that cannot be parsed and a KEY that leads nowhere (below a text, behind the end of a list) are findings.
void apply_override(const Override &change, Node &root, Findings &findings);

}  // namespace hbnb::config
