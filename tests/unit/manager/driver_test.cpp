// The driver of a pool under virtual time, without a process.
#include <doctest/doctest.h>

#include "unit/manager/pool_bench.hpp"

using namespace hbnb;
using namespace hbnb::test;

TEST_CASE("a pool starts its workers, is ready once all are, and says so once") {
    PoolBench bench(2, 4);
    bench.start();
    CHECK(bench.workers.living.size() == 2);
    CHECK_FALSE(bench.workers.living.at(1).proves);
    bench.says_ready(1);
    CHECK(bench.told<pool::PoolReady>().empty());
    bench.says_ready(2);
    CHECK(bench.told<pool::PoolReady>().size() == 1);
    CHECK(bench.shared.next_worker == 3);
}

TEST_CASE("a pool whose first start fails says why and stops") {
    PoolBench bench(2, 4);
    bench.workers.refusal = "unable to start a worker: no memory";
    bench.start();
    const auto failed = bench.told<pool::StartFailed>();
    REQUIRE(failed.size() == 1);
    CHECK(failed[0].sentence.find("no memory") != std::string::npos);
    CHECK(bench.told<pool::Stopped>().size() == 1);
    CHECK(bench.workers.attempts <= 2);
}

TEST_CASE("a pool whose starts fail tries again ever more seldom, says so now and then, and serves once they succeed") {
    PoolBench bench(2, 4);
    bench.start_ready();
    bench.workers.refusal = "unable to start a worker: no memory";
    const unsigned before = bench.workers.attempts;
    bench.crashes(1);
    bench.pass(20s);
    const unsigned tries = bench.workers.attempts - before;
    CHECK(tries >= 15);
    CHECK(tries <= 40);
    CHECK(bench.logged("workers die young: the next start waits 1000 ms"));
    CHECK(bench.logged("no memory"));
    bench.workers.refusal.clear();
    bench.pass(1s);
    bench.all_ready();
    CHECK(bench.status().serving == 2);
    CHECK(bench.told<pool::StartFailed>().empty());
}

TEST_CASE("a worker that refuses to load tells why, also when it ends before it can") {
    PoolBench bench(1, 1);
    bench.start();
    bench.workers.living.at(1).board.loading = "shop.so";
    bench.crashes(1);
    const auto failed = bench.told<pool::StartFailed>();
    REQUIRE(failed.size() == 1);
    CHECK(failed[0].sentence.find("shop.so") != std::string::npos);
}

TEST_CASE("the sample in hand decides about itself: a thread that is idle in it is woken, one that was before is not") {
    PoolBench bench(1, 1);
    bench.start_ready();
    auto &board = bench.workers.living.at(1).board;
    board.threads.resize(1);
    board.threads[0].busy = true;
    board.threads[0].busy_since = bench.now;
    bench.sample();
    REQUIRE(bench.status().idle == 0);
    board.threads[0].busy = false;  // and while it was, one has come whose wake-up was lost
    bench.queues.seen.queue = pool::QueueSample{true, 100, 1, 30ms, true};
    bench.sample();
    CHECK_MESSAGE(bench.queues.woken == 1, "idle in this sample");
    board.threads[0].busy = true;
    board.threads[0].busy_since = bench.now;
    bench.queues.seen.queue->age = 20ms;
    bench.sample();
    CHECK_MESSAGE(bench.queues.woken == 1, "busy in this sample");
}

TEST_CASE("an overload comes and goes, and each is said once with its figures") {
    PoolBench bench(1, 1);
    bench.start_ready();
    bench.queues.seen.queue = pool::QueueSample{true, 100, 7, 5s + 1ms, true};
    bench.pass(500ms);
    CHECK(bench.status().overloaded);
    CHECK(bench.status().waiting == 7);
    CHECK(bench.status().waiting_ms == 5001);
    CHECK(bench.logged("overloaded: 7 requests wait, 0 were answered 503: more than 5000 ms (waiting.age_max)"));
    CHECK(manager::summary_of(bench.driver) == "shop: 1 workers (1 to 1), overloaded");
    bench.queues.seen.queue = pool::QueueSample{true, 100, 0, {}, false};
    bench.pass(2s);
    CHECK_FALSE(bench.status().overloaded);
    CHECK(bench.logged("no longer overloaded after"));
    const std::string text = bench.log_text();
    CHECK(text.find("overloaded: 7") == text.rfind("overloaded: 7"));
}

TEST_CASE("held requests are said of an overload, and start nobody") {
    PoolBench bench(1, 4);
    bench.start_ready();
    auto &board = bench.workers.living.at(1).board;
    board.held = 3;
    board.held_since = bench.now - Duration(6s);
    bench.sample();
    CHECK(bench.logged("overloaded: 0 requests wait, 3 are held at busy workers"));
    CHECK(bench.status().held == 3);
    CHECK(bench.workers.living.size() == 1);
}

