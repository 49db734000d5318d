// The word that somebody may have meant. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hbnb::config {

// Inserted, dropped and changed characters, and swapped neighbours, that lead from one word to the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The nearest of `words` if it is near enough to be meant (at most a third of it differs), else "".
std::string nearest(std::string_view word, const std::vector<std::string> &words);

}  // namespace hbnb::config
