// How many workers: from samples to Spawn and Drain.
#include "unit/pool/timeline.hpp"

using namespace hbnb;
using namespace hbnb::pool;

TEST_CASE("start spawns min workers and says why") {
    Timeline line(settings(3, 8));
    line.tell(Start{7});
    CHECK(line.last() == Commands{TargetChanged{0, 3, TargetReason::start, {}}, Spawn{1, 7}, Spawn{2, 7}, Spawn{3, 7}});
}

TEST_CASE("worker ids count up from where the pool is told that the others have got to, and never go back") {
    Pool pool(settings(2, 8), Moment{1h});
    pool.count_workers_from(100);
    CHECK(only<Spawn>(pool.on(Start{1}, Moment{1h})) == std::vector<Spawn>{{100, 1}, {101, 1}});
    pool.count_workers_from(7);
    CHECK(pool.next_worker() == 102);
}

TEST_CASE("the pool is ready once all min workers serve") {
    Timeline line(settings(3, 8));
    line.tell(Start{1});
    CHECK(line.ready(1).empty());
    CHECK(line.ready(3).empty());
    CHECK(line.ready(2) == Commands{PoolReady{}});
    line.crashes(1);
    line.all_ready();
    CHECK(line.said<PoolReady>().size() == 1);
}

TEST_CASE("nothing happens before start and a second start changes nothing") {
    Timeline line(settings(2, 8));
    CHECK(line.tell(Tick{}).empty());
    CHECK(line.load(0, 40).empty());
    CHECK(line.exits(1).empty());
    line.tell(Start{1});
    CHECK(line.tell(Start{2}).empty());
}

TEST_CASE("a pool that was not ready yet is not grown however many wait") {
    Timeline line(settings(2, 40));
    line.tell(Start{1});
    line.load(0, 40);
    CHECK(line.last().empty());
    line.all_ready();
    line.load(2, 38);
    CHECK(only<Spawn>(line.last()).size() == 38);
}

TEST_CASE("a burst is answered with the whole deficit at once") {
    Timeline line = Timeline::ready(settings(2, 40));
    line.load(2, 38);
    CHECK(only<Spawn>(line.last()).size() == 38);
    const auto change = the<TargetChanged>(line.last());
    CHECK(change.from == 2);
    CHECK(change.to == 40);
    CHECK(change.reason == TargetReason::demand);
    CHECK(change.seen.busy == 2);
    CHECK(change.seen.waiting == 38);
    CHECK(change.seen.serving == 2);
}

TEST_CASE("of a great many at most 64 start at a time, and each that is ready or gone lets the next one start") {
    Timeline line = Timeline::ready(settings(2, 4));
    line.tell(Override{1000, 1000});
    CHECK(only<Spawn>(line.last()).size() == kStartingMax);
    CHECK(line.target() == 1000);
    CHECK(only<Spawn>(line.ready(line.in(WorkerState::starting).front())).size() == 1);
    line.pass(kServedWell);
    CHECK(line.count(WorkerState::starting) == kStartingMax);
    line.all_ready();
    CHECK(line.count(WorkerState::serving) == 1000);
}

TEST_CASE("who is already starting is not started again") {
    Timeline line = Timeline::ready(settings(2, 40));
    line.load(2, 10);
    line.forget();
    for (int i = 0; i < 20; ++i) {
        line.pass(50ms);
        line.load(2, 10);
    }
    CHECK(line.said<Spawn>().empty());
    line.load(2, 11);
    CHECK(line.said<Spawn>().size() == 1);
}

TEST_CASE("growth stops at max and the reason stands in the view") {
    Timeline line = Timeline::ready(settings(2, 4));
    line.load(2, 100);
    CHECK(only<Spawn>(line.last()).size() == 2);
    CHECK(the<TargetChanged>(line.last()).reason == TargetReason::at_max);
    line.all_ready();
    CHECK(line.load(4, 100).empty());
    CHECK(line.pool().view().reason == TargetReason::at_max);
}

TEST_CASE("workers with several threads are counted by their threads") {
    Timeline line = Timeline::ready(with_threads(settings(1, 8), 4));
    line.load(4, 5);
    CHECK(only<Spawn>(line.last()).size() == 2);
}

TEST_CASE("a pool whose workers have fewer threads than asked for counts what they have") {
    Timeline line(with_threads(settings(1, 8), 4));
    line.tell(Start{1});
    line.tell(WorkerReady{1, 1});
    line.load(1, 3);
    CHECK(only<Spawn>(line.last()).size() == 3);
}

TEST_CASE("surplus is let go one worker a second after it has lasted") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.load(2, 4);
    line.all_ready();
    line.forget();
    line.stay(9900ms, 1);
    CHECK(line.said<Drain>().empty());
    line.stay(150ms, 1);
    CHECK(line.said<Drain>().size() == 1);
    CHECK(line.said<TargetChanged>().at(0).reason == TargetReason::surplus);
    line.stay(900ms, 1);
    CHECK(line.said<Drain>().size() == 1);
    line.stay(10s, 1);
    CHECK(line.said<Drain>().size() == 4);
    for (const Drain &drain : line.said<Drain>()) CHECK(drain.reason == ExitReason::drained_scale_down);
    CHECK(line.count(WorkerState::serving) == 2);
}