TEST_CASE("a stopping pool serves what waits, then drains, and is stopped once its workers have left") {
    PoolBench bench(2, 2);
    bench.start_ready();
    bench.queues.seen.backlog = 2;
    bench.driver.stop(bench.now);
    CHECK(bench.driver.is_leaving());
    bench.pass(1s);
    CHECK(bench.workers.living.at(1).drains.empty());
    bench.queues.seen.backlog = 0;
    bench.sample();
    CHECK(bench.workers.living.at(1).drains == std::vector<bool>{false});
    CHECK(bench.workers.living.at(2).drains == std::vector<bool>{false});
    bench.leave();
    CHECK(bench.told<pool::Stopped>().size() == 1);
    CHECK(bench.workers.living.empty());
}

TEST_CASE(
    "a stopping pool for which ever more wait drains after timeouts.drain, and its workers are killed after another") {
    PoolBench bench(1, 1);
    bench.start_ready();
    bench.queues.seen.backlog = 1;
    bench.driver.stop(bench.now);
    bench.pass(29s + 900ms);
    CHECK(bench.workers.living.at(1).drains.empty());
    bench.pass(200ms);
    CHECK(bench.workers.living.at(1).drains.size() == 1);
    bench.pass(31s);
    CHECK(bench.workers.living.at(1).is_killed);
    bench.leave();
    CHECK(bench.told<pool::Stopped>().size() == 1);
}

TEST_CASE("a worker that leaves hands over where another serves and connections move") {
    for (const bool moves : {true, false}) {
        CAPTURE(moves);
        PoolBench bench(2, 2);
        bench.start_ready();
        bench.queues.seen.queue->is_on = moves;
        bench.driver.reload(pool_generation(2, 2, 2), false, bench.now);
        bench.all_ready();
        bench.driver.commit(2, bench.now);
        bench.pass(100ms);
        unsigned drained = 0;
        for (const auto &[id, worker] : bench.workers.living) {
            if (worker.drains.empty()) continue;
            ++drained;
            CHECK(worker.drains == std::vector<bool>{moves});
        }
        CHECK(drained == 1);
    }
}

TEST_CASE("queues that workers have broken are told to each worker, and said") {
    PoolBench bench(2, 2);
    bench.start_ready();
    bench.queues.seen.damage = "the hand-off queues were shut down";
    bench.queues.seen.ends = {7, 8, 9, 10};
    bench.pass(200ms);
    for (const auto &[id, worker] : bench.workers.living)
        CHECK(worker.queues == std::vector<std::vector<int>>{{7, 8, 9, 10}});
    CHECK(bench.logged("error manager"));
    CHECK(bench.logged("pool shop: the hand-off queues were shut down"));
}

TEST_CASE("queues that a reload cannot make anew are said, and the reload goes on") {
    PoolBench bench(1, 1);
    bench.start_ready();
    bench.queues.start_over_refusal = "unable to make a hand-off queue";
    bench.driver.reload(pool_generation(2, 1, 1), false, bench.now);
    bench.all_ready();
    bench.driver.commit(2, bench.now);
    CHECK(bench.logged("unable to make a hand-off queue: hand-off stays off"));
    CHECK(bench.driver.in_force().number == 2);
}

TEST_CASE("each thread of a worker that has died is replaced by a wake token at once") {
    PoolBench bench(2, 2);
    bench.start_ready();
    bench.crashes(2);
    CHECK(bench.queues.woken == 1);
    CHECK(bench.status().workers_crashed == 1);
    bench.sample();
    CHECK(bench.queues.woken == 1);
}

TEST_CASE("a worker that has died is replaced by as many wake tokens as it had threads, whatever is in force now") {
    PoolBench bench(1, 1);
    bench.start_ready();
    manager::PoolGeneration wider = *pool_generation(2, 1, 1);
    wider.config.rules.threads = 4;
    bench.driver.reload(std::make_shared<const manager::PoolGeneration>(std::move(wider)), false, bench.now);
    bench.all_ready();
    bench.driver.commit(2, bench.now);
    bench.sample();
    REQUIRE(bench.workers.living.contains(1));  // it drains
    bench.crashes(1);
    CHECK(bench.queues.woken == 1);
    bench.crashes(2);
    CHECK(bench.queues.woken == 5);
}

TEST_CASE("the sample in hand decides how many may wait: the limit is of the service time that it has seen") {
    PoolBench bench(1, 1);
    bench.start_ready();
    auto &board = bench.workers.living.at(1).board;
    const unsigned before = bench.queues.limit;
    board.requests = 10;
    board.busy_ns = 10'000'000'000;  // a second each: within waiting.age_max five are answered
    bench.sample(10s);
    CHECK(bench.queues.limit < before);
    CHECK(bench.queues.limit > 0);
}

