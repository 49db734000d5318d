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

constexpr std::uint64_t ScoreboardSnapshot::*kCounts[] = {
    &ScoreboardSnapshot::accepted,  &ScoreboardSnapshot::refused, &ScoreboardSnapshot::handed_over,
    &ScoreboardSnapshot::kept_back, &ScoreboardSnapshot::shed,    &ScoreboardSnapshot::log_lines_dropped};

}  // namespace

Believed::Believed(const WorkerBounds &bounds) : bounds_(bounds), seen_(bounds.started), threads_(bounds.threads) {}

Believed::Thread Believed::of(const Thread &last, const ThreadSnapshot &said, Duration passed, Moment now) {
    Thread out;
    out.requests = bounded(said.requests, last.requests, events_in(passed), kCountMax);
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
    const std::uint64_t events = events_in(passed) * (bounds_.threads + 1);  // the steward's as well
    for (const auto count : kCounts) said.*count = bounded(said.*count, last_.*count, events, kCountMax);
    for (std::size_t i = 0; i < said.responses.size(); ++i)
        said.responses[i] = bounded(said.responses[i], last_.responses[i], events, kCountMax);
    said.connections = std::min(said.connections, bounds_.connections);
    said.held = std::min(said.held, bounds_.connections);
    said.unmoved = std::min(said.unmoved, bounds_.connections);
    said.held_since = std::clamp(said.held_since, last_.held == 0 ? seen_ : last_.held_since, now);
    said.unmoved_since = std::clamp(said.unmoved_since, last_.unmoved == 0 ? seen_ : last_.unmoved_since, now);
    if (said.threads.size() > threads_.size()) said.threads.resize(threads_.size());
    std::vector<Thread> threads = threads_;
    for (std::size_t i = 0; i < said.threads.size(); ++i) {
        ThreadSnapshot &one = said.threads[i];
        one.busy_since = std::clamp(one.busy_since, bounds_.started, now);
        threads[i] = of(threads_[i], one, passed, now);
        one.requests = threads[i].requests;
        one.busy_ns = threads[i].busy_ns;
    }
    said.requests = said.busy_ns = 0;
    for (const Thread &thread : threads) {
        said.requests = std::min(said.requests + thread.requests, kCountMax);
        said.busy_ns += thread.busy_ns;
    }
    return threads;
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

std::uint64_t add_up(std::uint64_t sum, std::uint64_t more) {
    return std::min(sum + std::min(more, kCountMax), kSumMax);
}

}  // namespace hbnb::wire
