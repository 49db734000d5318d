#include "wire/believed.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.hpp"

using namespace hbnb;
using namespace hbnb::wire;
using namespace std::chrono_literals;

namespace {

constexpr Moment kStarted{1h};
constexpr WorkerBounds kTwoThreads{kStarted, 2, 100};

ScoreboardSnapshot said(std::vector<ThreadSnapshot> threads) {
    ScoreboardSnapshot snapshot;
    snapshot.threads = std::move(threads);
    return snapshot;
}

ThreadSnapshot idle(std::uint64_t requests, Duration busy) {
    return {{}, false, requests, static_cast<std::uint64_t>(busy.count()), {}, {}, {}, {}, {}};
}

ThreadSnapshot busy(Moment since, std::uint64_t requests, Duration busy) {
    return {since, true, requests, static_cast<std::uint64_t>(busy.count()), {}, {}, {}, {}, {}};
}

std::uint64_t ns(Duration duration) { return static_cast<std::uint64_t>(duration.count()); }

// A scoreboard all of whose bytes a test may write, and what the manager makes of it.
class OneBoard {
  public:
    OneBoard() : mapping_(ScoreboardMapping::create(file_).value()) {}

    template <class Word>
    void fill(Word next_byte) {
        auto *const bytes = reinterpret_cast<unsigned char *>(&mapping_.board());
        for (std::size_t i = 0; i < sizeof(Scoreboard); ++i) bytes[i] = static_cast<unsigned char>(next_byte());
    }
    ScoreboardSnapshot snapshot(Moment now) const { return mapping_.snapshot(now, true); }

  private:
    Fd file_;
    ScoreboardMapping mapping_;
};

void fill_in_turn(OneBoard &board, int turn, std::mt19937_64 &random) {
    constexpr unsigned char kAll[] = {0x00, 0xff, 0x01, 0x7f, 0x80};
    const auto which = static_cast<std::size_t>(turn) % (std::size(kAll) + 1);
    if (which < std::size(kAll))
        board.fill([&] { return kAll[which]; });
    else
        board.fill([&] { return random(); });
}

// All that may count of a worker with kTwoThreads that has lived so long.
bool is_possible(const ScoreboardSnapshot &counted, Moment now) {
    const Duration lived = now - kStarted;
    const std::uint64_t events = ns(lived) / ns(kEventMin) * 3;
    bool in_bounds = true;
    const auto look = [&](const CounterInfo &info, const std::uint64_t &one) {
        const std::uint64_t most = info.bound == CounterBound::time          ? 2 * ns(lived)
                                   : info.bound == CounterBound::connections ? 100
                                                                             : events;
        in_bounds = in_bounds && one <= most;
    };
    each_thread_counter(look, counted);
    each_worker_counter(look, counted);
    each_worker_gauge(look, counted);
    const bool in_time = std::all_of(counted.threads.begin(), counted.threads.end(), [&](const auto &thread) {
        return thread.busy_since >= kStarted && thread.busy_since <= now && thread.busy_ns <= ns(lived);
    });
    return in_bounds && in_time && counted.busy() <= 2;
}

}  // namespace

TEST_CASE("what a worker can have done counts as it is said, to the last request and nanosecond") {
    Believed believed(kTwoThreads);
    auto counted = believed.note(said({idle(40, 30ms), busy(kStarted + 45ms, 2, 12ms)}), kStarted + 50ms);
    CHECK(counted.requests == 42);
    CHECK(counted.busy_ns == ns(42ms));
    CHECK(counted.busy() == 1);
    counted = believed.note(said({idle(40, 30ms), idle(3, 12ms + 30s)}), kStarted + 45ms + 30s);
    CHECK(counted.requests == 43);
    CHECK_MESSAGE(counted.busy_ns == ns(42ms + 30s), "a long request counts whole when it ends: it was seen running");
}

