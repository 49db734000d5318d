// How many workers a pool wants: a function of what was seen. A value: copy it to ask "what if"; the simulator runs the
// same.
//
// Demand is counted in handler threads: busy + waiting. A connection that waits while a thread is idle is about to be
// accepted by it: it is not demand yet, and the next sample will show it as busy. Only when more wait than threads are
// idle is there somebody nobody is coming for; then all of them count, on top of the busy ones. So a burst is seen
// whole, one tick later at worst, and the noise of ordinary accepting starts nobody.
//
// Growing: enough workers for demand + spare, at once. The pool subtracts what is already starting.
// Shrinking: what the PEAK of the demand over the last shrink_after would have needed, one worker every kShrinkEvery.
// Never on less than shrink_after of gapless seeing: after a start, a reload or a suspension the past is unknown, not
// empty.
#pragma once

#include <string_view>

#include "pool/scaling/peak_window.hpp"
#include "pool/settings.hpp"

namespace hbnb::pool {

inline constexpr Duration kShrinkEvery = std::chrono::seconds(1);
inline constexpr unsigned kWaitingMax = 1u << 20;  // more waiting connections than this are not told apart

// Why the target changes, or (ScalingPolicy::reason) why it is what it is.
enum class TargetReason {
    start,                 // the first one
    minimum,               // workers.min: fewer are needed
    demand,                // busy, waiting and spare need so many
    at_max,                // they need more, or needed more than a lowered workers.max
    recent_peak,           // fewer are needed, but not for all of shrink_after, or that is not seen whole yet
    surplus,               // the peak of the last shrink_after needed fewer: one goes every kShrinkEvery
    override_by_operator,  // a bound set by hand
    unchanged,             // of a decision only
};

std::string_view to_string(TargetReason reason);  // the enumerator's own word

// What a sample says of the whole pool. Draining and ending workers are in no number but their own.
struct Seen {
    Moment taken;
    unsigned busy = 0, idle = 0;                                   // handler threads of serving workers
    unsigned waiting = 0;                                          // connections, at most kWaitingMax
    unsigned starting = 0, serving = 0, draining = 0, ending = 0;  // workers
    bool operator==(const Seen &) const = default;
};

unsigned demand(const Seen &seen);  // handler threads

// Where the pool stands while it asks.
struct Standing {
    unsigned target = 0, min = 1, max = 1;  // workers
    unsigned threads = 1;                   // of a worker
    Moment last_shrink;                     // when the target last went down for a surplus
    bool by_hand = false;                   // min and max are an operator's
};

struct Decision {
    unsigned target = 0;
    TargetReason reason = TargetReason::unchanged;
    bool operator==(const Decision &) const = default;
};

class ScalingPolicy {
  public:
    ScalingPolicy(unsigned spare, Duration shrink_after) : spare_(spare), peak_(shrink_after) {}

    void observe(const Seen &seen);                   // in the order they were taken
    Decision decide(const Standing &standing) const;  // about the last one observed; within [min, max]

    // Why standing.target is what it is, as of the last one observed: what would be different if this did not hold.
    TargetReason reason(const Standing &standing) const;

  private:
    unsigned workers_for(unsigned threads_wanted, unsigned threads) const;

    unsigned spare_;
    PeakWindow peak_;
    Seen last_;
};

}  // namespace hbnb::pool
