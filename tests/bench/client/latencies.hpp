// How long requests took: every one is kept, so the percentiles are exact. A value.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace hbnb::bench {

struct LatencySummary {
    std::uint64_t count = 0;
    double mean_us = 0, p50_us = 0, p90_us = 0, p99_us = 0, p999_us = 0, max_us = 0;  // all 0 where count is
};

class Latencies {
  public:
    void add(std::chrono::nanoseconds took) { took_.push_back(took.count()); }
    LatencySummary summary() const;

  private:
    std::vector<std::int64_t> took_;
};

}  // namespace hbnb::bench
