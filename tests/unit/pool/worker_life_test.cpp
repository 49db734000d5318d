// Every row of the table at the head of pool.hpp.
#include "unit/pool/timeline.hpp"

using namespace hbnb;
using namespace hbnb::pool;

namespace {

const ExitStatus kSegv{ExitStatus::Kind::signalled, 11};
const ExitStatus kKilled{ExitStatus::Kind::signalled, 9};

// Worker 3 is draining, 1 and 2 serve.
Timeline one_draining(Settings of = settings(2, 8)) {
    Timeline line = Timeline::ready(of);
    line.tell(Override{3, 3});
    line.all_ready();
    line.pass(50ms);
    line.load(2);
    line.tell(Override{2, 2});
    REQUIRE(line.in(WorkerState::draining) == std::vector<WorkerId>{3});
    line.forget();
    return line;
}

// Worker 3 is starting, 1 and 2 serve.
Timeline one_starting(Settings of = settings(2, 8)) {
    Timeline line = Timeline::ready(of);
    line.load(2, 1);
    REQUIRE(line.in(WorkerState::starting) == std::vector<WorkerId>{3});
    line.forget();
    return line;
}

}  // namespace

TEST_CASE("starting becomes serving when the worker says ready") {
    Timeline line = one_starting();
    line.ready(3);
    CHECK(line.worker(3).state == WorkerState::serving);
    CHECK(line.worker(3).ready == line.now());
}

TEST_CASE("starting becomes gone when the process exits") {
    Timeline line = one_starting();
    line.pass(30ms);
    line.crashes(3);
    CHECK(the<WorkerGone>(line.last()) == WorkerGone{3, 1, ExitReason::crashed, kSegv, "", 30ms, 0});
    CHECK(line.in(WorkerState::starting).empty());
}

TEST_CASE("starting becomes gone when there is no process") {
    Timeline line = one_starting();
    line.tell(SpawnFailed{3, "unable to fork: Resource temporarily unavailable"});
    const auto gone = the<WorkerGone>(line.last());
    CHECK(gone.reason == ExitReason::spawn_failed);
    CHECK(gone.sentence == "unable to fork: Resource temporarily unavailable");
    CHECK(line.count(WorkerState::serving) == 2);
}

TEST_CASE("starting becomes ending when the worker refuses and its words are kept to the end") {
    Timeline line = one_starting();
    line.tell(WorkerRefused{3, "unable to load plugin api.so: no entry point"});
    CHECK(the<Kill>(line.last()) == Kill{3, ExitReason::load_failed});
    CHECK(line.worker(3).state == WorkerState::ending);
    line.exits(3, 3);
    const auto gone = the<WorkerGone>(line.last());
    CHECK(gone.reason == ExitReason::load_failed);
    CHECK(gone.sentence == "unable to load plugin api.so: no entry point");
}

TEST_CASE("starting becomes ending when the worker sends nonsense") {
    Timeline line = one_starting();
    line.tell(WorkerBroken{3});
    CHECK(the<Kill>(line.last()) == Kill{3, ExitReason::protocol});
    CHECK(line.worker(3).state == WorkerState::ending);
}

TEST_CASE("starting becomes ending at the start timeout to the nanosecond") {
    Timeline line = one_starting();
    line.pass(10s - 1ns);
    CHECK(line.worker(3).state == WorkerState::starting);
    CHECK(line.pool().next_wakeup() == line.now() + 1ns);
    line.pass(1ns);
    CHECK(the<Kill>(line.last()) == Kill{3, ExitReason::start_timeout});
    line.crashes(3, 9);
    CHECK(the<WorkerGone>(line.last()).reason == ExitReason::start_timeout);
}

TEST_CASE("starting becomes ending when the bounds no longer have room for it") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.load(2, 6);
    REQUIRE(line.count(WorkerState::starting) == 6);
    line.tell(Override{2, 2});
    // One above the target may stay: it is told apart from a successor by nothing.
    CHECK(only<Kill>(line.last()).size() == 5);
    for (const Kill &kill : only<Kill>(line.last())) CHECK(kill.reason == ExitReason::drained_scale_down);
}

