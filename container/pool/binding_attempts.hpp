// Sockets that have lost their files are bound anew. After a failure the next attempt waits, for 1 s and then for twice
// as long each time, up to 30 s. A value.
#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "base/moment.hpp"

namespace hbnb::pool {

class BindingAttempts {
  public:
    bool is_due(Moment now) const { return now >= next_; }

    // Whether it is another sentence than before.
    bool fail(const std::string &sentence, Moment now) {
        delay_ = std::clamp<Duration>(delay_ * 2, std::chrono::seconds(1), std::chrono::seconds(30));
        next_ = now + delay_;
        return std::exchange(said_, sentence) != sentence;
    }

    void begin_anew() { *this = {}; }

  private:
    Moment next_;
    Duration delay_{0};
    std::string said_;
};

}  // namespace hbnb::pool
