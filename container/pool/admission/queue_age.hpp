// Since when requests wait in a pool's listening sockets. The kernel tells how many wait and not since when; but its
// queue is first in, first out: until as many have been taken out as were in it at some moment, one of that moment
// still waits. Owned by an Admission; a value.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/moment.hpp"

namespace hbnb::pool {

class QueueAge {
  public:
    // waiting: connections in the queue now; taken: how many have ever been taken out of it.
    void look(unsigned waiting, std::uint64_t taken, Moment now) {
        if (waiting == 0) {
            since_.reset();
            last_wait_ = {};
        } else if (!since_ || taken >= all_taken_at_) {
            last_wait_ = since_ ? now - *since_ : Duration{};
            since_ = now;
            all_taken_at_ = taken + waiting;
        }
    }

    // One in the queue has waited at least so long, or the one taken out of it last had.
    Duration longest_wait(Moment now) const { return since_ ? std::max(now - *since_, last_wait_) : Duration{}; }

  private:
    std::optional<Moment> since_;
    std::uint64_t all_taken_at_ = 0;
    Duration last_wait_{};
};

}  // namespace hbnb::pool
