// The only place that reads the clocks.
#pragma once

#include <chrono>

#include "base/moment.hpp"

namespace hbnb {

Moment monotonic_now();                            // CLOCK_MONOTONIC; any thread, async-signal-safe
std::chrono::system_clock::time_point wall_now();  // for log stamps only: it may jump

}  // namespace hbnb
