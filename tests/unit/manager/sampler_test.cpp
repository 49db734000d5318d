// What is seen of a pool at one moment.
#include "manager/runtime/sampler.hpp"

#include <doctest/doctest.h>

#include "unit/manager/pool_bench.hpp"

using namespace hbnb;
using namespace hbnb::manager;
using namespace hbnb::test;

namespace {

constexpr Moment kNow{1h};

// Two workers without a driver.
struct Two {
    Two() {
        const auto generation = pool_generation(1, 2, 2);
        for (const pool::WorkerId id : {1u, 2u}) living[id].link = played.start(*generation, id, false).value();
    }
    pool::LoadSample take() { return sampler.take(living, queues, kNow); }

    PlayedWorkers played;
    LivingWorkers living;
    QueuesSeen queues;
    std::uint64_t ticks = 0;
    Sampler sampler{ticks};
};

}  // namespace

TEST_CASE("a sample has each worker's numbers, the sums of all, and what the queues say") {
    Two two;
    two.queues.backlog = 3;
    two.queues.queue = pool::QueueSample{true, 100, 2, 7ms, true};
    auto &first = two.played.living.at(1).board, &second = two.played.living.at(2).board;
    first.requests = 10;
    first.busy_ns = 99;
    first.accepted = 5;
    first.held = 2;
    first.held_since = kNow - Duration(40ms);
    second.accepted = 6;
    second.shed = 4;
    second.unmoved = 1;
    second.unmoved_since = kNow - Duration(30ms);
    second.threads.resize(2);
    for (auto &thread : second.threads) thread.busy = true;
    second.threads[0].busy_since = kNow - Duration(2s);
    second.threads[1].busy_since = kNow - Duration(1s);
    two.played.living.at(2).is_stopped = true;
    const pool::LoadSample sample = two.take();
    CHECK(sample.taken == kNow);
    CHECK(sample.backlog == 3);
    CHECK(sample.waiting() == 3 + 2 + 1);
    CHECK(sample.held == 2);
    CHECK(sample.longest_at_workers == 40ms);
    CHECK(sample.accepted == 11);
    CHECK(sample.shed == 4);
    REQUIRE(sample.workers.size() == 2);
    CHECK(sample.workers[0].requests == 10);
    CHECK(sample.workers[0].busy_ns == 99);
    CHECK(sample.workers[1].busy_threads == 2);
    CHECK(sample.workers[1].oldest_request == kNow - Duration(2s));
    CHECK(sample.workers[1].suspended);
}

TEST_CASE("how long a worker holds nothing is no wait") {
    Two two;
    two.played.living.at(1).board.held_since = kNow - Duration(1h);
    CHECK(two.take().longest_at_workers == 0ms);
}

TEST_CASE("memory is not known before a worker is ready: it may not be its own program yet") {
    Two two;
    CHECK(two.take().workers.at(0).memory == 0);
    two.sampler.worker_ready(two.living.at(1), kNow);
    CHECK(two.take().workers.at(0).memory == 4096);
    CHECK(two.living.at(2).memory == 0);
}

TEST_CASE("memory is looked at once a second while a worker answers, and every ten seconds while it does not") {
    Two two;
    for (auto &[id, worker] : two.living) two.sampler.worker_ready(worker, kNow);
    auto &busy = two.played.living.at(1), &idle = two.played.living.at(2);
    for (two.ticks = 1; two.ticks <= 400; ++two.ticks) {
        ++busy.board.requests;
        two.take();
    }
    CHECK(busy.memory_looks == 1 + 20);
    CHECK(idle.memory_looks == 1 + 2);
    CHECK(two.living.at(1).memory == 4096 * 21);
}

TEST_CASE("what a worker that has gone had accepted and shed stays in the sums, and its lost lines are told") {
    Two two;
    auto &board = two.played.living.at(1).board;
    board.accepted = 5;
    board.shed = 2;
    two.take();
    board.accepted = 8;  // since the last sample
    board.log_lines_dropped = 4;
    pool::WorkerGone gone;
    gone.worker = 1;
    gone.reason = pool::ExitReason::crashed;
    board.requests = 12;
    CHECK(two.sampler.worker_gone(two.living.at(1).link.get(), gone, kNow) == 4);
    two.living.erase(1);
    const pool::LoadSample sample = two.take();
    CHECK(sample.accepted == 8);
    CHECK(sample.shed == 2);
    CHECK(sample.workers.size() == 1);
    wire::PoolStatus shown;
    two.sampler.counts().show(shown);
    CHECK(shown.requests == 12);
    CHECK(shown.workers_crashed == 1);
    gone.reason = pool::ExitReason::spawn_failed;
    CHECK_MESSAGE(two.sampler.worker_gone(nullptr, gone, kNow) == 0, "it never had a process");
    wire::PoolStatus later;
    two.sampler.counts().show(later);
    CHECK(later.workers_crashed == 1);
    CHECK(later.ends.at("spawn_failed") == 1);
}
