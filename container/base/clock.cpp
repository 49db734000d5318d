#include "base/clock.hpp"

#include <ctime>

namespace hbnb {

Moment monotonic_now() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return Moment{std::chrono::seconds(now.tv_sec) + Duration(now.tv_nsec)};
}

std::chrono::system_clock::time_point wall_now() { return std::chrono::system_clock::now(); }

}  // namespace hbnb