TEST_CASE("time is never more than has passed on each thread, whatever is said at once") {
    Believed believed(kTwoThreads);
    believed.note(said({idle(10, 1ms), idle(0, 0ms)}), kStarted + 1h);
    for (const Duration lie : {Duration(1h), Duration(std::numeric_limits<std::int64_t>::max())}) {
        const auto counted = believed.of(said({idle(11, lie), idle(0, lie)}), kStarted + 1h + 50ms);
        CHECK(counted.busy_ns == ns(1ms + 2 * 50ms));
    }
}

TEST_CASE("a request that claims to have begun before its worker counts since the worker's start") {
    Believed believed(kTwoThreads);
    const auto counted = believed.note(said({busy(Moment{}, 0, 0ms), busy(kStarted + 1h, 0, 0ms)}), kStarted + 10ms);
    CHECK(counted.threads[0].busy_since == kStarted);
    CHECK(counted.threads[1].busy_since == kStarted + 10ms);
}

TEST_CASE(
    "counts grow by one event a microsecond and thread at most, and are exact again once what is said is possible") {
    Believed believed(kTwoThreads);
    CHECK(believed.note(said({idle(~0ull, 0ms), idle(7, 0ms)}), kStarted + 1ms).requests == 1007);
    CHECK(believed.note(said({idle(20, 0ms), idle(7, 0ms)}), kStarted + 2ms).requests == 1007);
    CHECK(believed.note(said({idle(1001, 0ms), idle(7, 0ms)}), kStarted + 3ms).requests == 1008);
}

TEST_CASE("what goes backwards, or comes from threads that there are not, changes nothing") {
    Believed believed(kTwoThreads);
    believed.note(said({idle(100, 5ms), idle(50, 5ms)}), kStarted + 50ms);
    auto counted = believed.note(said({idle(0, 0ms)}), kStarted + 100ms);
    CHECK(counted.requests == 150);
    CHECK(counted.busy_ns == ns(10ms));
    counted = believed.note(said(std::vector<ThreadSnapshot>(64, busy(kStarted, 1000, 1ms))), kStarted + 150ms);
    CHECK(counted.threads.size() == 2);
    CHECK(counted.busy() == 2);
    CHECK(counted.requests == 2000);
}

TEST_CASE("a look that comes before the last one sees what counted then") {
    Believed believed(kTwoThreads);
    believed.note(said({idle(100, 5ms), idle(50, 5ms)}), kStarted + 50ms);
    const auto counted = believed.of(said({idle(1000, 50ms), idle(50, 5ms)}), kStarted + 40ms);
    CHECK(counted.requests == 150);
    CHECK(counted.busy_ns == ns(10ms));
}

TEST_CASE(
    "what is held, or cannot move, has been so since the last look that saw none at most, and no longer than until "
    "now") {
    Believed believed(kTwoThreads);
    const Moment look = kStarted + 50ms, now = kStarted + 80ms;
    believed.note(said({}), look);
    ScoreboardSnapshot long_ago = said({}), to_come = said({});
    long_ago.held = long_ago.unmoved = to_come.held = to_come.unmoved = 1;
    to_come.held_since = to_come.unmoved_since = now + 1h;
    CHECK(believed.of(long_ago, now).held_since == look);
    CHECK(believed.of(long_ago, now).unmoved_since == look);
    CHECK(believed.of(to_come, now).held_since == now);
    CHECK(believed.of(to_come, now).unmoved_since == now);
}

