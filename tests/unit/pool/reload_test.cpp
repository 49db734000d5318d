// Reload: a candidate, proven by its first successor, committed; then everybody, one by one. See commit_test for what
// happens where the commit does not come at once.
#include "unit/pool/timeline.hpp"

using namespace hbnb;
using namespace hbnb::pool;

namespace {

std::vector<Generation> live_generations(const Timeline &line) {
    std::vector<Generation> generations;
    for (const Worker &worker : line.pool().view().workers)
        if (worker.is_live()) generations.push_back(worker.generation);
    return generations;
}

// Of three workers one is of generation 2 already and its next successor is starting.
Timeline half_reloaded() {
    Timeline line = Timeline::ready(settings(3, 6));
    line.tell(Reload{2, settings(3, 6)});
    line.ready(4);
    REQUIRE(live_generations(line) == std::vector<Generation>{1, 1, 2, 2});
    line.forget();
    return line;
}

}  // namespace

TEST_CASE("a reload starts one successor and drains nobody until it is ready") {
    Timeline line = Timeline::ready(settings(3, 3));
    CHECK(line.tell(Reload{2, settings(3, 3)}) == Commands{Spawn{4, 2}});
    CHECK(line.pool().view().reloading == 2);
    line.pass(1s);
    CHECK(line.said<Drain>().empty());
    CHECK(line.ready(4) == Commands{ReloadProven{2}, Drain{3, ExitReason::drained_reload}, Spawn{5, 2}});
}

TEST_CASE("a reload replaces all workers one by one and is done once") {
    Timeline line = Timeline::ready(settings(3, 3));
    line.tell(Reload{2, settings(3, 3)});
    while (line.count(WorkerState::starting) > 0) {
        CHECK(line.count(WorkerState::starting) == 1);
        CHECK(line.count(WorkerState::serving) == 3);
        CHECK(line.said<ReloadDone>().empty());
        line.ready(line.in(WorkerState::starting).front());
    }
    CHECK(live_generations(line) == std::vector<Generation>{2, 2, 2});
    CHECK(line.said<ReloadDone>() == std::vector<ReloadDone>{{2}});
    CHECK(line.said<Drain>().size() == 3);
    CHECK_FALSE(line.pool().view().reloading);
    for (const WorkerId id : line.in(WorkerState::draining)) line.exits(id);
    line.pass(10s);
    CHECK(line.said<ReloadDone>().size() == 1);
    CHECK(line.said<Spawn>().size() == 3);
}

TEST_CASE("idle workers are replaced before busy ones") {
    Timeline line = Timeline::ready(settings(3, 3));
    line.sample({{1, 0, 0, 0, {}}, {2, 1, 0, 0, line.now()}, {3, 1, 0, 0, line.now()}});
    line.tell(Reload{2, settings(3, 3)});
    CHECK(the<Drain>(line.ready(4)).worker == 1);
}

TEST_CASE("a reload whose first successor fails leaves everything as it was and says why") {
    Timeline line = Timeline::ready(settings(3, 3));
    line.tell(Reload{2, settings(5, 9)});
    std::string sentence;
    SUBCASE("it refuses") {
        line.tell(WorkerRefused{4, "unable to load plugin api.so: wrong ABI"});
        sentence = "unable to start worker 4: unable to load plugin api.so: wrong ABI";
    }
    SUBCASE("it dies") {
        line.crashes(4);
        sentence = "unable to start worker 4: it died with signal 11 while it was starting";
    }
    SUBCASE("it is late") {
        line.pass(10s);
        sentence = "unable to start worker 4: it was not ready in time";
    }
    SUBCASE("it cannot be spawned") {
        line.tell(SpawnFailed{4, "unable to fork: no room"});
        sentence = "unable to start worker 4: unable to fork: no room";
    }
    SUBCASE("it sends nonsense") {
        line.tell(WorkerBroken{4});
        sentence = "unable to start worker 4: it sent nonsense over its channel while it was starting";
    }
    CHECK(the<ReloadFailed>(line.last()) == ReloadFailed{2, sentence});
    CHECK_FALSE(line.pool().view().reloading);
    line.crashes(4, 9);
    line.pass(5s);
    CHECK(line.in(WorkerState::serving) == std::vector<WorkerId>{1, 2, 3});
    CHECK(line.said<Spawn>().size() == 1);
    CHECK(line.said<Drain>().empty());
    CHECK(line.said<BackingOff>().empty());
    CHECK(line.pool().view().min == 3);
    CHECK(line.pool().view().max == 3);
    CHECK(line.pool().view().generation == 1);
}