TEST_CASE("starting without a start timeout waits for ever") {
    Settings patient = settings(2, 8);
    patient.timeout_start = 0s;
    Timeline line = one_starting(patient);
    line.pass(60s);
    CHECK(line.worker(3).state == WorkerState::starting);
    CHECK_FALSE(line.pool().next_wakeup());
}

TEST_CASE("serving becomes draining when there is one too many") {
    Timeline line = one_draining();
    CHECK(line.worker(3).state == WorkerState::draining);
    CHECK(line.worker(3).leaving == ExitReason::drained_scale_down);
}

TEST_CASE("serving becomes gone when the process exits and any exit code counts as a crash") {
    for (const int code : {0, 1, 5}) {
        Timeline line = Timeline::ready(settings(2, 8));
        line.exits(1, code);
        CHECK(the<WorkerGone>(line.last()).reason == ExitReason::crashed);
        CHECK(the<WorkerGone>(line.last()).status == ExitStatus{ExitStatus::Kind::exited, code});
    }
}

TEST_CASE("serving becomes ending when a request is over its deadline and the grace") {
    Timeline line = Timeline::ready(settings(2, 8));
    const Moment began = line.now();
    line.pass(35s);
    line.sample({{1, 1, 5, 0, began}, {2, 0, 0, 0, {}}});
    CHECK(line.worker(1).state == WorkerState::serving);
    line.pass(1ns);
    line.sample({{1, 1, 5, 0, began}, {2, 0, 0, 0, {}}});
    CHECK(the<Kill>(line.last()) == Kill{1, ExitReason::request_timeout});
    CHECK(the<Spawn>(line.last()) == Spawn{3, 1});
    line.crashes(1, 9);
    CHECK(the<WorkerGone>(line.last()).reason == ExitReason::request_timeout);
    CHECK(the<WorkerGone>(line.last()).requests == 5);
}

TEST_CASE("no request is too old without a request timeout") {
    Settings patient = settings(2, 8);
    patient.timeout_request = 0s;
    Timeline line = Timeline::ready(patient);
    const Moment began = line.now();
    line.pass(10min);
    line.sample({{1, 1, 0, 0, began}});
    CHECK(line.said<Kill>().empty());
}

TEST_CASE("an idle worker is never too late however old its last request looks") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.sample({{1, 0, 0, 0, Moment{}}});
    CHECK(line.said<Kill>().empty());
}

TEST_CASE("a worker that says its request is older than itself is given the time it served") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.sample({{1, 1, 0, 0, Moment{}}});
    CHECK(line.said<Kill>().empty());
}

TEST_CASE("serving becomes ending on nonsense and is replaced at once") {
    Timeline line = Timeline::ready(settings(2, 8));
    SUBCASE("that the channel reports") { line.tell(WorkerBroken{1}); }
    SUBCASE("that is a second ready") { line.tell(WorkerReady{1, 1}); }
    SUBCASE("that is a refusal after ready") { line.tell(WorkerRefused{1, "changed my mind"}); }
    CHECK(line.last() == Commands{Kill{1, ExitReason::protocol}, Spawn{3, 1}});
}

TEST_CASE("draining becomes gone with the reason it was drained for") {
    Timeline line = one_draining();
    line.exits(3, 0);
    CHECK(the<WorkerGone>(line.last()).reason == ExitReason::drained_scale_down);
    CHECK(only<Spawn>(line.last()).empty());
}

TEST_CASE("draining that ends in any other way than exit code 0 is a crash") {
    Timeline line = one_draining();
    SUBCASE("by a signal") { line.crashes(3); }
    SUBCASE("by an exit code") { line.exits(3, 4); }
    CHECK(the<WorkerGone>(line.last()).reason == ExitReason::crashed);
    CHECK(only<Spawn>(line.last()).empty());
    CHECK(only<BackingOff>(line.last()).empty());
}