TEST_CASE("the one that goes is idle and has been so for longest") {
    Timeline line = Timeline::ready(settings(1, 8));
    line.load(1, 3);
    line.all_ready();
    line.sample({{1, 1, 0, 0, line.now()}, {2, 1, 0, 0, line.now()}, {3, 0, 0, 0, {}}, {4, 1, 0, 0, line.now()}});
    line.pass(50ms);
    line.sample({{1, 1, 1, 0, line.now()}, {2, 0, 1, 0, {}}, {3, 0, 9, 0, {}}, {4, 0, 1, 0, {}}});
    line.pass(50ms);
    line.sample({{1, 1, 1, 0, line.now()}, {2, 0, 5, 0, {}}, {3, 0, 9, 0, {}}, {4, 0, 1, 0, {}}});
    line.forget();
    line.tell(Override{3, 3});
    CHECK(line.said<Drain>().at(0).worker == 4);
    line.tell(Override{2, 2});
    CHECK(line.said<Drain>().at(1).worker == 3);
    line.tell(Override{1, 1});
    CHECK(line.said<Drain>().at(2).worker == 2);
}

TEST_CASE("among workers alike the one with the fewest requests and then the youngest goes") {
    Timeline line = Timeline::ready(settings(3, 8));
    SUBCASE("fewest requests") {
        line.sample({{1, 0, 9, 0, {}}, {2, 0, 3, 0, {}}, {3, 0, 5, 0, {}}});
        line.tell(Override{2, 2});
        CHECK(the<Drain>(line.last()).worker == 2);
    }
    SUBCASE("youngest") {
        line.tell(Override{2, 2});
        CHECK(the<Drain>(line.last()).worker == 3);
    }
}

TEST_CASE("a busy worker is not drained while an idle one is there however long ago it was sampled") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.sample({{1, 1, 0, 0, line.now()}, {2, 0, 0, 0, {}}});
    line.pass(50ms);
    line.sample({{2, 0, 7, 0, {}}});
    line.tell(Override{1, 1});
    CHECK(the<Drain>(line.last()).worker == 2);
}

TEST_CASE("more waiting connections than can be counted are simply very many") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.load(2, 4294967295u);
    CHECK(the<TargetChanged>(line.last()).to == 8);
    CHECK(the<TargetChanged>(line.last()).seen.waiting == kWaitingMax);
}

TEST_CASE("memory that was not measured is what it was before") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.sample({{1, 0, 0, 5 << 20, {}}});
    line.sample({{1, 0, 0, 0, {}}});
    CHECK(line.worker(1).memory == 5 << 20);
}

TEST_CASE("draining workers count to nothing") {
    Timeline line = Timeline::ready(settings(3, 8));
    line.tell(Override{2, 8});
    line.load(3);
    line.tell(Override{2, 2});
    REQUIRE(line.in(WorkerState::draining).size() == 1);
    const WorkerId draining = line.in(WorkerState::draining).front();
    line.sample({{draining, 1, 0, 0, line.now()}});
    CHECK(line.pool().view().seen.busy == 2);
    CHECK(line.pool().view().seen.draining == 1);
}

TEST_CASE("a busy worker that drains is not made up for") {
    Timeline line = Timeline::ready(settings(3, 8));
    line.load(3);
    line.tell(Override{2, 2});
    const WorkerId draining = line.in(WorkerState::draining).front();
    line.forget();
    line.tell(Override{2, 8});
    line.sample({{1, 1, 0, 0, line.now()}, {2, 1, 0, 0, line.now()}, {draining, 1, 0, 0, line.now()}});
    CHECK(line.said<Spawn>().empty());
}

TEST_CASE("bounds set by hand hold until a reload is taken") {
    Timeline line = Timeline::ready(settings(2, 4));
    line.tell(Override{6, 10});
    CHECK(the<TargetChanged>(line.last()).reason == TargetReason::override_by_operator);
    CHECK(only<Spawn>(line.last()).size() == 4);
    line.all_ready();
    CHECK(line.pool().view().overridden);
    line.tell(Reload{2, settings(2, 4)});
    CHECK(line.target() == 6);
    line.all_ready();
    CHECK(line.target() == 4);
    CHECK_FALSE(line.pool().view().overridden);
    CHECK(line.said<ReloadDone>() == std::vector<ReloadDone>{{2}});
}

TEST_CASE("bounds that contradict themselves are made sensible") {
    Timeline line = Timeline::ready(settings(2, 4));
    line.tell(Override{0, 0});
    CHECK(line.pool().view().min == 1);
    CHECK(line.pool().view().max == 1);
    line.tell(Override{5, 3});
    CHECK(line.pool().view().min == 5);
    CHECK(line.pool().view().max == 5);
}

TEST_CASE("time that goes back is taken as time that stands still") {
    Pool pool(settings(1, 4), Moment{1h});
    pool.on(Start{1}, Moment{1h});
    CHECK(pool.on(Tick{}, Moment{1min}).empty());
    CHECK(pool.broken_invariants().empty());
    CHECK(pool.next_wakeup() == Moment{1h + 10s});
}

TEST_CASE("the view shows the workers with state and generation and since when") {
    Timeline line = Timeline::ready(settings(1, 4));
    line.load(1, 1);
    const View view = line.pool().view();
    REQUIRE(view.workers.size() == 2);
    CHECK(view.workers[0].state == WorkerState::serving);
    CHECK(view.workers[0].ready == line.now() - 10s);
    CHECK(view.workers[1].state == WorkerState::starting);
    CHECK(view.workers[1].spawned == line.now());
    CHECK(view.workers[1].generation == 1);
    CHECK(view.target == 2);
    CHECK(view.reason == TargetReason::demand);
    CHECK(view.ready);
    CHECK_FALSE(view.stopping);
}