TEST_CASE("a successor lives by the start timeout of its own generation") {
    Settings hasty = settings(3, 3);
    hasty.timeout_start = 1s;
    Timeline line = Timeline::ready(settings(3, 3));
    line.tell(Reload{2, hasty});
    line.pass(1s);
    CHECK(the<ReloadFailed>(line.last()).generation == 2);
}

TEST_CASE("new settings hold as soon as the generation is committed") {
    Timeline line = Timeline::ready(settings(2, 4));
    line.tell(Reload{2, settings(5, 9)});
    CHECK(line.target() == 2);
    line.ready(3);
    CHECK(line.target() == 5);
    CHECK(the<TargetChanged>(line.last()).reason == TargetReason::minimum);
    line.all_ready();
    CHECK(live_generations(line) == std::vector<Generation>(5, 2));
}

TEST_CASE("a reload to fewer workers drains the outdated ones first") {
    Timeline line = Timeline::ready(settings(6, 6));
    line.tell(Reload{2, settings(2, 2)});
    line.ready(7);
    CHECK(the<TargetChanged>(line.last()).reason == TargetReason::at_max);
    CHECK(only<Drain>(line.last()).size() == 5);
    line.all_ready();
    CHECK(live_generations(line) == std::vector<Generation>{2, 2});
    CHECK(line.said<ReloadDone>().size() == 1);
}

TEST_CASE("who dies before the new generation is in force is replaced by the old one") {
    Timeline line = Timeline::ready(settings(3, 3));
    line.tell(Reload{2, settings(3, 3)});
    line.crashes(1);
    CHECK(the<Spawn>(line.last()) == Spawn{5, 1});
    line.ready(5);
    line.ready(4);
    CHECK(the<Drain>(line.last()).reason == ExitReason::drained_reload);
}

TEST_CASE("who dies after the new generation is in force is replaced by the new one") {
    Timeline line = half_reloaded();
    line.crashes(1);
    CHECK(the<WorkerGone>(line.last()).generation == 1);
    CHECK(the<Spawn>(line.last()).generation == 2);
}

TEST_CASE("a reload is also the cure for a generation that keeps crashing and does not wait for its back-off") {
    Timeline line = Timeline::ready(settings(2, 2));
    line.crashes(1);
    line.crashes(2);
    for (int i = 0; i < 10; ++i) {
        for (const WorkerId id : line.in(WorkerState::starting)) line.crashes(id);
        line.pass(1s);
    }
    for (const WorkerId id : line.in(WorkerState::starting)) line.crashes(id);
    REQUIRE(line.pool().view().backing_off == 1s);
    line.forget();
    line.tell(Reload{2, settings(2, 2)});
    REQUIRE(line.said<Spawn>().size() == 1);
    line.ready(line.said<Spawn>().front().worker);
    CHECK(line.pool().view().backing_off == 0s);
    line.all_ready();
    CHECK(live_generations(line) == std::vector<Generation>{2, 2});
    CHECK(line.said<ReloadDone>().size() == 1);
}

TEST_CASE("a later successor that fails is tried again with back-off while the old ones serve") {
    Timeline line = half_reloaded();
    for (int i = 0; i < 100; ++i) {
        if (line.count(WorkerState::starting) > 0) line.crashes(line.in(WorkerState::starting).front());
        CHECK(line.count(WorkerState::serving) == 3);
        line.pass(100ms);
    }
    CHECK(line.said<ReloadFailed>().empty());
    CHECK(line.said<Spawn>().size() < 25);
    line.pass(1s);
    line.all_ready();
    CHECK(line.said<ReloadDone>() == std::vector<ReloadDone>{{2}});
}

