// The hand-off queue's promises under many thousands of random interleavings of the real code: no request is lost, none
// is in two places or answered twice. None waits more than two ticks while a thread is free, whatever its client did.
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "base/clock.hpp"
#include "hand_off_world.hpp"
#include "support/eventually.hpp"
#include "support/temp_dir.hpp"

using namespace hbnb;
using namespace hbnb::test;
using namespace std::chrono_literals;

namespace {

constexpr unsigned kSteps = 4000, kStepsBetween = 200;
// A thread that wakes while its control thread holds a readable connection looks in vain until that is done; for
// somebody else's connection, left in its epoll set, it does so for ever.
constexpr std::uint64_t kVainMax = 500'000;

HandOffWorld::Counts play(const HandOffPlan &plan) {
    CAPTURE(plan.seed);
    HandOffWorld world(plan);
    try {
        for (unsigned i = 1; i <= kSteps; ++i) {
            world.step();
            if (i % kStepsBetween == 0) world.settle();
        }
        world.end();
    } catch (const std::runtime_error &broken) {
        FAIL(std::string(broken.what()));
    }
    CHECK(world.vain_events() < kVainMax);
    const HandOffWorld::Counts counts = world.counts();
    MESSAGE("answered " << counts.answered << ", 503 " << counts.shed << ", lost to kills " << counts.lost << " of "
                        << counts.killed << ", left " << counts.left << ", handed over " << counts.handed_over
                        << ", kept back " << counts.kept_back << ", vain events " << world.vain_events());
    CHECK(counts.answered > 0);
    CHECK(counts.handed_over > 0);
    return counts;
}

}  // namespace

TEST_CASE("whatever happens in between, every request is answered once, and none waits while a thread is free") {
    HandOffPlan plan;
    SUBCASE("one thread a worker") {}
    SUBCASE("several threads a worker") { plan.workers = 2, plan.threads = 3; }
    SUBCASE("nobody dies, and nobody is lost") { plan.crashes = false; }
    for (plan.seed = 1; plan.seed <= 3; ++plan.seed) {
        const auto counts = play(plan);
        CHECK(counts.shed == 0);
        if (!plan.crashes) CHECK(counts.lost == 0);
    }
}

TEST_CASE("whom a full queue refuses is answered all the same") {
    HandOffPlan plan;
    plan.queue_length = 1;  // the kernel makes it somewhat larger
    plan.clients = 48;
    for (plan.seed = 11; plan.seed <= 12; ++plan.seed) CHECK(play(plan).kept_back > 0);
}

TEST_CASE("who waits too long, or would have to, is answered 503 and never begun") {
    HandOffPlan plan{.halves = false};
    SUBCASE("by age") { plan.age_max = 1ms; }
    SUBCASE("in the backlog") { plan.depth_max = 4; }
    SUBCASE("by age, several threads") { plan.age_max = 1ms, plan.workers = 2, plan.threads = 2; }
    for (plan.seed = 21; plan.seed <= 22; ++plan.seed) CHECK(play(plan).shed > 0);
}

TEST_CASE("a message that wakes is kept, however old, until a thread has looked") {
    TempDir dir;
    Fd board_file;
    const auto board = wire::PoolBoardMapping::create(board_file).value();
    const auto waiting = wire::HandOffQueueEnds::make(8).value();
    const auto idle = wire::HandOffQueueEnds::make(8).value();
    const Fd listener = listen_at(dir / "s");
    wire::WorkerSetup setup;
    setup.pool = "model";
    setup.threads = 1;
    setup.listeners = {{listener.get(), "unix:s", true, {}, {}}};
    setup.hand_off = {waiting.in.get(), waiting.out.get(), idle.in.get(), idle.out.get(), board_file.get(), 1ms};
    HandOffWorker worker(setup);
    const auto is_reported = [&](WorkerReport::What what) {
        const auto report = worker.read();
        return report && report->what == what;
    };
    const Fd client = connect_to(dir / "s");
    REQUIRE(
        eventually([&] { return is_reported(WorkerReport::What::woken); }));  // and is held there: no thread is free
    waiting.queue().send_wake_tokens(monotonic_now() - 1h, 1);
    worker.tick();
    REQUIRE(eventually([&] { return is_reported(WorkerReport::What::ticked); }));
    CHECK_FALSE(waiting.queue().is_empty());
}
