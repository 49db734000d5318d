// When each request is due, and which one it is: fixed before the load begins, whatever the server does. Values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "client/plan.hpp"

namespace hbnb::bench {

using Moment = std::chrono::steady_clock::time_point;
using Duration = std::chrono::nanoseconds;

inline Duration duration_of(double seconds) { return Duration(static_cast<std::int64_t>(seconds * 1e9)); }

// Arrivals of an open loop, evenly spaced.
class Schedule {
  public:
    Schedule(double rate, double seconds, std::uint64_t most);
    std::uint64_t count() const { return count_; }
    Duration at(std::uint64_t number) const { return duration_of(double(number) / rate_); }

  private:
    double rate_;
    std::uint64_t count_;
};

// Draws targets in proportion to their weights, the same sequence in every run. Not evenly: slow requests come in
// clumps, as they do in life.
class Lot {
  public:
    explicit Lot(const std::vector<Target> &targets);
    std::size_t draw();

  private:
    std::mt19937_64 random_{1};
    std::discrete_distribution<std::size_t> weights_;
};

}  // namespace hbnb::bench
