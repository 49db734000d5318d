// What became of the requests, target by target. One thread; made into the report at the end.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "client/http_answer.hpp"
#include "client/latencies.hpp"
#include "client/schedule.hpp"

namespace hbnb::bench {

// A request that was due at `due`, since the start.
struct Arrival {
    std::size_t target = 0;
    Duration due{};
};

class Tally {
  public:
    explicit Tally(const Plan &plan);

    void answered(const Arrival &arrival, Duration at, const HttpAnswer &answer);
    // No answer: `why` is refused, cut, malformed or unanswered.
    void failed(const Arrival &arrival, const char *why);
    // When a request was really sent, though a connection was free: how punctual we are ourselves.
    void sent(const Arrival &arrival, Duration at) { lateness_.add(at - arrival.due); }
    void queued(std::size_t depth) { queue_max_ = std::max(queue_max_, depth); }

    std::string report() const;  // JSON

  private:
    struct OfTarget {
        std::map<std::string, std::uint64_t> all;  // by status or why there was none, warm-up included
        std::map<std::string, std::uint64_t>
            in_time;  // of these, what was answered while requests arrived, after the warm-up
        std::map<std::string, Latencies> latencies;  // by status, after the warm-up
        std::uint64_t bytes = 0;
    };
    bool is_measured(const Arrival &arrival) const { return arrival.due >= skip_; }

    std::vector<std::string> names_;
    Duration skip_, length_;
    std::vector<OfTarget> targets_;
    Latencies lateness_;
    std::size_t queue_max_ = 0;
    Duration last_{};
};

}  // namespace hbnb::bench
