// One worker more, one fewer: the bounds that make it so.
#include "pool/bounds.hpp"

#include "unit/pool/timeline.hpp"

using namespace hbnb;
using namespace hbnb::pool;

namespace {

constexpr unsigned kMost = 1024;

// What an operator's +N and -N do, as the manager carries it out.
void change(Timeline &line, int by) {
    const View view = line.pool().view();
    const Bounds wanted = moved({view.min, view.max}, view.target, by, kMost);
    line.tell(Override{wanted.min, wanted.max});
}

Bounds bounds(const Timeline &line) { return {line.pool().view().min, line.pool().view().max}; }

}  // namespace

TEST_CASE("one more than now raises the minimum to it, one fewer lowers the maximum to it") {
    CHECK(moved({2, 16}, 7, 1, kMost) == Bounds{8, 16});
    CHECK(moved({2, 16}, 7, -1, kMost) == Bounds{2, 6});
    CHECK(moved({2, 16}, 16, 1, kMost) == Bounds{17, 17});
    CHECK(moved({2, 16}, 2, -1, kMost) == Bounds{1, 1});
    CHECK(moved({2, 16}, 7, 20, kMost) == Bounds{27, 27});
}

TEST_CASE("below one worker and above the most nothing changes, however much is asked for") {
    CHECK(moved({1, 16}, 1, -1, kMost) == Bounds{1, 16});
    CHECK(moved({1, 1024}, 1024, 1, kMost) == Bounds{1, 1024});
    CHECK(moved({1, 16}, 3, -2147483647, kMost) == Bounds{1, 1});
    CHECK(moved({1, 16}, 3, 2147483647, kMost) == Bounds{1024, 1024});
}

TEST_CASE("a pool of 2 to 16 at target 7 that is told one more has eight workers, and one fewer than that is seven") {
    Timeline line = Timeline::ready(settings(2, 16));
    line.load(2, 5);
    line.all_ready();
    line.load(3);
    REQUIRE(line.target() == 7);
    change(line, 1);
    CHECK(only<Spawn>(line.last()).size() == 1);
    line.all_ready();
    CHECK(line.count(WorkerState::serving) == 8);
    change(line, -1);
    CHECK(only<Drain>(line.last()).size() == 1);
    CHECK(line.count(WorkerState::serving) == 7);
    for (int i = 0; i < 3; ++i) change(line, 1);
    line.all_ready();
    CHECK(line.count(WorkerState::serving) == 10);
    line.tell(Reload{2, settings(2, 16)});
    line.all_ready();
    CHECK(bounds(line) == Bounds{2, 16});
    line.stay(60s, 0);
    CHECK(line.count(WorkerState::serving) == 2);
}

TEST_CASE("one fewer than now stays so however many wait") {
    Timeline line = Timeline::ready(settings(2, 4));
    line.load(2, 30);
    line.all_ready();
    change(line, -1);
    line.stay(5s, 3, 30);
    CHECK(line.count(WorkerState::serving) == 3);
}
