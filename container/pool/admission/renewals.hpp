// How often a pool's broken hand-off queues may be made anew: kMax times within kWithin, so that a plugin that breaks
// them again and again does not keep the manager busy. At the next time hand-off is given up, until start_over(). A
// value; moments come from the caller and do not go back.
#pragma once

#include <algorithm>
#include <vector>

#include "base/moment.hpp"

namespace hbnb::pool {

class Renewals {
  public:
    static constexpr unsigned kMax = 3;
    static constexpr Duration kWithin = std::chrono::seconds(10);

    // Whether they may be made anew now; if so, it counts.
    bool may_begin(Moment now) {
        std::erase_if(begun_, [now](Moment then) { return now - then >= kWithin; });
        if (begun_.size() >= kMax) return false;
        begun_.push_back(now);
        return true;
    }

    void start_over() { begun_.clear(); }

  private:
    std::vector<Moment> begun_;  // at most kMax, the oldest first
};

}  // namespace hbnb::pool
