// What the manager saw. Values; untrusted where they come from a worker's scoreboard (the pool clamps what it uses).
#pragma once

#include <cstdint>
#include <optional>
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
    std::uint64_t busy_ns = 0;   // of all its threads, in finished requests, since its start
    bool heard = true;           // its control thread has done something since the last sample, or a debugger holds it
};

// The hand-off queue of connections that wait with a request.
struct QueueSample {
    bool is_on = false;           // connections move between the workers
    unsigned capacity = 0;        // connections that fit; 0 while it is off
    unsigned length = 0;          // connections that lie in it
    Duration age{0};              // of the message at its head
    bool has_connection = false;  // that message is a connection, and no wake token
    unsigned limit = 0;           // connections that may lie in it now
};

// The whole pool; carries its own time. To Pool, workers that are not in it are as they were last seen; to
// Admission they have gone.
struct LoadSample {
    Moment taken;
    unsigned backlog = 0;  // connections in the kernel's queues of this pool's listeners
    std::vector<WorkerSample> workers;
    std::optional<QueueSample> queue = std::nullopt;  // nullopt: the pool has none
    unsigned unmoved = 0;                  // connections that wait at workers, as the queue did not take them
    unsigned held = 0;                     // connections that wait at workers and cannot move: no demand
    Duration longest_at_workers{0};        // of these two
    std::uint64_t accepted = 0, shed = 0;  // connections, requests: by workers past and present

    unsigned waiting() const { return backlog + (queue ? queue->length : 0) + unmoved; }
};

}  // namespace hbnb::pool