TEST_CASE("a scoreboard filled with everything, going up and down, gives nothing but what is possible") {
    OneBoard board;
    Believed believed(kTwoThreads);
    std::mt19937_64 random(5);
    Moment now = kStarted;
    ScoreboardSnapshot last;
    for (int i = 0; i < 2000; ++i) {
        now = now + std::chrono::microseconds(random() % 100'000);
        fill_in_turn(board, i, random);
        const auto counted = believed.note(board.snapshot(now), now);
        REQUIRE(is_possible(counted, now));
        const auto grows = [](const CounterInfo &, const std::uint64_t &is, const std::uint64_t &was) {
            REQUIRE(is >= was);
        };
        each_thread_counter(grows, counted, last);
        each_worker_counter(grows, counted, last);
        last = counted;
    }
}

TEST_CASE("no sum over workers wraps, after however long") {
    Believed believed({kStarted, 64, 100});
    ScoreboardSnapshot most = said(std::vector<ThreadSnapshot>(64, busy(kStarted, ~0ull, Duration::max())));
    most.shed = most.accepted = ~0ull;
    const auto counted = believed.note(most, Moment{Duration::max()});
    CHECK(counted.requests == kCountMax);
    CHECK(counted.busy_ns <= 64 * kTimeMax);
    std::uint64_t sum = 0;
    for (int i = 0; i < 100'000; ++i) {
        const std::uint64_t before = sum;
        sum = add_up(sum, ~0ull);
        REQUIRE(sum >= before);
        REQUIRE(sum + 10'000 * counted.requests >= sum);
    }
}

TEST_CASE(
    "pages of mounts filled with everything give nothing but what is possible since the last look, and never less") {
    Fd memory;
    auto pages = ScoreboardMapping::create(memory, ScoreboardShape::of(2, 3)).value();
    BelievedMounts believed(kTwoThreads, 3);
    std::mt19937_64 random(6);
    Moment now = kStarted;
    std::vector<MountCounts> last(4);
    for (int i = 0; i < 60; ++i) {
        const Duration passed = std::chrono::microseconds(random() % 100'000);
        now = now + passed;
        for (unsigned thread : {0u, 1u, kThreadsMax}) {
            for (std::size_t mount = 0; mount < 4; ++mount) {
                each_mount_number(
                    [&](const CounterInfo &, std::atomic<std::uint64_t> &one) {
                        one = i % 4 == 0 ? 0 : i % 4 == 1 ? ~0ull : i % 4 == 2 ? 1 : random();
                    },
                    pages.mounts().at(thread, mount == 3 ? std::nullopt : std::optional(mount)));
            }
        }
        const auto counted = believed.note(pages.mounts().sums(), now);
        REQUIRE(counted.size() == last.size());
        for (std::size_t mount = 0; mount < counted.size(); ++mount) {
            each_mount_number(
                [&](const CounterInfo &info, const std::uint64_t &is, const std::uint64_t &was) {
                    const std::uint64_t more =
                        info.bound == CounterBound::bytes ? 3 * 16 * ns(passed) : 3 * (ns(passed) / 1000);
                    if (is < was || is > was + more) FAIL(std::string(info.member));
                },
                counted[mount], last[mount]);
        }
        last = counted;
    }
}

TEST_CASE("what is counted at a mount counts to the last one, whatever thread did it; beyond kMountsMax as at none") {
    Fd memory;
    auto pages = ScoreboardMapping::create(memory, ScoreboardShape::of(2, 40)).value();
    for (unsigned thread : {0u, 1u, kThreadsMax}) {
        for (std::size_t mount : {std::size_t{0}, std::size_t{15}, std::size_t{39}}) {
            MountBoard &board = pages.mounts().at(thread, mount);
            count(board.responses_2xx);
            count(board.bytes_in, 1000 * (mount + 1));
            observe(board.service_time, 5ms);
        }
    }
    BelievedMounts believed(kTwoThreads, 40);
    const auto counted = believed.note(pages.mounts().sums(), kStarted + 1s);
    REQUIRE(counted.size() == kMountsMax + 1);
    for (std::size_t i : {std::size_t{0}, std::size_t{1}, std::size_t{16}}) {
        CHECK(counted[i].responses_2xx == 3);
        CHECK(total(counted[i].service_time) == 3);
        CHECK(counted[i].bytes_in == 3000 * (i == 0 ? 40 : i));
    }
    CHECK(counted[2] == MountCounts{});
}

TEST_CASE("connections that wait at a worker are no more than it has, and wait no longer than it has told of any") {
    OneBoard board;
    Believed believed(kTwoThreads);
    std::mt19937_64 random(7);
    Moment now = kStarted, none_held = kStarted, none_unmoved = kStarted;
    const auto is_possible_since = [&](std::uint64_t count, Moment since, Moment none) {
        return count == 0 || (since >= none && since <= now);
    };
    for (int i = 0; i < 2000; ++i) {
        now = now + std::chrono::microseconds(random() % 100'000);
        fill_in_turn(board, i, random);
        const auto counted = believed.note(board.snapshot(now), now);
        REQUIRE(counted.held + counted.unmoved <= counted.connections);
        REQUIRE(is_possible_since(counted.held, counted.held_since, none_held));
        REQUIRE(is_possible_since(counted.unmoved, counted.unmoved_since, none_unmoved));
        if (counted.held == 0) none_held = now;
        if (counted.unmoved == 0) none_unmoved = now;
    }
}

TEST_CASE("moments of what waits at a worker: before the last look, backwards, after now, and kept up") {
    Believed believed(kTwoThreads);
    const auto both = [](unsigned each, Moment since) {
        ScoreboardSnapshot snapshot = said({busy(kStarted, 0, 0ms), busy(kStarted, 0, 0ms)});
        snapshot.connections = 10;
        snapshot.held = snapshot.unmoved = each;
        snapshot.held_since = snapshot.unmoved_since = since;
        return snapshot;
    };
    const auto noted = [&](Moment since, Moment now) {
        const auto counted = believed.note(both(3, since), now);
        CHECK(counted.held == 3);
        CHECK(counted.unmoved == 3);
        CHECK(counted.held_since == counted.unmoved_since);
        return counted.held_since;
    };
    believed.note(both(0, {}), kStarted + 50ms);
    CHECK_MESSAGE(noted(Moment{}, kStarted + 100ms) == kStarted + 50ms, "not before the last look, which knew of none");
    CHECK_MESSAGE(noted(Moment{}, kStarted + 150ms) == kStarted + 50ms, "kept up, it goes on from there");
    CHECK(noted(kStarted + 120ms, kStarted + 200ms) == kStarted + 120ms);
    CHECK_MESSAGE(noted(kStarted, kStarted + 250ms) == kStarted + 120ms, "it does not go back");
    CHECK(noted(Moment{Duration::max()}, kStarted + 300ms) == kStarted + 300ms);
    believed.note(both(0, {}), kStarted + 350ms);
    CHECK(noted(kStarted + 120ms, kStarted + 400ms) == kStarted + 350ms);
}

TEST_CASE("nobody waits at a worker one of whose threads has been idle for two looks, whatever it says") {
    Believed believed(kTwoThreads);
    using Counts = std::pair<unsigned, unsigned>;
    const auto waiting = [&](std::vector<ThreadSnapshot> threads, Moment now) {
        ScoreboardSnapshot snapshot = said(std::move(threads));
        snapshot.connections = 10;
        snapshot.held = 3;
        snapshot.unmoved = 9;
        const auto counted = believed.note(snapshot, now);
        return Counts(counted.held, counted.unmoved);
    };
    const Counts none(0, 0), some(3, 7);
    const auto at_work = busy(kStarted, 0, 0ms);
    CHECK(waiting({idle(0, 0ms), at_work}, kStarted + 50ms) == none);
    CHECK(waiting({at_work, at_work}, kStarted + 100ms) == some);
    CHECK_MESSAGE(waiting({idle(0, 0ms), at_work}, kStarted + 150ms) == some, "between two requests");
    CHECK(waiting({idle(0, 0ms), at_work}, kStarted + 200ms) == none);
    CHECK_MESSAGE(waiting({idle(1, 0ms), at_work}, kStarted + 250ms) == some, "it has served one");
    CHECK_MESSAGE(waiting({}, kStarted + 300ms) == none, "a worker that has no threads");
}
