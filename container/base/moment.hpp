// A point on the monotonic clock, as a value. Times are handed in: only base/clock reads the clock.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace hbnb {

using Duration = std::chrono::nanoseconds;

// Nanoseconds of CLOCK_MONOTONIC, which all processes of one machine share. Moment{} is the machine's start.
struct Moment {
    Duration since_boot{0};

    auto operator<=>(const Moment &) const = default;

    friend Moment operator+(Moment moment, Duration by) { return Moment{moment.since_boot + by}; }
    friend Moment operator-(Moment moment, Duration by) { return Moment{moment.since_boot - by}; }
    friend Duration operator-(Moment later, Moment earlier) { return later.since_boot - earlier.since_boot; }
};

// Whole ones, for people and programs that are told a length of time.
inline std::int64_t milliseconds(Duration duration) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

}  // namespace hbnb
