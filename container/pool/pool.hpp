// THE RULES of one pool of workers: how many there are, which start, which leave, and when one is given up.
// Pure: events and moments in, commands out. No clock, no system call, no thread, no file (CONVENTIONS 10, 11).
// manager/pool_runner carries the commands out and reports what happened as events.
//
// A worker's life (held by the table in worker_table.cpp; every end has an ExitReason):
//
//   state       meaning                                   leaves by
//   starting    spawned, loading plugins                  ready -> serving · exited -> gone · timeouts.start -> Kill, ending
//   serving     answers requests                          told to drain -> draining · exited -> gone · request over its
//                                                         deadline -> Kill, ending
//   draining    finishes what it has, takes nothing new   exited -> gone · timeouts.drain -> Kill, ending
//   ending      killed; its exit has not been seen yet    exited -> gone
//
// How many: `target` is what the ScalingPolicy wants, within [min, max]. Workers that are starting or serving in the newest
// generation count towards it; draining and ending ones do not. Each change of the target has a TargetReason.
// Restarts: a worker that dies while starting, or within a second of it, delays the next start (10 ms doubling to 1 s,
// back to nothing after a worker has served a second); a pool with fewer than `min` serving workers is the reason to start,
// never a reason to give up.
// Replacing (reload, retirement): the successor is started first and the old worker drains when its successor is ready; at
// most one replacement at a time (above `max` by one). A reload whose first successor fails to load is given up: the old
// generation stays, ReloadFailed says why.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/moment.hpp"

namespace hbnb::pool {

using WorkerId = std::uint32_t;      // unique in the life of the container, handed in with Spawn's echo; never reused
using Generation = std::uint64_t;

enum class WorkerState { starting, serving, draining, ending };

// Why a worker ended, or is being ended.
enum class ExitReason {
    drained_scale_down, drained_reload, drained_stop, drained_requests, drained_age, drained_memory,
    crashed,              // a signal or exit code that nobody asked for
    load_failed,
    start_timeout, drain_timeout, request_timeout,
    stopped_now,          // INT
    protocol,             // it sent nonsense over its channel
    spawn_failed,         // could not be started at all
};

// Why the target is what it is.
enum class TargetReason { start, minimum, demand, at_max, surplus, override_by_operator, unchanged };

struct Settings {
    unsigned min = 2, max = 16, spare = 1, threads = 1;
    Duration shrink_after = std::chrono::seconds(30);
    std::uint64_t retire_requests = 0;
    unsigned retire_jitter_percent = 10;
    Duration retire_age{0};
    std::uint64_t retire_memory = 0;
    Duration timeout_start = std::chrono::seconds(10), timeout_request = std::chrono::seconds(30), timeout_drain = std::chrono::seconds(30);
};

// What the manager saw of one worker (from its scoreboard and /proc: untrusted, clamped).
struct WorkerSample {
    WorkerId worker = 0;
    unsigned busy_threads = 0;
    std::uint64_t requests = 0;
    std::uint64_t memory = 0;            // resident bytes; 0: not measured
    Moment oldest_request;               // begin of the oldest request in progress; meaningful while busy_threads > 0
};

// What the manager saw of the pool; carries its own time.
struct LoadSample {
    Moment taken;
    unsigned waiting = 0;                // connections in the kernel's backlogs of this pool's listeners
    std::vector<WorkerSample> workers;
};

}  // namespace hbnb::pool