TEST_CASE("a newer reload drops a candidate that was not proven") {
    Timeline line = Timeline::ready(settings(3, 3));
    line.tell(Reload{2, settings(3, 3)});
    CHECK(line.tell(Reload{3, settings(3, 3)}) ==
          Commands{ReloadSuperseded{2, 3}, Kill{4, ExitReason::superseded}, Spawn{5, 3}});
    CHECK(the<WorkerGone>(line.crashes(4, 9)).reason == ExitReason::superseded);
    line.all_ready();
    CHECK(live_generations(line) == std::vector<Generation>{3, 3, 3});
    CHECK(line.said<ReloadDone>() == std::vector<ReloadDone>{{3}});
    CHECK(line.said<ReloadFailed>().empty());
}

TEST_CASE("a newer reload replaces also the workers of the one that was half done") {
    Timeline line = half_reloaded();
    line.tell(Reload{3, settings(3, 6)});
    line.all_ready();
    CHECK(live_generations(line) == std::vector<Generation>{3, 3, 3});
    CHECK(line.said<ReloadSuperseded>() == std::vector<ReloadSuperseded>{{2, 3}});
    CHECK(line.said<ReloadDone>() == std::vector<ReloadDone>{{3}});
}

TEST_CASE("a newer reload that fails lets the half done one go on to its end") {
    Timeline line = half_reloaded();
    line.tell(Reload{3, settings(3, 6)});
    line.ready(5);
    const auto candidate = the<Spawn>(line.last());
    CHECK(candidate.generation == 3);
    line.tell(WorkerRefused{candidate.worker, "no"});
    CHECK(the<ReloadFailed>(line.last()).generation == 3);
    line.all_ready();
    CHECK(live_generations(line) == std::vector<Generation>{2, 2, 2});
    CHECK(line.said<ReloadDone>() == std::vector<ReloadDone>{{2}});
    CHECK(line.said<ReloadSuperseded>().empty());
}

TEST_CASE("a storm of reloads ends with the newest and takes effect once") {
    Timeline line = Timeline::ready(settings(4, 4));
    for (Generation generation = 2; generation <= 26; ++generation) {
        line.tell(Reload{generation, settings(4, 4)});
        CHECK(line.count(WorkerState::starting) == 1);
        line.pass(10ms);
    }
    CHECK(line.said<Drain>().empty());
    CHECK(line.said<ReloadSuperseded>().size() == 24);
    line.all_ready();
    CHECK(live_generations(line) == std::vector<Generation>(4, 26));
    CHECK(line.said<ReloadDone>() == std::vector<ReloadDone>{{26}});
    CHECK(line.said<Drain>().size() == 4);
}

TEST_CASE("a reload before the pool is ready waits until it is") {
    Timeline line(settings(2, 2));
    SUBCASE("before start") {
        CHECK(line.tell(Reload{2, settings(2, 2)}).empty());
        line.tell(Start{1});
    }
    SUBCASE("while starting") {
        line.tell(Start{1});
        CHECK(line.tell(Reload{2, settings(2, 2)}).empty());
    }
    CHECK(live_generations(line) == std::vector<Generation>{1, 1});
    line.ready(1);
    CHECK(line.ready(2) == Commands{PoolReady{}, Spawn{3, 2}});
    line.all_ready();
    CHECK(live_generations(line) == std::vector<Generation>{2, 2});
}

TEST_CASE("a failed start takes the reload that waited with it") {
    Timeline line(settings(1, 2));
    line.tell(Start{1});
    line.tell(Reload{2, settings(1, 2)});
    line.crashes(1);
    CHECK(the<ReloadFailed>(line.last()).generation == 2);
}

TEST_CASE("a reload waits for a retirement in progress instead of going two above max") {
    Settings of = settings(2, 2);
    of.retire_requests = 10;
    Timeline line = Timeline::ready(of);
    line.sample({{1, 0, 100, 0, {}}});
    REQUIRE(line.in(WorkerState::starting) == std::vector<WorkerId>{3});
    CHECK(line.tell(Reload{2, of}).empty());
    CHECK(line.ready(3) == Commands{Drain{1, ExitReason::drained_requests}, Spawn{4, 2}});
}

