// Why a text is no JSON, where a person would take it for one.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hbnb {

// Of a text that the parser has refused: a number beyond a double, half a surrogate pair, bytes that are no UTF-8, each
// with the key it stands at ("a.b[2]") and the byte, counted from 1. Nothing for every other mistake, and outside an
// object.
std::optional<std::string> what_is_wrong(std::string_view text);

}  // namespace hbnb
