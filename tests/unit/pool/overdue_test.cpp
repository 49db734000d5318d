// Workers that say that a thread of theirs is stuck in a request over its deadline.
#include "unit/pool/timeline.hpp"

using namespace hbnb;
using namespace hbnb::pool;

namespace {

const Commands kNothing;

WorkerSample in_request_since(WorkerId worker, Moment began) { return {worker, 1, 0, 0, began}; }

}  // namespace

TEST_CASE("an overdue worker drains when its successor is ready and not before") {
    Timeline line = Timeline::ready(settings(2, 2));
    CHECK(line.tell(WorkerOverdue{1}) == Commands{Spawn{3, 1}});
    line.pass(500ms);
    CHECK(line.said<Drain>().empty());
    CHECK(line.ready(3) == Commands{Drain{1, ExitReason::drained_overdue}});
    line.exits(1);
    CHECK(the<WorkerGone>(line.last()).reason == ExitReason::drained_overdue);
    CHECK(line.in(WorkerState::serving) == std::vector<WorkerId>{2, 3});
}

TEST_CASE("several overdue workers are replaced at once, also at max") {
    Timeline line = Timeline::ready(settings(4, 4));
    for (const WorkerId id : {1, 2, 3}) line.tell(WorkerOverdue{id});
    CHECK(line.count(WorkerState::starting) == 3);
    line.all_ready();
    CHECK(line.in(WorkerState::draining) == std::vector<WorkerId>{1, 2, 3});
    CHECK(line.count(WorkerState::serving) == 4);
    CHECK(line.count(WorkerState::starting) == 0);
}

TEST_CASE("an overdue worker says so twice and has one successor") {
    Timeline line = Timeline::ready(settings(2, 2));
    line.tell(WorkerOverdue{1});
    CHECK(line.tell(WorkerOverdue{1}) == kNothing);
    CHECK(line.count(WorkerState::starting) == 1);
}

TEST_CASE("an overdue worker is not killed for its request but at the drain timeout") {
    Timeline line = Timeline::ready(settings(1, 1));
    const Moment began = line.now();
    line.pass(30s);
    line.tell(WorkerOverdue{1});
    line.sample({in_request_since(1, began)});
    line.pass(5s);
    line.sample({in_request_since(1, began)});
    CHECK(line.said<Kill>().empty());
    line.all_ready();
    REQUIRE(line.in(WorkerState::draining) == std::vector<WorkerId>{1});
    line.forget();
    line.pass(30s - 1ns);
    line.sample({in_request_since(1, began)});
    CHECK(line.said<Kill>().empty());
    line.pass(1ns);
    CHECK(line.said<Kill>() == std::vector<Kill>{{1, ExitReason::drain_timeout}});
}

TEST_CASE("when workers are to leave the overdue ones are first") {
    Timeline line = Timeline::ready(settings(3, 3));
    line.tell(WorkerOverdue{2});
    line.tell(Override{1, 1});
    CHECK(line.said<Drain>().at(0) == Drain{2, ExitReason::drained_overdue});
}

TEST_CASE("an overdue worker is replaced while a reload is being tried, which it does not disturb") {
    Timeline line = Timeline::ready(settings(2, 2));
    line.hold_commits();
    line.tell(Reload{2, settings(2, 2)});
    const WorkerId candidate = line.in(WorkerState::starting).at(0);
    line.tell(WorkerOverdue{1});
    REQUIRE(line.count(WorkerState::starting) == 2);
    line.ready(candidate);
    CHECK(line.said<Drain>().empty());
    line.all_ready();
    CHECK(line.said<Drain>() == std::vector<Drain>{{1, ExitReason::drained_overdue}});
    line.tell(CommitReload{2});
    for (int i = 0; i < 3; ++i) line.all_ready();
    CHECK(line.said<ReloadDone>().size() == 1);
}

TEST_CASE("overdue from a worker that drains changes nothing, and from one that starts it is nonsense") {
    Timeline line = Timeline::ready(settings(1, 2));
    line.load(1, 1);
    const WorkerId starting = line.in(WorkerState::starting).at(0);
    CHECK(line.tell(WorkerOverdue{starting}).at(0) == Command{Kill{starting, ExitReason::protocol}});
    CHECK(line.tell(WorkerOverdue{77}) == kNothing);
    line.tell(Stop{});
    CHECK(line.tell(WorkerOverdue{1}) == kNothing);
    line.exits(1);
    CHECK(line.said<WorkerGone>().at(0).reason == ExitReason::drained_stop);
}

TEST_CASE("a worker of whose control thread nothing is heard counts as overdue, and only one that serves") {
    Timeline line = Timeline::ready(settings(2, 2));
    const auto look = [&](Duration time, bool heard) {
        for (const Moment end = line.now() + time; line.now() < end;) {
            line.pass(50ms);
            line.sample({{1, 0, 0, 0, {}, false, 0, heard}, {2, 0, 0, 0, {}, false, 0, true}});
        }
    };
    look(4900ms, false);
    CHECK(line.said<WorkerUnheard>().empty());
    look(50ms, true);
    look(4900ms, false);
    CHECK(line.said<WorkerUnheard>().empty());
    line.jump(1h);
    line.sample({{1, 0, 0, 0, {}, false, 0, false}, {2, 0, 0, 0, {}, false, 0, false}});
    CHECK_MESSAGE(line.said<WorkerUnheard>().size() <= 1, "the time in which nobody looked does not count");
    look(1s, false);
    CHECK(line.said<WorkerUnheard>() == std::vector<WorkerUnheard>{{1}});
    CHECK(line.said<Spawn>().size() == 1);
    CHECK(line.said<Kill>().empty());
    line.all_ready();
    CHECK(line.in(WorkerState::draining) == std::vector<WorkerId>{1});
    line.forget();
    look(10s, false);
    CHECK(line.said<WorkerUnheard>().empty());
}
