// Workers that die: replaced at once, or with back-off when they die young.
#include "unit/pool/timeline.hpp"

using namespace hbnb;
using namespace hbnb::pool;

namespace {

// Kills every worker as soon as it starts, for `time`; says how many were started.
std::size_t crash_on_start(Timeline &line, Duration time) {
    line.forget();
    for (const Moment end = line.now() + time; line.now() < end;) {
        while (!line.in(WorkerState::starting).empty()) line.crashes(line.in(WorkerState::starting).front());
        line.pass(std::min<Duration>(end - line.now(), 5ms));
    }
    return line.said<Spawn>().size();
}

}  // namespace

TEST_CASE("a worker killed after long service is replaced in the same breath") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.crashes(1, 9);
    CHECK(line.last() ==
          Commands{WorkerGone{1, 1, ExitReason::crashed, {ExitStatus::Kind::signalled, 9}, "", 10s, 0}, Spawn{3, 1}});
}

TEST_CASE("all workers killed after long service are all replaced at once") {
    Timeline line = Timeline::ready(settings(4, 8));
    for (WorkerId id = 1; id <= 4; ++id) CHECK(only<Spawn>(line.crashes(id, 9)).size() == 1);
    CHECK(line.said<BackingOff>().empty());
}

TEST_CASE("a worker that dies within a second of ready delays its replacement by 10 ms") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.crashes(1);
    line.ready(3);
    line.pass(999ms);
    line.crashes(3);
    CHECK(the<BackingOff>(line.last()).delay == 10ms);
    CHECK(only<Spawn>(line.last()).empty());
    CHECK(line.pool().next_wakeup() == line.now() + 10ms);
    line.pass(10ms - 1ns);
    CHECK(line.last().empty());
    line.pass(1ns);
    CHECK(line.last() == Commands{Spawn{4, 1}});
}

TEST_CASE("a worker that served one second is replaced without delay") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.crashes(1);
    line.ready(3);
    line.pass(1s);
    line.crashes(3);
    CHECK(only<Spawn>(line.last()).size() == 1);
}

TEST_CASE("a crash loop is slowed to one wave a second and never given up") {
    Timeline line = Timeline::ready(settings(3, 8));
    for (WorkerId id = 1; id <= 3; ++id) line.crashes(id);
    const auto in_first_seconds = crash_on_start(line, 3s);
    CHECK(in_first_seconds >= 3 * 7);
    CHECK(in_first_seconds <= 3 * 10);
    const auto in_a_minute = crash_on_start(line, 60s);
    CHECK(in_a_minute >= 3 * 58);
    CHECK(in_a_minute <= 3 * 61);
    CHECK(line.said<BackingOff>().back().delay == 1s);
    CHECK(line.said<BackingOff>().size() <= 61);
    line.pass(1s);
    line.all_ready();
    CHECK(line.count(WorkerState::serving) == 3);
}

TEST_CASE("after a delay the whole deficit is started so that min is there for healthy traffic") {
    Timeline line = Timeline::ready(settings(4, 8));
    for (WorkerId id = 1; id <= 4; ++id) line.crashes(id);
    for (const WorkerId id : line.in(WorkerState::starting)) line.crashes(id);
    line.pass(10ms);
    CHECK(line.count(WorkerState::starting) == 4);
}

TEST_CASE("a wave of young deaths is one step") {
    Timeline line = Timeline::ready(settings(4, 8));
    for (WorkerId id = 1; id <= 4; ++id) line.crashes(id);
    line.all_ready();
    line.pass(100ms);
    line.forget();
    for (const WorkerId id : line.in(WorkerState::serving)) line.crashes(id);
    CHECK(line.said<BackingOff>() == std::vector<BackingOff>{{10ms}});
}

TEST_CASE("back-off is forgotten after a worker has served a second") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.crashes(1);
    line.crashes(3);
    line.pass(10ms);
    line.crashes(4);
    CHECK(line.pool().view().backing_off == 20ms);
    line.pass(20ms);
    line.ready(5);
    line.pass(999ms);
    CHECK(line.pool().view().backing_off == 20ms);
    line.pass(1ms);
    CHECK(line.pool().view().backing_off == 0ms);
}

TEST_CASE("back-off is forgotten after ten seconds in which nobody died young") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.tell(Override{3, 3});
    line.crashes(3);
    line.tell(Override{2, 2});
    line.pass(10s - 1ns);
    CHECK(line.pool().view().backing_off == 10ms);
    line.pass(1ns);
    CHECK(line.pool().view().backing_off == 0ms);
}