TEST_CASE("the pool grows during a reload with the generation in force") {
    Timeline line = Timeline::ready(settings(2, 6));
    line.tell(Reload{2, settings(2, 6)});
    line.load(2, 2);
    CHECK(only<Spawn>(line.last()) == std::vector<Spawn>{{4, 1}, {5, 1}});
    line.all_ready();
    CHECK(live_generations(line) == std::vector<Generation>(4, 2));
}

TEST_CASE("bounds cut by hand during a reload leave the candidate alone") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.load(2, 4);
    line.tell(Reload{2, settings(2, 8)});
    const WorkerId candidate = the<Spawn>(line.last()).worker;
    line.tell(Override{2, 2});
    CHECK(only<Kill>(line.last()).size() == 4);
    CHECK(line.in(WorkerState::starting) == std::vector<WorkerId>{candidate});
    line.all_ready();
    CHECK(line.said<ReloadDone>().size() == 1);
}

TEST_CASE("bounds set by hand end with a reload, unless it says that it keeps them") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.tell(Override{3, 3});
    line.all_ready();
    line.tell(Reload{2, settings(2, 8), true});
    line.all_ready();
    REQUIRE(line.said<ReloadDone>().size() == 1);
    CHECK(line.pool().view().overridden);
    CHECK(line.target() == 3);
    line.tell(Reload{3, settings(2, 8)});
    line.all_ready();
    CHECK_FALSE(line.pool().view().overridden);
}

TEST_CASE("the threads of an outdated worker that is late do not count for the new ones") {
    Timeline line = Timeline::ready(with_threads(settings(2, 9), 4));
    line.tell(Reload{2, with_threads(settings(2, 9), 4)});
    line.crashes(1);
    line.tell(WorkerReady{3, 1});
    line.tell(WorkerReady{4, 4});
    REQUIRE(line.worker(4).generation == 1);
    line.load(2, 6);
    CHECK(line.target() == 8);
}

TEST_CASE("spare and shrinking follow the new settings") {
    Timeline line = Timeline::ready(settings(2, 8));
    Settings roomy = settings(2, 8);
    roomy.spare = 5;
    line.tell(Reload{2, roomy});
    line.all_ready();
    line.load(0);
    CHECK(line.target() == 5);
}

TEST_CASE("an outdated worker that dies young does not slow the new generation down") {
    Timeline line = Timeline::ready(settings(3, 3));
    line.crashes(1);
    line.ready(4);
    line.tell(Reload{2, settings(3, 3)});
    line.ready(5);
    REQUIRE(line.worker(4).state == WorkerState::serving);
    line.crashes(4);
    CHECK(only<BackingOff>(line.last()).empty());
    CHECK(only<Spawn>(line.last()).size() == 1);
}

TEST_CASE("an earlier generation again is a roll-back") {
    Timeline line = half_reloaded();
    line.tell(Reload{1, settings(3, 6)});
    line.all_ready();
    CHECK(live_generations(line) == std::vector<Generation>{1, 1, 1});
    CHECK(line.said<ReloadSuperseded>() == std::vector<ReloadSuperseded>{{2, 1}});
    CHECK(line.said<ReloadDone>() == std::vector<ReloadDone>{{1}});
}

TEST_CASE("the old workers keep the timeouts they were started with") {
    Settings hasty = settings(2, 2);
    hasty.timeout_drain = 1s;
    hasty.timeout_request = 1s;
    Timeline line = Timeline::ready(settings(2, 2));
    line.tell(Reload{2, hasty});
    line.all_ready();
    REQUIRE(line.in(WorkerState::draining) == std::vector<WorkerId>{1, 2});
    const Moment began = line.now();
    line.pass(29s);
    line.sample({{1, 1, 0, 0, began}, {2, 1, 0, 0, began}});
    CHECK(line.said<Kill>() == std::vector<Kill>{});
}
