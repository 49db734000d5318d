#include "pool/scaling/scaling_policy.hpp"

#include <algorithm>

namespace hbnb::pool {

std::string_view to_string(TargetReason reason) {
    switch (reason) {
        case TargetReason::start: return "start";
        case TargetReason::minimum: return "minimum";
        case TargetReason::demand: return "demand";
        case TargetReason::at_max: return "at_max";
        case TargetReason::recent_peak: return "recent_peak";
        case TargetReason::surplus: return "surplus";
        case TargetReason::override_by_operator: return "override_by_operator";
        case TargetReason::unchanged: return "unchanged";
    }
    return "unknown";
}

unsigned demand(const Seen &seen) {
    const bool somebody_is_coming_for_all = seen.waiting <= seen.idle;
    return somebody_is_coming_for_all ? seen.busy : seen.busy + seen.waiting;
}

void ScalingPolicy::observe(const Seen &seen) {
    last_ = seen;
    peak_.add(seen.taken, demand(seen));
}

unsigned ScalingPolicy::workers_for(unsigned threads_wanted, unsigned threads) const {
    return (threads_wanted + spare_ + threads - 1) / threads;
}

Decision ScalingPolicy::decide(const Standing &standing) const {
    const unsigned needed = workers_for(demand(last_), standing.threads);
    if (needed > standing.max) return {standing.max, TargetReason::at_max};
    if (needed > standing.target) return {needed, TargetReason::demand};

    const unsigned needed_at_peak = std::max(workers_for(peak_.peak(), standing.threads), standing.min);
    const bool gently = last_.taken - standing.last_shrink >= kShrinkEvery;
    if (needed_at_peak < standing.target && peak_.is_full() && gently)
        return {standing.target - 1, TargetReason::surplus};
    return {standing.target, TargetReason::unchanged};
}

TargetReason ScalingPolicy::reason(const Standing &standing) const {
    const unsigned needed = workers_for(demand(last_), standing.threads);
    if (needed > standing.max) return TargetReason::at_max;
    if (needed < standing.target && standing.target == standing.min)
        return standing.by_hand ? TargetReason::override_by_operator : TargetReason::minimum;
    if (needed >= standing.target) return TargetReason::demand;
    const unsigned needed_at_peak = workers_for(peak_.peak(), standing.threads);
    if (standing.by_hand && standing.target == standing.max && needed_at_peak > standing.max)
        return TargetReason::override_by_operator;
    return peak_.is_full() && needed_at_peak < standing.target ? TargetReason::surplus : TargetReason::recent_peak;
}

}  // namespace hbnb::pool