TEST_CASE("draining becomes ending at the drain timeout to the nanosecond") {
    Timeline line = one_draining();
    line.pass(30s - 1ns);
    CHECK(line.worker(3).state == WorkerState::draining);
    line.pass(1ns);
    CHECK(the<Kill>(line.last()) == Kill{3, ExitReason::drain_timeout});
    line.crashes(3, 9);
    CHECK(the<WorkerGone>(line.last()).reason == ExitReason::drain_timeout);
}

TEST_CASE("draining becomes ending when its request is over the deadline and the grace") {
    Settings hasty = settings(2, 8);
    hasty.timeout_request = 2s;
    Timeline line = one_draining(hasty);
    const Moment began = line.now();
    line.pass(7s + 1ns);
    line.sample({{3, 1, 0, 0, began}});
    CHECK(line.last() == Commands{Kill{3, ExitReason::request_timeout}});
}

TEST_CASE("draining becomes ending on nonsense") {
    Timeline line = one_draining();
    CHECK(line.tell(WorkerBroken{3}) == Commands{Kill{3, ExitReason::protocol}});
}

TEST_CASE("draining does not care for ready or refused that crossed with its drain") {
    Timeline line = one_draining();
    CHECK(line.tell(WorkerReady{3, 1}).empty());
    CHECK(line.tell(WorkerRefused{3, "late"}).empty());
    CHECK(line.worker(3).state == WorkerState::draining);
}

TEST_CASE("ending hears nothing but its exit") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.tell(WorkerBroken{1});
    line.all_ready();
    CHECK(line.tell(WorkerReady{1, 1}).empty());
    CHECK(line.tell(WorkerRefused{1, "late"}).empty());
    CHECK(line.tell(WorkerBroken{1}).empty());
    CHECK(line.sample({{1, 1, 0, 0, line.now()}}).empty());
    line.pass(1min);
    CHECK(line.worker(1).state == WorkerState::ending);
    line.crashes(1, 9);
    CHECK(the<WorkerGone>(line.last()) == WorkerGone{1, 1, ExitReason::protocol, kKilled, "", 1min + 10s, 0});
}

TEST_CASE("what is told of an unknown worker changes nothing") {
    Timeline line = Timeline::ready(settings(2, 8));
    for (const WorkerId id : {WorkerId{0}, WorkerId{77}}) {
        CHECK(line.tell(WorkerReady{id, 1}).empty());
        CHECK(line.tell(WorkerRefused{id, "who"}).empty());
        CHECK(line.tell(WorkerBroken{id}).empty());
        CHECK(line.tell(SpawnFailed{id, "who"}).empty());
        CHECK(line.exits(id).empty());
        CHECK(line.sample({{id, 1, 1, 1, Moment{}}}).empty());
    }
}

TEST_CASE("a worker is gone once") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.crashes(1);
    CHECK(line.crashes(1).empty());
}

TEST_CASE("a worker's threads are what it says but within what it was told") {
    Timeline line(with_threads(settings(1, 8), 4));
    line.tell(Start{1});
    SUBCASE("fewer") {
        line.tell(WorkerReady{1, 2});
        CHECK(line.worker(1).threads == 2);
    }
    SUBCASE("more") {
        line.tell(WorkerReady{1, 4000});
        CHECK(line.worker(1).threads == 4);
    }
    SUBCASE("none") {
        line.tell(WorkerReady{1, 0});
        CHECK(line.worker(1).threads == 1);
    }
}

TEST_CASE("a sample cannot claim more busy threads than the worker has") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.sample({{1, 4000000000u, 0, 0, line.now()}, {1, 4000000000u, 0, 0, line.now()}});
    CHECK(line.worker(1).busy == 1);
    CHECK(line.target() == 2);
}
