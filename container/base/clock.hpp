// The only place of the container that reads the clocks.
#pragma once

#include <chrono>

#include "base/moment.hpp"

namespace hbnb {

Moment monotonic_now();  // CLOCK_MONOTONIC; any thread, async-signal-safe
// For log stamps, and to understand a web server's REQUEST_START. It may jump; any thread.
std::chrono::system_clock::time_point wall_now();

}  // namespace hbnb
