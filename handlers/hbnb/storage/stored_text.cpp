#include "storage/stored_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace hbnb {

namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) + 1 - first);
}

// Whether all of the text is that number.
template <class Number>
bool is_whole_number(std::string_view text, Number &number) {
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && rest == text.data() + text.size();
}

// Reads what stands where `pattern` has a 0 as digits, and compares the rest.
bool fits(std::string_view text, std::string_view pattern) {
    if (text.size() < pattern.size()) return false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const bool is_digit = text[i] >= '0' && text[i] <= '9';
        if (pattern[i] == '0' ? !is_digit : text[i] != pattern[i]) return false;
    }
    return true;
}

int two_digits(std::string_view text, std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); }

constexpr std::size_t kDay = 10, kMinutes = 16, kSeconds = 19, kMicros = 26;

bool is_day(std::string_view text) {
    if (!fits(text, "0000-00-00")) return false;
    const int month = two_digits(text, 5), day = two_digits(text, 8);
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

bool is_clock(std::string_view text) {
    return two_digits(text, 0) <= 23 && two_digits(text, 3) <= 59 && (text.size() < 8 || two_digits(text, 6) <= 60);
}

bool is_utc(std::string_view zone) {
    return zone.empty() || zone == "Z" || zone == "z" || zone == "+00" || zone == "+00:00" || zone == "+0000";
}

}  // namespace

Value read_integer(std::string_view text) {
    constexpr double kBeyond = 9223372036854775808.0;  // 2^63
    text = trimmed(text);
    std::int64_t integer = 0;
    if (is_whole_number(text, integer)) return integer;
    double real = 0;
    if (!is_whole_number(text, real) || !(std::abs(real) < kBeyond)) return Unreadable{};
    return static_cast<std::int64_t>(real);
}

Value read_real(std::string_view text) {
    double real = 0;
    if (!is_whole_number(trimmed(text), real) || !std::isfinite(real)) return Unreadable{};
    return real;
}

Value read_time(std::string text) {
    if (!is_day(text)) return Unreadable{};
    if (text.size() == kDay) text += "T00:00";
    if (text[kDay] == ' ') text[kDay] = 'T';
    if (!fits(std::string_view(text).substr(kDay), "T00:00")) return Unreadable{};
    if (!fits(std::string_view(text).substr(kMinutes), ":00")) text.insert(kMinutes, ":00");
    if (!is_clock(std::string_view(text).substr(kDay + 1, kSeconds - kDay - 1))) return Unreadable{};
    if (text.size() == kSeconds || text[kSeconds] != '.') text.insert(kSeconds, ".");
    const std::size_t zone = std::min(text.find_first_not_of("0123456789", kSeconds + 1), text.size());
    if (!is_utc(std::string_view(text).substr(zone))) return Unreadable{};
    text.resize(std::min(zone, kMicros));
    text.resize(kMicros, '0');
    return text;
}

Value read_stored(std::string text, Kind kind) {
    switch (kind) {
        case Kind::integer: return read_integer(text);
        case Kind::real: return read_real(text);
        case Kind::time: return read_time(std::move(text));
        case Kind::text: break;
    }
    return text;
}

}  // namespace hbnb
