#include "pool/retirement.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <set>

using namespace hbnb;
using namespace hbnb::pool;
using namespace std::chrono_literals;

namespace {

constexpr Moment kReady{1h};

Worker serving(WorkerId id = 1) {
    Worker worker;
    worker.id = id;
    worker.state = WorkerState::serving;
    worker.ready = kReady;
    worker.settings.retire_jitter_percent = 0;
    return worker;
}

}  // namespace

TEST_CASE("a worker without retirement settings never retires") {
    Worker worker = serving();
    worker.requests = worker.memory = std::numeric_limits<std::uint64_t>::max();
    CHECK_FALSE(due_to_retire(worker, kReady + 100000h));
}

TEST_CASE("a worker retires by requests when it has answered that many") {
    Worker worker = serving();
    worker.settings.retire_requests = 1000;
    worker.requests = 999;
    CHECK_FALSE(due_to_retire(worker, kReady + 1h));
    worker.requests = 1000;
    CHECK(due_to_retire(worker, kReady) == ExitReason::drained_requests);
}

TEST_CASE("a worker retires by age when it has served that long") {
    Worker worker = serving();
    worker.settings.retire_age = 1min;
    CHECK_FALSE(due_to_retire(worker, kReady + 1min - 1ns));
    CHECK(due_to_retire(worker, kReady + 1min) == ExitReason::drained_age);
}

TEST_CASE("a worker retires by memory but not before it has served a second") {
    Worker worker = serving();
    worker.settings.retire_memory = 1 << 20;
    worker.memory = 1 << 20;
    CHECK_FALSE(due_to_retire(worker, kReady + 999ms));
    CHECK(due_to_retire(worker, kReady + 1s) == ExitReason::drained_memory);
    worker.memory -= 1;
    CHECK_FALSE(due_to_retire(worker, kReady + 1h));
}

TEST_CASE("only a serving worker is due to retire") {
    Worker worker = serving();
    worker.settings.retire_requests = 1;
    worker.requests = 5;
    for (const WorkerState state : {WorkerState::starting, WorkerState::draining, WorkerState::ending}) {
        worker.state = state;
        CHECK_FALSE(due_to_retire(worker, kReady + 1h));
    }
}

TEST_CASE("jitter stays within its percentage and spreads neighbours") {
    std::set<std::uint64_t> limits;
    for (WorkerId id = 1; id <= 1000; ++id) {
        const std::uint64_t limit = jittered(10000, 10, id);
        CHECK(limit >= 9000);
        CHECK(limit <= 11000);
        limits.insert(limit);
    }
    CHECK(limits.size() > 500);
    CHECK(*limits.begin() < 9100);
    CHECK(*limits.rbegin() > 10900);
}

TEST_CASE("jitter is the same for the same worker and nothing at 0 percent") {
    CHECK(jittered(10000, 10, 42) == jittered(10000, 10, 42));
    for (WorkerId id = 1; id <= 100; ++id) CHECK(jittered(10000, 0, id) == 10000);
}

TEST_CASE("jitter of any size stays a limit") {
    for (WorkerId id = 1; id <= 5000; ++id) {
        CHECK(jittered(1, 100, id) >= 1);
        CHECK(jittered(1000, 100, id) >= 1);
        CHECK(jittered(std::numeric_limits<std::uint64_t>::max(), 100, id) >= 1);
        CHECK(jittered(std::uint64_t{1} << 50, 10, id) >= (std::uint64_t{9} << 50) / 10);
        CHECK(jittered(std::uint64_t{1} << 50, 10, id) <= (std::uint64_t{11} << 50) / 10 + 1);
    }
}
