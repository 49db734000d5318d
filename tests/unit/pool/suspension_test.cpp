// Who stands still. The manager slept (SIGSTOP, a suspended machine): a gap in time, and nobody dies of it. A worker
// was stopped by a signal: it is given up.
#include "unit/pool/timeline.hpp"

using namespace hbnb;
using namespace hbnb::pool;

namespace {

// A look every 50 ms at two workers, of which the first is stopped.
void watch_stopped(Timeline &line, Duration time) {
    for (const Moment end = line.now() + time; line.now() < end;) {
        line.pass(50ms);
        line.sample({{1, 0, 0, 0, {}, true}, {2, 0, 0, 0, {}, false}});
    }
}

}  // namespace

TEST_CASE("a gap does not make starting workers late") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.load(2, 3);
    line.pass(9s);
    line.jump(1h);
    line.tell(Tick{});
    CHECK(line.last().empty());
    line.pass(10s - 1ns);
    CHECK(line.said<Kill>().empty());
    line.pass(1ns);
    CHECK(line.said<Kill>().size() == 3);
}

TEST_CASE("a gap does not make draining workers late") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.tell(Stop{});
    line.jump(1h);
    line.tell(Tick{});
    CHECK(line.last().empty());
    line.pass(30s);
    CHECK(line.said<Kill>().size() == 2);
}

TEST_CASE("a gap does not make requests late") {
    Timeline line = Timeline::ready(settings(2, 8));
    const Moment began = line.now();
    line.jump(1h);
    line.sample({{1, 1, 0, 0, began}, {2, 1, 0, 0, began}});
    CHECK(line.said<Kill>().empty());
    line.pass(35s + 1ns);
    line.sample({{1, 1, 0, 0, began}, {2, 0, 0, 0, {}}});
    CHECK(line.said<Kill>() == std::vector<Kill>{{1, ExitReason::request_timeout}});
}

TEST_CASE("whatever event is first after a gap ends it") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.load(2, 3);
    line.jump(1h);
    line.exits(77);
    line.tell(Tick{});
    CHECK(line.said<Kill>().empty());
}

TEST_CASE("a delay of up to five seconds is no gap and deadlines hold") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.load(2, 1);
    line.pass(8s);
    line.jump(5s);
    line.tell(Tick{});
    CHECK(the<Kill>(line.last()).reason == ExitReason::start_timeout);
}

TEST_CASE("a gap is no surplus") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.load(2, 4);
    line.all_ready();
    line.jump(1h);
    line.load(0);
    line.stay(9s, 0);
    CHECK(line.said<Drain>().empty());
}

TEST_CASE("a worker that died during a gap is replaced after it") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.jump(1h);
    CHECK(only<Spawn>(line.crashes(1)).size() == 1);
}

TEST_CASE("a worker that stays stopped by a signal is killed and replaced at once") {
    Timeline line = Timeline::ready(settings(2, 8));
    watch_stopped(line, 400ms);
    CHECK(line.said<Kill>() == std::vector<Kill>{{1, ExitReason::suspended}});
    CHECK(line.said<Spawn>().size() == 1);
    const auto gone = the<WorkerGone>(line.crashes(1, 9));
    CHECK(gone.reason == ExitReason::suspended);
    CHECK(gone.sentence == "it was stopped by a signal, SIGSTOP or the like");
}

TEST_CASE("a worker that goes on in time is not killed") {
    Timeline line = Timeline::ready(settings(2, 8));
    for (int i = 0; i < 10; ++i) {
        watch_stopped(line, 200ms);
        line.pass(50ms);
        line.load(0);
    }
    CHECK(line.said<Kill>().empty());
}

TEST_CASE("the time in which nobody looked does not count: all of us were stopped, and go on one after the other") {
    Timeline line = Timeline::ready(settings(2, 8));
    for (const Duration away : {Duration{1s}, Duration{4s}, Duration{1h}}) {
        watch_stopped(line, 100ms);
        line.jump(away);
        line.sample({{1, 0, 0, 0, {}, true}});
        watch_stopped(line, 50ms);
        line.load(0);
    }
    CHECK(line.said<Kill>().empty());
}

TEST_CASE("a worker that is stopped while it drains, or while it starts, is killed too") {
    Timeline line = Timeline::ready(settings(2, 8));
    SUBCASE("drains") {
        line.tell(Stop{});
        watch_stopped(line, 400ms);
        CHECK(line.said<Kill>() == std::vector<Kill>{{1, ExitReason::suspended}});
    }
    SUBCASE("starts, as the first of a reload") {
        line.tell(Reload{2, settings(2, 8)});
        for (int i = 0; i < 8; ++i) {
            line.pass(50ms);
            line.sample({{3, 0, 0, 0, {}, true}});
        }
        CHECK(line.said<Kill>() == std::vector<Kill>{{3, ExitReason::suspended}});
        REQUIRE(line.said<ReloadFailed>().size() == 1);
        CHECK(line.said<ReloadFailed>().front().sentence ==
              "unable to start worker 3: it was stopped by a signal, SIGSTOP or the like");
    }
}

TEST_CASE("a worker is killed once for being stopped") {
    Timeline line = Timeline::ready(settings(2, 8));
    watch_stopped(line, 5s);
    CHECK(line.said<Kill>().size() == 1);
}
