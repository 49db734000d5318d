// How long requests take, lately, and how many may wait so that the last of them is answered in time. Values.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/moment.hpp"

namespace hbnb::pool {

// Of one worker: what the samples add is forgotten over some seconds.
class ServiceTime {
  public:
    void note(std::uint64_t requests, std::uint64_t busy_ns);  // finished since the last sample
    void add(const ServiceTime &other);                        // another worker's
    bool is_known() const { return requests_ >= 1; }
    double requests() const { return requests_; }
    double busy_ns() const { return busy_ns_; }

  private:
    double requests_ = 0, busy_ns_ = 0;
};

// How long requests of a pool take. What one worker says must not refuse requests to the others: it is the mean without
// the worker whose absence makes it shortest. Unless several have finished requests lately it is not known (nullopt);
// only a worker that is alone speaks for itself.
std::optional<Duration> mean_service(const std::vector<ServiceTime> &workers);

// How many may wait so that the last of them is answered within age_max: at least one, at most length_max (>= 1);
// length_max where the service time is not known.
unsigned waiting_limit(unsigned length_max, Duration age_max, unsigned threads, std::optional<Duration> service);

}  // namespace hbnb::pool
