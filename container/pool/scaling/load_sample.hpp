// What the manager saw. Values; untrusted where they come from a worker's scoreboard (the pool clamps what it uses).
#pragma once

#include <cstdint>
#include <vector>

#include "base/moment.hpp"
#include "pool/worker.hpp"

namespace hbnb::pool {

// One worker, from its scoreboard and /proc.
struct WorkerSample {
    WorkerId worker = 0;
    unsigned busy_threads = 0;
    std::uint64_t requests = 0;  // answered since its start
    std::uint64_t memory = 0;    // resident bytes; 0: not measured
    Moment oldest_request;       // begin of the oldest request in progress; meaningful while busy_threads > 0
    bool suspended = false;      // stopped by a signal: its threads stand still
};

// The whole pool; carries its own time. Workers that are not in it are taken as they were last seen.
struct LoadSample {
    Moment taken;
    unsigned waiting = 0;  // connections in the kernel's backlogs of this pool's listeners
    std::vector<WorkerSample> workers;
};

}  // namespace hbnb::pool
