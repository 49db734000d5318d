// Small functions over the bytes of a request: hbnb_text to std::string_view and back, the query string's decoding.
// Values only; any thread.
#pragma once

#include <hbnb/handler.h>

#include <optional>
#include <string>
#include <string_view>

namespace hbnb::sdk {

// Absent (data == NULL) and empty both give an empty view; is_absent tells them apart.
inline std::string_view view(hbnb_text text) {
    return text.data == nullptr ? "" : std::string_view(text.data, text.size);
}
inline bool is_absent(hbnb_text text) { return text.data == nullptr; }
inline hbnb_text to_text(std::string_view text) { return {text.data() == nullptr ? "" : text.data(), text.size()}; }

inline char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

inline bool equals_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    if (a == b) return true;  // nearly always, where they are equal at all
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (to_lower(a[i]) != to_lower(b[i])) return false;
    }
    return true;
}

inline int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// One value of a query string (application/x-www-form-urlencoded): '+' is a blank, %41 is A; a '%' without two
// hexadecimal digits behind it stands for itself. The bytes are the client's: they need not be UTF-8, and may hold NUL.
inline std::string decode_query(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_escape =
            text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
        if (is_escape) {
            out.push_back(static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])));
            i += 2;
        } else {
            out.push_back(text[i] == '+' ? ' ' : text[i]);
        }
    }
    return out;
}

// The decoded value of the first pair of that (decoded) name. A pair without '=' has an empty value.
inline std::optional<std::string> find_query_value(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(pair.size() < query.size() ? pair.size() + 1 : pair.size());
        const std::string_view key = pair.substr(0, pair.find('='));
        const bool is_plain = key.find_first_of("%+") == std::string_view::npos;
        if (pair.empty() || (is_plain ? key != name : decode_query(key) != name)) continue;
        return decode_query(key.size() < pair.size() ? pair.substr(key.size() + 1) : std::string_view());
    }
    return std::nullopt;
}

}  // namespace hbnb::sdk
