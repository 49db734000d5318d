// The numbers of one pool, as one generation sets them. Values; checked by config/, clamped once more here.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/moment.hpp"

namespace hbnb::pool {

// A worker ends what is over its deadline for the client, and says so (WorkerOverdue). One that does not in so long, on
// however loaded a machine, is given up.
inline constexpr Duration kRequestGrace = std::chrono::seconds(5);

// A worker that has served this long did not die of starting.
inline constexpr Duration kServedWell = std::chrono::seconds(1);

// No event for longer: we were suspended, not the workers late.
inline constexpr Duration kGap = std::chrono::seconds(5);

// A worker that a signal has stopped is given up after so long. Only what we were awake for counts: between two samples
// at most kSuspendedStep, so that a machine that was stopped and goes on has no worker killed.
inline constexpr Duration kSuspendedMax = std::chrono::milliseconds(300);
inline constexpr Duration kSuspendedStep = std::chrono::milliseconds(100);

// A worker of whose control thread nothing has been heard for so long counts as overdue. It acts at least once a
// second, and only what we were awake for counts, as above.
inline constexpr Duration kUnheardMax = std::chrono::seconds(5);

// While this many times `max` workers are draining or ending, nobody new is started: reloads under long requests, or
// processes that not even SIGKILL ends, must not fill the machine.
inline constexpr unsigned kLeavingTimesMax = 8;

// So many start at a time, the next as soon as one of them is ready or gone: each start takes the manager some
// milliseconds, and it hears no signal and no operator meanwhile.
inline constexpr unsigned kStartingMax = 64;

struct Settings {
    unsigned min = 2, max = 16;  // workers
    unsigned spare = 1;          // idle handler threads kept ready
    unsigned threads = 1;        // handler threads of a worker; a worker may report fewer (its strictest plugin)
    Duration shrink_after = std::chrono::seconds(30);
    std::uint64_t retire_requests = 0;                  // 0: never
    unsigned retire_jitter_percent = 10;                // of requests and age
    Duration retire_age{0};                             // 0: never
    std::uint64_t retire_memory = 0;                    // resident bytes; 0: never
    Duration timeout_start = std::chrono::seconds(10);  // each: 0 is no limit
    Duration timeout_request = std::chrono::seconds(30);
    Duration timeout_drain = std::chrono::seconds(30);
    bool operator==(const Settings &) const = default;
};

// min at least 1, max at least min; threads 1 to kThreadsMax, spare at most kWorkersMax * kThreadsMax, so that sums
// stay far from overflow; jitter at most 100.
Settings clamped(Settings settings);

}  // namespace hbnb::pool
