// What counts of what a worker says of itself: "what counted at the last look, and now" in, "what counts" out. A
// value; no clock, no system call. One a worker, kept by the manager (manager/process/worker_link).
//
// A plugin shares its worker's memory and can write anything into the scoreboard. So each number is brought within
// what is possible, and a worker can lie about itself only, and about itself only so far:
//
//   counts           never go back; since the last look at most what their row's bound allows (wire/counters.hpp)
//   busy time        of a thread at most the time that has passed; the part of a request that still runs is part of it.
//                    What counts as finished is at most what was believed to run
//   handler threads  at most those that the worker was told to start
//   connections      at most limits.connections. Those that wait there are at most these, and none where a handler
//                    thread has been idle since the last look: it would have taken them
//   since when       not before the process was started, not after now; of connections that wait there, not before the
//                    last look that was told of none
//
// A count that was too high for a moment is exact again as soon as what is said has caught up. No count passes
// kCountMax and no time kTimeMax, so that sums over all workers of a container do not wrap.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/moment.hpp"
#include "wire/scoreboard.hpp"

namespace hbnb::wire {

inline constexpr Duration kEventMin = std::chrono::microseconds(1);
inline constexpr std::uint64_t kCountMax = std::uint64_t{1} << 48;
inline constexpr std::uint64_t kBytesPerNanosecond = 16;
inline constexpr std::uint64_t kTimeMax = std::uint64_t{1}
                                          << 57;  // nanoseconds: four years, 64 times of which fit; bytes: 128 PiB

// The most that a worker can have, from what it was started with.
struct WorkerBounds {
    Moment started;
    unsigned threads = 1;  // handler threads
    unsigned connections = 0;
};

class Believed {
  public:
    explicit Believed(const WorkerBounds &bounds);

    ScoreboardSnapshot of(ScoreboardSnapshot said, Moment now) const;  // changes nothing
    ScoreboardSnapshot note(ScoreboardSnapshot said, Moment now);      // what counts is the last look from now on

  private:
    struct Thread {
        bool is_busy = false;
        HBNB_THREAD_COUNTERS(HBNB_PLAIN_MEMBER)
        std::uint64_t running_ns = 0;  // busy_ns, and what the request that runs has taken: at least busy_ns
    };

    static Thread of(const Thread &last, const ThreadSnapshot &said, Duration passed, Moment now);
    std::vector<Thread> bound(ScoreboardSnapshot &said, Moment now) const;
    void bound_waiting(ScoreboardSnapshot &said, bool one_rests, Moment now) const;

    WorkerBounds bounds_;
    Moment seen_;                  // the last look
    ScoreboardSnapshot last_;      // its counts; no texts, no threads
    std::vector<Thread> threads_;  // threads_[i] belongs to the scoreboard's thread[i]
};

// The same for what it has counted at its mounts: `of` each number of MountBoards::sums. Looked at when asked, so the
// last look may be long ago.
class BelievedMounts {
  public:
    BelievedMounts(const WorkerBounds &bounds, std::size_t mounts)
        : bounds_(bounds), last_(std::min<std::size_t>(mounts, kMountsMax) + 1) {}
    const std::vector<MountCounts> &note(const std::vector<MountCounts> &said, Moment now);  // said: none left out

  private:
    WorkerBounds bounds_;
    std::optional<Moment> seen_;  // the last look
    std::vector<MountCounts> last_;
};

// Sums of what counts that do not wrap: of all workers that have gone, and of those that there are.
std::uint64_t add_up(std::uint64_t sum, std::uint64_t more, CounterBound bound = CounterBound::events);

// more: anything that has these counters.
template <class Sums, class More>
void add_counters(Sums &sums, const More &more) {
    const auto add = [](const CounterInfo &info, std::uint64_t &sum, const std::uint64_t &one) {
        sum = add_up(sum, one, info.bound);
    };
    each_thread_counter(add, sums, more);
    each_worker_counter(add, sums, more);
}

void add_mount(MountCounts &sums, const MountCounts &more);
// Into anything that has a mount's counters, without the histograms.
template <class Sums, class More>
void add_mount_counters(Sums &sums, const More &more) {
    each_mount_counter([](const CounterInfo &info, std::uint64_t &sum,
                          const std::uint64_t &one) { sum = add_up(sum, one, info.bound); },
                       sums, more);
}

}  // namespace hbnb::wire
