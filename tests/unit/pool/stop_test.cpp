#include "unit/pool/timeline.hpp"

using namespace hbnb;
using namespace hbnb::pool;

namespace {

// 1 and 2 serve, 3 starts, 4 has been killed and is not gone.
Timeline mixed() {
    Timeline line = Timeline::ready(settings(3, 8));
    line.tell(WorkerBroken{3});
    REQUIRE(line.in(WorkerState::starting) == std::vector<WorkerId>{4});
    line.forget();
    return line;
}

}  // namespace

TEST_CASE("stop drains who serves and kills who starts and starts nobody") {
    Timeline line = mixed();
    CHECK(line.tell(Stop{}) == Commands{Drain{1, ExitReason::drained_stop}, Drain{2, ExitReason::drained_stop},
                                        Kill{4, ExitReason::drained_stop}});
    line.forget();
    line.load(2, 100);
    line.pass(20s);
    CHECK(line.said<Spawn>().empty());
    CHECK(line.pool().view().stopping);
}

TEST_CASE("stopped is said once when the last worker is gone") {
    Timeline line = mixed();
    line.tell(Stop{});
    line.crashes(3, 9);
    line.crashes(4, 9);
    line.exits(2);
    CHECK(line.said<Stopped>().empty());
    line.exits(1);
    CHECK(line.last().back() == Command{Stopped{}});
    CHECK(line.tell(Stop{}).empty());
    CHECK(line.tell(StopNow{}).empty());
    CHECK(line.tell(Start{9}).empty());
    CHECK(line.tell(Tick{}).empty());
    CHECK_FALSE(line.pool().next_wakeup());
}

TEST_CASE("stop kills at the drain timeout") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.tell(Stop{});
    line.pass(30s - 1ns);
    CHECK(line.said<Kill>().empty());
    line.pass(1ns);
    CHECK(line.last() == Commands{Kill{1, ExitReason::drain_timeout}, Kill{2, ExitReason::drain_timeout}});
}

TEST_CASE("a stop does not give workers that drain already more time") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.tell(Override{1, 1});
    line.pass(20s);
    line.tell(Stop{});
    line.pass(10s);
    CHECK(line.last() == Commands{Kill{2, ExitReason::drain_timeout}});
}

TEST_CASE("stop now kills everybody") {
    Timeline line = mixed();
    SUBCASE("at once") {
        CHECK(line.tell(StopNow{}) == Commands{Kill{1, ExitReason::stopped_now}, Kill{2, ExitReason::stopped_now},
                                               Kill{4, ExitReason::stopped_now}});
    }
    SUBCASE("during a graceful stop") {
        line.tell(Stop{});
        CHECK(line.tell(StopNow{}) == Commands{Kill{1, ExitReason::stopped_now}, Kill{2, ExitReason::stopped_now}});
    }
    for (WorkerId id = 1; id <= 4; ++id) line.crashes(id, 9);
    CHECK(line.said<Stopped>().size() == 1);
}

TEST_CASE("a second stop changes nothing and a graceful stop does not soften a hard one") {
    Timeline line = mixed();
    line.tell(Stop{});
    CHECK(line.tell(Stop{}).empty());
    line.tell(StopNow{});
    CHECK(line.tell(Stop{}).empty());
    CHECK(line.count(WorkerState::ending) == 4);
}

TEST_CASE("stop before start is stopped at once") {
    Timeline line(settings(2, 8));
    SUBCASE("graceful") { CHECK(line.tell(Stop{}) == Commands{Stopped{}}); }
    SUBCASE("now") { CHECK(line.tell(StopNow{}) == Commands{Stopped{}}); }
}

TEST_CASE("a reload during stop fails and changes nothing") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.tell(Stop{});
    CHECK(line.tell(Reload{2, settings(2, 8)}) == Commands{ReloadFailed{2, "the pool is stopping"}});
}

TEST_CASE("stop during a reload ends the reload with a sentence") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.tell(Reload{2, settings(2, 8)});
    SUBCASE("before it is proven") {}
    SUBCASE("when it is half done") { line.ready(3); }
    line.tell(Stop{});
    CHECK(the<ReloadFailed>(line.last()) == ReloadFailed{2, "the pool is stopping"});
}

TEST_CASE("a worker that crashes during stop is not replaced") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.tell(Stop{});
    line.crashes(1);
    CHECK(the<WorkerGone>(line.last()).reason == ExitReason::crashed);
    CHECK(line.last().size() == 1);
}

TEST_CASE("an override during stop starts nobody") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.tell(Stop{});
    CHECK(line.tell(Override{6, 8}).empty());
}
