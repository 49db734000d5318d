// When a kernel that could not say how many connections wait is asked again: after 1200 samples, a minute. A kernel
// short of memory is so for a while, and one that does not offer the answer looks for a module each time it is asked. A
// value.
#pragma once

#include <cstdint>

namespace hbnb::pool {

class BacklogPause {
  public:
    static constexpr std::uint64_t kTicks = 1200;

    bool is_over(std::uint64_t tick) const { return tick >= until_; }
    void begin(std::uint64_t tick) { until_ = tick + kTicks; }  // the kernel could not say it

  private:
    std::uint64_t until_ = 0;
};

}  // namespace hbnb::pool
