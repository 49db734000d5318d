// What a database spells as text, read as the kind that its column has with us. Tables that others have made hold
// numbers in text columns, times without a fraction, and worse: what is none is Unreadable, and never a failure. Pure.
#pragma once

#include <string>
#include <string_view>

#include "model/column.hpp"
#include "model/value.hpp"

namespace hbnb {

// "12", "12.00" and "1.2e1" are 12; what is behind the point is cut off. Unreadable beyond 64 bits.
Value read_integer(std::string_view text);

// Unreadable where it is not finite.
Value read_real(std::string_view text);

// A day, with or without a time, its seconds, a fraction of them, the zone of UTC: "2017-03-25", "2017-03-25
// 02:17:06+00". Unreadable: month or day 0, other zones, years of other than four digits.
Value read_time(std::string text);

// Of any kind.
Value read_stored(std::string text, Kind kind);

}  // namespace hbnb