TEST_CASE("a worker that has served for long does not vouch for new ones") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.crashes(1);
    CHECK(crash_on_start(line, 60s) <= 80);
    CHECK(line.worker(2).state == WorkerState::serving);
}

TEST_CASE("growth that cannot start is slowed as well and the pool serves on") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.load(2, 6);
    for (const WorkerId id : line.in(WorkerState::starting)) line.tell(SpawnFailed{id, "unable to fork: no room"});
    CHECK(line.count(WorkerState::starting) == 0);
    CHECK(line.count(WorkerState::serving) == 2);
    line.pass(10ms);
    CHECK(line.count(WorkerState::starting) == 6);
}

TEST_CASE("a start timeout counts as a death at the start") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.crashes(1);
    line.forget();
    line.pass(10s);
    CHECK(line.said<Kill>() == std::vector<Kill>{{3, ExitReason::start_timeout}});
    CHECK(line.said<BackingOff>().size() == 1);
}

TEST_CASE("a worker that was asked to go says nothing about starting") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.tell(Override{3, 3});
    line.all_ready();
    line.pass(50ms);
    line.load(2);
    line.tell(Override{2, 2});
    REQUIRE(line.worker(3).state == WorkerState::draining);
    line.crashes(3);
    CHECK(only<BackingOff>(line.last()).empty());
}

TEST_CASE("processes that not even a kill ends do not fill the machine") {
    Timeline line = Timeline::ready(settings(2, 4));
    for (int i = 0; i < 100; ++i) {
        for (const WorkerId id : line.in(WorkerState::starting)) line.tell(WorkerBroken{id});
        for (const WorkerId id : line.in(WorkerState::serving)) line.tell(WorkerBroken{id});
        line.pass(1s);
    }
    CHECK(line.count(WorkerState::ending) >= 4 * kLeavingTimesMax);
    CHECK(line.count(WorkerState::ending) <= 4 * kLeavingTimesMax + 2);
    for (const WorkerId id : line.in(WorkerState::ending)) line.crashes(id, 9);
    CHECK(line.count(WorkerState::starting) == 2);
}

TEST_CASE("a first worker that refuses fails the start and the others are stopped") {
    Timeline line(settings(3, 8));
    line.tell(Start{1});
    line.ready(1);
    line.tell(WorkerRefused{2, "unable to load plugin api.so: file too short"});
    CHECK(line.last() == Commands{Kill{2, ExitReason::load_failed},
                                  StartFailed{"unable to start worker 2: unable to load plugin api.so: file too short"},
                                  Kill{1, ExitReason::stopped_now}, Kill{3, ExitReason::stopped_now}});
    line.exits(2, 3);
    line.crashes(1, 9);
    CHECK(line.said<Stopped>().empty());
    line.crashes(3, 9);
    CHECK(line.last().back() == Command{Stopped{}});
    CHECK(line.said<StartFailed>().size() == 1);
}

TEST_CASE("a first worker that dies or is late or cannot be spawned fails the start with a sentence") {
    Timeline line(settings(1, 8));
    line.tell(Start{1});
    std::string sentence;
    SUBCASE("dies") {
        line.crashes(1, 6);
        sentence = "unable to start worker 1: it died with signal 6 while it was starting";
    }
    SUBCASE("exits") {
        line.exits(1, 4);
        sentence = "unable to start worker 1: it died with exit code 4 while it was starting";
    }
    SUBCASE("is late") {
        line.pass(10s);
        sentence = "unable to start worker 1: it was not ready in time";
    }
    SUBCASE("cannot be spawned") {
        line.tell(SpawnFailed{1, "unable to execute hbnb-worker: No such file"});
        sentence = "unable to start worker 1: unable to execute hbnb-worker: No such file";
    }
    SUBCASE("sends nonsense") {
        line.tell(WorkerBroken{1});
        sentence = "unable to start worker 1: it sent nonsense over its channel while it was starting";
    }
    CHECK(the<StartFailed>(line.last()).sentence == sentence);
    line.forget();
    line.crashes(1, 9);
    line.pass(1min);
    CHECK(line.said<Spawn>().empty());
    CHECK(line.pool().view().stopping);
}

TEST_CASE("a worker that dies at the start of a pool that was ready once is no failed start") {
    Timeline line = Timeline::ready(settings(1, 8));
    line.crashes(1);
    line.tell(WorkerRefused{2, "unable to open the database"});
    CHECK(line.said<StartFailed>().empty());
    line.pass(10ms);
    CHECK(line.count(WorkerState::starting) == 1);
}
