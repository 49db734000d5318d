// How long to wait before the next start after workers died young: 10 ms, doubling to 1 s, for ever; back to nothing
// once a worker started since the last step has served a second, or the last step is ten seconds ago. A value; Pool
// keeps one, of the generation in force.
//
// One step a wave: workers that were started before the last step and die after it were part of the same wave and do
// not double the delay again. What is limited is the rate, not the number: after the delay the whole deficit is started
// at once, so a pool whose workers are killed by one bad route still gets all its workers back for everybody else.
#pragma once

#include <optional>

#include "base/moment.hpp"

namespace hbnb::pool {

class Backoff {
  public:
    static constexpr Duration kFirst = std::chrono::milliseconds(10);
    static constexpr Duration kLongest = std::chrono::seconds(1);
    static constexpr Duration kForgotten = std::chrono::seconds(10);  // what fails less often needs no slowing down

    // A worker started at `spawned` died young now. True: that was a step, and the delay is longer than before (or
    // longest).
    bool failed(Moment spawned, Moment now);

    // A worker started at `spawned` has served long enough to show that starting works.
    void proved(Moment spawned);

    // Back to nothing if the last step is long ago.
    void forget(Moment now);

    bool allows(Moment now) const { return now >= allowed_; }
    Moment allowed() const { return allowed_; }  // the next start; in the past: at once
    Duration delay() const { return delay_; }

  private:
    Duration delay_{0};
    Moment allowed_;
    std::optional<Moment> last_step_;
};

}  // namespace hbnb::pool
