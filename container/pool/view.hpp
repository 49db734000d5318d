// A pool as status shows it: a copy that nothing later changes.
#pragma once

#include <optional>
#include <vector>

#include "pool/scaling/scaling_policy.hpp"
#include "pool/worker.hpp"

namespace hbnb::pool {

struct View {
    std::vector<Worker> workers;                    // oldest first
    unsigned target = 0, min = 0, max = 0;          // workers; the bounds in force
    bool overridden = false;                        // bounds set by hand
    TargetReason reason = TargetReason::unchanged;  // why the target is what it is, now
    Moment reason_since;                            // it has been this reason since then
    Seen seen;                                      // of the last sample
    Generation generation = 0;                      // new workers are of this one
    std::optional<Generation> reloading;            // asked for, not yet done
    std::optional<Generation> proven;               // waits for CommitReload
    Duration backing_off{0};                        // the last delay, until it is forgotten; 0: none
    bool ready = false;                             // PoolReady has been, and the pool does not stop
    bool stopping = false;
};

}  // namespace hbnb::pool
