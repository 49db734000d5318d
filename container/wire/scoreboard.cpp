#include "wire/scoreboard.hpp"

#include <algorithm>
#include <new>

namespace hbnb::wire {
namespace {

static_assert(std::atomic<std::uint64_t>::is_always_lock_free,
              "a lock in shared memory could be held by a dead process");

// Pages that nobody has touched are zeros, and take no memory: a counter's begin.
static_assert(sizeof(Scoreboard) % alignof(MountBoard) == 0, "the mounts' pages lie right behind");

Moment clamped(std::int64_t moment_ns, Moment now) {
    return Moment{Duration(std::clamp<std::int64_t>(moment_ns, 0, now.since_boot.count()))};
}

constexpr auto copy_number = [](const CounterInfo &, const std::atomic<std::uint64_t> &from, std::uint64_t &to) {
    to = from.load(std::memory_order_relaxed);
};

ThreadSnapshot snapshot_thread(const ThreadBoard &board, Moment now, bool texts) {
    ThreadSnapshot out;
    const std::int64_t since = board.busy_since_ns.load(std::memory_order_acquire);
    out.busy = since != 0;
    out.busy_since = clamped(since, now);
    each_thread_counter(copy_number, board, out);
    if (out.busy && texts) {
        out.method = board.method.load();
        out.uri = board.uri.load();
        out.route = board.route.load();
        out.plugin = board.plugin.load();
        out.request_id = board.request_id.load();
    }
    return out;
}

}  // namespace

Result<ScoreboardMapping> ScoreboardMapping::create(Fd &memfd, const ScoreboardShape &shape) {
    auto pages = SharedPages::create("scoreboard", shape.bytes(), SharedPages::Others::write, memfd);
    if (!pages) return pages.error();
    auto *board = new (pages->data()) Scoreboard;
    return ScoreboardMapping(std::move(*pages), board, shape);
}

Result<ScoreboardMapping> ScoreboardMapping::open(int memfd, const ScoreboardShape &shape) {
    auto pages = SharedPages::open("scoreboard", shape.bytes(), SharedPages::Others::write, memfd);
    if (!pages) return pages.error();
    auto *board = static_cast<Scoreboard *>(pages->data());
    if (board->version.load() != kScoreboardVersion)
        return Error{"unable to open the scoreboard: its version is that of another build"};
    return ScoreboardMapping(std::move(*pages), board, shape);
}

MountBoards ScoreboardMapping::mounts() const { return {reinterpret_cast<MountBoard *>(board_ + 1), shape_}; }

ScoreboardShape ScoreboardShape::of(std::size_t threads, std::size_t mounts) {
    return {static_cast<unsigned>(std::clamp<std::size_t>(threads, 1, kThreadsMax)),
            static_cast<unsigned>(std::min<std::size_t>(mounts, kMountsMax))};
}

std::vector<MountCounts> MountBoards::sums() const {
    std::vector<MountCounts> sums(shape_.row());
    const auto add = [](const CounterInfo &, const std::atomic<std::uint64_t> &from, std::uint64_t &sum) {
        const std::uint64_t more = from.load(std::memory_order_relaxed);
        sum = sum + more < sum ? ~std::uint64_t{0} : sum + more;
    };
    for (std::size_t i = 0; i < (shape_.threads + 1) * shape_.row(); ++i) {
        bool has_answered = false;
        each_mount_counter(
            [&](const CounterInfo &info, const std::atomic<std::uint64_t> &one) {
                has_answered = has_answered || (!info.label.empty() && one.load(std::memory_order_relaxed) != 0);
            },
            first_[i]);
        if (has_answered) each_mount_number(add, first_[i], sums[i % shape_.row()]);
    }
    return sums;
}

ScoreboardSnapshot ScoreboardMapping::snapshot(Moment now, bool texts) const {
    constexpr auto relaxed = std::memory_order_relaxed;
    const Scoreboard &from = *board_;
    ScoreboardSnapshot out;
    each_worker_counter(copy_number, from, out);
    each_worker_gauge(copy_number, from, out);
    out.draining = from.draining.load(relaxed) != 0;
    out.begun = from.begun.load(relaxed) != 0;
    out.beats = from.beats.load(relaxed);
    out.held_since = clamped(from.held_since_ns.load(relaxed), now);
    out.unmoved_since = clamped(from.unmoved_since_ns.load(relaxed), now);
    if (texts) out.loading = from.loading.load();
    const unsigned threads = std::min(from.threads.load(relaxed), kThreadsMax);
    out.threads.reserve(threads);
    for (unsigned i = 0; i < threads; ++i) {
        out.threads.push_back(snapshot_thread(from.thread[i], now, texts));
    }
    return out;
}

unsigned ScoreboardSnapshot::busy() const {
    return static_cast<unsigned>(std::count_if(threads.begin(), threads.end(), [](const auto &t) { return t.busy; }));
}

}  // namespace hbnb::wire
