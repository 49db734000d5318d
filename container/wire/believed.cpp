#include "wire/believed.hpp"

#include <algorithm>

namespace hbnb::wire {
namespace {

constexpr std::uint64_t kSumMax = std::uint64_t{1} << 62;

std::uint64_t bounded(std::uint64_t said, std::uint64_t last, std::uint64_t more_at_most, std::uint64_t most) {
    return std::clamp(said, last, std::max(last, std::min(last + more_at_most, most)));
}

std::uint64_t nanoseconds(Duration duration) { return static_cast<std::uint64_t>(duration.count()); }

std::uint64_t events_in(Duration passed) { return nanoseconds(passed) / nanoseconds(kEventMin); }

std::uint64_t most(CounterBound bound) {
    return bound == CounterBound::time || bound == CounterBound::bytes ? kTimeMax : kCountMax;
}

std::uint64_t possible(CounterBound bound, Duration passed, unsigned threads) {
    const std::uint64_t nanoseconds_each = std::min(nanoseconds(passed), kTimeMax);
    switch (bound) {
        case CounterBound::bytes: return std::min(nanoseconds_each, kTimeMax >> 10) * kBytesPerNanosecond * threads;
        case CounterBound::time: return nanoseconds_each * threads;
        case CounterBound::events:
        case CounterBound::connections: break;
    }
    return events_in(passed) * threads;
}

}  // namespace

Believed::Believed(const WorkerBounds &bounds) : bounds_(bounds), seen_(bounds.started), threads_(bounds.threads) {}

Believed::Thread Believed::of(const Thread &last, const ThreadSnapshot &said, Duration passed, Moment now) {
    Thread out;
    out.is_busy = said.busy;
    each_thread_counter(
        [&](const CounterInfo &info, std::uint64_t &to, const std::uint64_t &before, const std::uint64_t &now_said) {
            if (info.bound != CounterBound::time) to = bounded(now_said, before, events_in(passed), most(info.bound));
        },
        out, last, said);
    const std::uint64_t finished = std::min(said.busy_ns, kTimeMax);
    const Duration runs = said.busy ? now - said.busy_since : Duration{};
    out.running_ns = bounded(finished + nanoseconds(runs), last.running_ns, nanoseconds(passed), kTimeMax);
    out.busy_ns = std::clamp(finished, last.busy_ns, out.running_ns);
    return out;
}

// Of threads that are not told of (any more), what was believed last.
std::vector<Believed::Thread> Believed::bound(ScoreboardSnapshot &said, Moment now) const {
    now = std::max(now, seen_);
    const Duration passed = now - seen_;
    each_worker_counter(
        [&](const CounterInfo &info, std::uint64_t &one, const std::uint64_t &before) {
            // the control thread's as well
            one = bounded(one, before, possible(info.bound, passed, bounds_.threads + 1), most(info.bound));
        },
        said, last_);
    each_worker_gauge(
        [&](const CounterInfo &, std::uint64_t &one) { one = std::min<std::uint64_t>(one, bounds_.connections); },
        said);
    if (said.threads.size() > threads_.size()) said.threads.resize(threads_.size());
    std::vector<Thread> threads = threads_;
    bool one_rests = said.threads.empty();
    for (std::size_t i = 0; i < said.threads.size(); ++i) {
        ThreadSnapshot &one = said.threads[i];
        one.busy_since = std::clamp(one.busy_since, bounds_.started, now);
        threads[i] = of(threads_[i], one, passed, now);
        each_thread_counter([](const CounterInfo &, std::uint64_t &to, const std::uint64_t &counted) { to = counted; },
                            one, threads[i]);
        one_rests |= !threads_[i].is_busy && !one.busy && threads_[i].requests == one.requests;
    }
    bound_waiting(said, one_rests, now);
    each_thread_counter([](const CounterInfo &, std::uint64_t &sum) { sum = 0; }, said);
    for (const Thread &thread : threads) {
        each_thread_counter(
            [](const CounterInfo &info, std::uint64_t &sum, const std::uint64_t &more) {
                sum = info.bound == CounterBound::time ? sum + more : std::min(sum + more, most(info.bound));
            },
            said, thread);
    }
    return threads;
}

// What was believed to wait there since may go on waiting; what is new has waited since the last look at most.
void Believed::bound_waiting(ScoreboardSnapshot &said, bool one_rests, Moment now) const {
    said.held = one_rests ? 0 : std::min(said.held, said.connections);
    said.unmoved = one_rests ? 0 : std::min(said.unmoved, said.connections - said.held);
    said.held_since = std::clamp(said.held_since, last_.held == 0 ? seen_ : last_.held_since, now);
    said.unmoved_since = std::clamp(said.unmoved_since, last_.unmoved == 0 ? seen_ : last_.unmoved_since, now);
}

ScoreboardSnapshot Believed::of(ScoreboardSnapshot said, Moment now) const {
    bound(said, now);
    return said;
}

ScoreboardSnapshot Believed::note(ScoreboardSnapshot said, Moment now) {
    threads_ = bound(said, now);
    last_ = said;
    last_.loading.clear();
    last_.threads.clear();
    seen_ = std::max(now, seen_);
    return said;
}

const std::vector<MountCounts> &BelievedMounts::note(const std::vector<MountCounts> &said, Moment now) {
    const Moment last_look = seen_.value_or(bounds_.started);
    const Duration passed = std::max(now, last_look) - last_look;
    for (std::size_t i = 0; i < std::min(said.size(), last_.size()); ++i) {
        each_mount_number(
            [&](const CounterInfo &info, std::uint64_t &counted, const std::uint64_t &one) {
                counted = bounded(one, counted, possible(info.bound, passed, bounds_.threads + 1), most(info.bound));
            },
            last_[i], said[i]);
    }
    seen_ = last_look + passed;
    return last_;
}

void add_mount(MountCounts &sums, const MountCounts &more) {
    each_mount_number([](const CounterInfo &info, std::uint64_t &sum,
                         const std::uint64_t &one) { sum = add_up(sum, one, info.bound); },
                      sums, more);
}

std::uint64_t add_up(std::uint64_t sum, std::uint64_t more, CounterBound bound) {
    return std::min(sum + std::min(more, most(bound)), kSumMax);
}

}  // namespace hbnb::wire