TEST_CASE("what workers that have gone had done stays in the sums") {
    PoolBench bench(1, 1);
    bench.start_ready();
    auto &board = bench.workers.living.at(1).board;
    board.requests = 12;
    board.shed = 3;
    board.log_lines_dropped = 5;
    bench.sample();
    CHECK(bench.status().requests == 12);
    bench.crashes(1);
    bench.pass(1s);
    bench.all_ready();
    CHECK(bench.status().requests == 12);
    CHECK(bench.status().shed == 3);
    CHECK(bench.shared.error_lines_of_gone == 5);
}

TEST_CASE("a reload proves with its first worker, fails with it, and what ran before goes on") {
    PoolBench bench(2, 2);
    bench.start_ready();
    bench.driver.reload(pool_generation(2, 2, 2), false, bench.now);
    REQUIRE(bench.workers.living.contains(3));
    CHECK(bench.workers.living.at(3).proves);
    CHECK(bench.workers.living.at(3).generation == 2);
    bench.refuses(3, "the plugin is broken");
    const auto failed = bench.told<pool::ReloadFailed>();
    REQUIRE(failed.size() == 1);
    CHECK(failed[0].sentence.find("the plugin is broken") != std::string::npos);
    bench.leave();
    bench.pass(1s);
    CHECK(bench.driver.in_force().number == 1);
    CHECK(bench.driver.serves(1));
    CHECK_FALSE(bench.driver.is_proven(2));
    CHECK(bench.status().serving == 2);
}

TEST_CASE("a worker of a pool that a reload has added proves until the reload is taken") {
    PoolBench bench(1, 2);
    bench.shared.unproven = 1;
    bench.start();
    CHECK(bench.workers.living.at(1).proves);
    bench.all_ready();
    bench.shared.unproven.reset();
    bench.pass(1s);
    REQUIRE(bench.driver.scale({"shop", 2, 2, 0}, bench.now));
    CHECK_FALSE(bench.workers.living.at(2).proves);
}

TEST_CASE("a pool that starts or stops is not scaled") {
    PoolBench bench(1, 2);
    bench.start();
    CHECK_FALSE(bench.driver.scale({"shop", 2, 2, 0}, bench.now));
    bench.all_ready();
    CHECK(bench.driver.scale({"shop", 2, 2, 0}, bench.now));
    bench.driver.stop_now(bench.now);
    CHECK_FALSE(bench.driver.scale({"shop", 2, 2, 0}, bench.now));
}

TEST_CASE("a worker that says what only the manager says is killed") {
    PoolBench bench(1, 1);
    bench.start_ready();
    wire::Message message;
    message.kind = wire::MessageKind::queues;
    bench.driver.said(1, message, bench.now);
    CHECK(bench.workers.living.at(1).is_killed);
}

TEST_CASE("a worker with a stuck thread gets a successor before it drains") {
    PoolBench bench(1, 1);
    bench.start_ready();
    wire::Message message;
    message.kind = wire::MessageKind::overdue;
    bench.driver.said(1, message, bench.now);
    CHECK(bench.workers.living.size() == 2);
    CHECK(bench.workers.living.at(1).drains.empty());
    bench.all_ready();
    CHECK(bench.workers.living.at(1).drains.size() == 1);
    CHECK(bench.logged("worker[1001] has a thread that is stuck: a successor takes its place"));
}

TEST_CASE(
    "a worker of whose control thread nothing is heard gets a successor, and one that a debugger holds does not") {
    PoolBench bench(1, 2);
    bench.start_ready();
    auto &worker = bench.workers.living.at(1);
    worker.is_heard = false;
    worker.is_traced = true;
    bench.pass(20s);
    CHECK(bench.workers.living.size() == 1);
    worker.is_traced = false;
    bench.pass(10s);
    CHECK(bench.workers.living.size() == 2);
    CHECK(bench.logged("has a thread that is stuck: nothing was heard of its control thread for 5 s"));
}

TEST_CASE("connections that a worker says the queue does not take count while the queue is seen half full, or is off") {
    PoolBench bench(1, 1);
    bench.queues.seen.queue->limit = 10;
    bench.start_ready();
    auto &board = bench.workers.living.at(1).board;
    board.unmoved = 3;
    board.unmoved_since = bench.now;
    const auto unmoved = [&] { return bench.driver.workers().at(1).unmoved; };
    bench.sample();
    CHECK(unmoved() == 0);
    bench.queues.seen.queue->length = 5;
    bench.sample();
    CHECK(unmoved() == 3);
    bench.queues.seen.queue->length = 0;
    bench.sample();  // it was half full at the last sample
    CHECK(unmoved() == 3);
    bench.sample();
    CHECK(unmoved() == 0);
    bench.queues.seen.queue->is_on = false;
    bench.sample();
    CHECK(unmoved() == 3);
}
