// Retirement: one at a time, successor first.
#include <algorithm>

#include "unit/pool/timeline.hpp"

using namespace hbnb;
using namespace hbnb::pool;

namespace {

Settings retiring(unsigned min, unsigned max) {
    Settings of = settings(min, max);
    of.retire_requests = 1000;
    of.retire_jitter_percent = 0;
    return of;
}

std::vector<WorkerSample> all_with(const Timeline &line, std::uint64_t requests) {
    std::vector<WorkerSample> samples;
    for (const WorkerId id : line.in(WorkerState::serving)) samples.push_back({id, 0, requests, 0, {}});
    return samples;
}

}  // namespace

TEST_CASE("a worker that is due is drained when its successor is ready and not before") {
    Timeline line = Timeline::ready(retiring(2, 2));
    line.sample({{1, 0, 1000, 0, {}}, {2, 0, 10, 0, {}}});
    CHECK(line.last() == Commands{Spawn{3, 1}});
    line.pass(500ms);
    CHECK(line.said<Drain>().empty());
    CHECK(line.ready(3) == Commands{Drain{1, ExitReason::drained_requests}});
}

TEST_CASE("retirement by memory and age has its own reason") {
    Settings of = settings(2, 4);
    of.retire_memory = 1 << 20;
    of.retire_age = 1min;
    of.retire_jitter_percent = 0;
    Timeline line = Timeline::ready(of);
    SUBCASE("memory") {
        line.sample({{2, 0, 0, 2 << 20, {}}});
        line.all_ready();
        CHECK(line.said<Drain>() == std::vector<Drain>{{2, ExitReason::drained_memory}});
    }
    SUBCASE("age") {
        line.pass(50s);
        line.all_ready();
        CHECK(line.said<Drain>() == std::vector<Drain>{{2, ExitReason::drained_age}, {1, ExitReason::drained_age}});
    }
}

TEST_CASE("however many are due one is replaced at a time even at max") {
    Timeline line = Timeline::ready(retiring(4, 4));
    line.sample(all_with(line, 1000));
    for (int i = 0; i < 4; ++i) {
        CHECK(line.count(WorkerState::starting) == 1);
        CHECK(line.count(WorkerState::serving) == 4);
        line.ready(line.in(WorkerState::starting).front());
    }
    CHECK(line.count(WorkerState::starting) == 0);
    CHECK(line.in(WorkerState::draining) == std::vector<WorkerId>{1, 2, 3, 4});
    CHECK(line.in(WorkerState::serving) == std::vector<WorkerId>{5, 6, 7, 8});
}

TEST_CASE("a worker that is due but whose successors cannot start serves on") {
    Timeline line = Timeline::ready(retiring(2, 2));
    line.sample(all_with(line, 1000));
    for (int i = 0; i < 100; ++i) {
        if (line.count(WorkerState::starting) > 0) line.crashes(line.in(WorkerState::starting).front());
        line.pass(100ms);
    }
    CHECK(line.said<Drain>().empty());
    CHECK(line.count(WorkerState::serving) == 2);
    CHECK(line.said<Spawn>().size() < 25);
}

TEST_CASE("a due worker that dies while its successor starts is simply missing") {
    Timeline line = Timeline::ready(retiring(2, 2));
    line.sample({{1, 0, 1000, 0, {}}});
    line.crashes(1);
    CHECK(only<Spawn>(line.last()).empty());
    line.ready(3);
    CHECK(line.in(WorkerState::serving) == std::vector<WorkerId>{2, 3});
    CHECK(line.said<Drain>().empty());
}

TEST_CASE("a surplus takes the worker that is due to retire") {
    Timeline line = Timeline::ready(retiring(3, 4));
    line.sample({{1, 1, 1000, 0, line.now()}, {2, 0, 0, 0, {}}, {3, 0, 0, 0, {}}});
    REQUIRE(line.in(WorkerState::starting) == std::vector<WorkerId>{4});
    line.tell(Override{2, 2});
    CHECK(the<Drain>(line.last()) == Drain{1, ExitReason::drained_requests});
}

TEST_CASE("workers started together do not retire together") {
    Settings of = settings(8, 8);
    of.retire_requests = 1000;
    of.retire_jitter_percent = 20;
    Timeline line = Timeline::ready(of);
    std::vector<std::uint64_t> at;
    for (std::uint64_t requests = 700; requests < 1300; requests += 10) {
        line.forget();
        std::vector<WorkerSample> samples;
        for (WorkerId id = 1; id <= 8; ++id) samples.push_back({id, 0, requests, 0, {}});
        line.sample(samples);
        line.all_ready();
        for (std::size_t i = 0; i < line.said<Drain>().size(); ++i) at.push_back(requests);
    }
    REQUIRE(at.size() == 8);
    CHECK(at.front() >= 800);
    CHECK(at.back() <= 1210);
    CHECK(std::unique(at.begin(), at.end()) - at.begin() >= 5);
}

TEST_CASE("a memory limit that nobody can keep is a bounded churn and not a spin") {
    Settings of = settings(2, 2);
    of.retire_memory = 1;
    Timeline line = Timeline::ready(of);
    for (int i = 0; i < 200; ++i) {
        std::vector<WorkerSample> samples;
        for (const WorkerId id : line.in(WorkerState::serving)) samples.push_back({id, 0, 0, 100, {}});
        line.sample(samples);
        line.all_ready();
        for (const WorkerId id : line.in(WorkerState::draining)) line.exits(id);
        line.pass(50ms);
    }
    CHECK(line.said<Drain>().size() >= 10);
    CHECK(line.said<Drain>().size() <= 22);
}
