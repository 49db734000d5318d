// The small texts on the pages. Values only; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hbnb::pages {

// The words of a path's segment: '_' is a blank. Valid UTF-8, U+FFFD where the path was none.
std::string words_of(std::string_view segment);

// A number of any length as it is written: without leading zeros. `digits` is [0-9]+.
std::string plain_number(std::string_view digits);
bool is_even(std::string_view digits);

// "1 Guest", "2 Guests", "0 Guests".
std::string counted(std::int64_t count, const std::string &noun);

// A description as HTML: escaped, but that <br> in all its spellings breaks the line. What a cut has left of a <br> at
// the end is dropped.
std::string description_html(std::string_view description);

// A page with `id` in the place of each kNoCacheId of its head, which holds nothing that was stored. The two are of one
// length.
inline constexpr std::string_view kNoCacheId = "00000000-0000-0000-0000-000000000000";
std::string with_cache_id(std::string_view page, std::string_view id);

}  // namespace hbnb::pages
