// The table of what is counted: each row is one number, and stands here only. A row makes the number a member of the
// pages that a worker counts in (wire/scoreboard.hpp), of their copies, of the sums that a pool keeps of workers which
// have gone, and of the status, its JSON and hbnbctl's report. So a new counter is one row, and the line that counts:
// `count(…)` where one thread stores the number, `fetch_add` where several do.
//
//   ROW(name, kind, unit, bound, label, help)
//
//   name   of the member and of the JSON key; where it has a label, what follows the last '_' is the label's value
//   kind   counter: only grows, and is summed over workers, also over those that have gone; gauge: is as it is now;
//          histogram: a counter for each length of time (wire/histogram.hpp)
//   bound  what is possible of it since the last look, of a gauge at any look (wire/believed.hpp): a worker's word is
//          worth no more
//   help   what one of it is, for people
//
// A scope is a list of rows; the loops over one (each_...) take any number of objects that have its members, a page
// and its copy for example, and call visit(info, member of the first, member of the second ...). Values and templates;
// no state, no thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "wire/histogram.hpp"

namespace hbnb::wire {

enum class CounterKind { counter, gauge, histogram };
enum class CounterUnit { requests, connections, lines, bytes, nanoseconds };
enum class CounterBound {
    events,       // one in kEventMin of each thread
    bytes,        // kBytesPerNanosecond of each thread
    time,         // what has passed, of each thread
    connections,  // limits.connections
};

struct CounterInfo {
    std::string_view member;
    CounterKind kind = CounterKind::counter;
    CounterUnit unit = CounterUnit::requests;
    CounterBound bound = CounterBound::events;
    std::string_view label;  // empty: none
    std::string_view help;

    constexpr std::string_view name() const { return label.empty() ? member : member.substr(0, member.rfind('_')); }
    constexpr std::string_view label_value() const {
        return label.empty() ? std::string_view() : member.substr(member.rfind('_') + 1);
    }
};

// clang-format off
// Of one handler thread, stored by that thread.
#define HBNB_THREAD_COUNTERS(ROW)                                                                                      \
    ROW(requests, counter, requests, events, "", "answered by handler threads")                                        \
    ROW(busy_ns, counter, nanoseconds, time, "", "time that handler threads were in requests which have ended")

// Of one worker, by any thread of it.
#define HBNB_WORKER_COUNTERS(ROW)                                                                                      \
    ROW(accepted, counter, connections, events, "", "accepted from the listening sockets")                             \
    ROW(refused, counter, connections, events, "", "malformed, or a request over a limit")                             \
    ROW(handed_over, counter, connections, events, "", "moved to other workers of the pool")                           \
    ROW(kept_back, counter, connections, events, "", "not moved, as the hand-off queue was full")                      \
    ROW(shed, counter, requests, events, "", "answered 503, as they had waited too long or would have")                \
    ROW(log_lines_dropped, counter, lines, events, "", "of the error log, lost as its pipe was full")

#define HBNB_WORKER_GAUGES(ROW)                                                                                        \
    ROW(connections, gauge, connections, connections, "", "open now")                                                  \
    ROW(held, gauge, connections, connections, "", "readable half heads, while no thread waits for events")            \
    ROW(unmoved, gauge, connections, connections, "", "readable and movable, that the hand-off queue did not take")

// Of the requests at one mount; each handler thread, and the control thread, has a page of its own for each mount.
#define HBNB_MOUNT_COUNTERS(ROW)                                                                                       \
    ROW(responses_cut, counter, requests, events, "class", "cut, or without a client any more")                        \
    ROW(responses_2xx, counter, requests, events, "class", "answered 200 to 299")                                      \
    ROW(responses_3xx, counter, requests, events, "class", "answered 300 to 399")                                      \
    ROW(responses_4xx, counter, requests, events, "class", "answered 400 to 499")                                      \
    ROW(responses_5xx, counter, requests, events, "class", "answered 500 to 599")                                      \
    ROW(bytes_in, counter, bytes, bytes, "", "of requests: parameters and bodies")                                     \
    ROW(bytes_out, counter, bytes, bytes, "", "of answers, as FastCGI records")

#define HBNB_MOUNT_HISTOGRAMS(ROW)                                                                                     \
    ROW(queue_time, histogram, nanoseconds, events, "", "from when the request could be read to its begin")            \
    ROW(service_time, histogram, nanoseconds, events, "", "from its begin, the head complete, to its end")
// clang-format on

// The members that a list of rows makes: in memory that another process reads, and in a copy.
#define HBNB_SHARED_MEMBER(name, kind, unit, bound, label, help) std::atomic<std::uint64_t> name{0};
#define HBNB_PLAIN_MEMBER(name, kind, unit, bound, label, help) std::uint64_t name = 0;

// [the one writer] Without the lock on the memory bus that fetch_add takes.
inline void count(std::atomic<std::uint64_t> &counter, std::uint64_t more = 1) {
    counter.store(counter.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
}

#define HBNB_SHARED_HISTOGRAM(name, kind, unit, bound, label, help) SharedHistogram name{};
#define HBNB_PLAIN_HISTOGRAM(name, kind, unit, bound, label, help) Histogram name;

// What was counted at one mount.
struct MountCounts {
    HBNB_MOUNT_COUNTERS(HBNB_PLAIN_MEMBER)
    HBNB_MOUNT_HISTOGRAMS(HBNB_PLAIN_HISTOGRAM)
    bool operator==(const MountCounts &) const = default;
};

// What several workers have counted.
struct CounterSums {
    HBNB_THREAD_COUNTERS(HBNB_PLAIN_MEMBER)
    HBNB_WORKER_COUNTERS(HBNB_PLAIN_MEMBER)
    bool operator==(const CounterSums &) const = default;
};

// ---- the loops

#define HBNB_VISIT(name, kind, unit, bound, label, help) \
    visit(CounterInfo{#name, CounterKind::kind, CounterUnit::unit, CounterBound::bound, label, help}, of.name...);

template <class Visit, class... Of>
void each_thread_counter(Visit &&visit, Of &...of) {
    HBNB_THREAD_COUNTERS(HBNB_VISIT)
}
template <class Visit, class... Of>
void each_worker_counter(Visit &&visit, Of &...of) {
    HBNB_WORKER_COUNTERS(HBNB_VISIT)
}
template <class Visit, class... Of>
void each_mount_counter(Visit &&visit, Of &...of) {
    HBNB_MOUNT_COUNTERS(HBNB_VISIT)
}
template <class Visit, class... Of>
void each_mount_histogram(Visit &&visit, Of &...of) {
    HBNB_MOUNT_HISTOGRAMS(HBNB_VISIT)
}
// Its counters, and each bucket of its histograms.
template <class Visit, class... Of>
void each_mount_number(Visit &&visit, Of &...of) {
    each_mount_counter(visit, of...);
    each_mount_histogram(
        [&](const CounterInfo &info, auto &...histogram) {
            for (std::size_t i = 0; i < kHistogramBuckets; ++i) visit(info, histogram.counts[i]...);
        },
        of...);
}
template <class Visit, class... Of>
void each_worker_gauge(Visit &&visit, Of &...of) {
    HBNB_WORKER_GAUGES(HBNB_VISIT)
}

}  // namespace hbnb::wire
