#include "pool/scaling/scaling_policy.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "base/limits.hpp"
#include "unit/pool/printing.hpp"

using namespace hbnb;
using namespace hbnb::pool;
using namespace std::chrono_literals;

namespace {

// A policy and the target it drives, as Pool does it: every 50 ms a sample, the decision taken.
struct Course {
    ScalingPolicy policy;
    Standing standing;
    Moment now{1h};
    std::vector<Decision> changes;

    Course(unsigned spare, Duration shrink_after, unsigned min, unsigned max, unsigned threads = 1)
        : policy(spare, shrink_after), standing{min, min, max, threads, {}} {}

    Decision see(unsigned busy, unsigned waiting = 0) {
        now = now + 50ms;
        const unsigned threads = standing.target * standing.threads;
        Seen seen;
        seen.taken = now;
        seen.busy = busy;
        seen.idle = threads > busy ? threads - busy : 0;
        seen.waiting = waiting;
        policy.observe(seen);
        const Decision decision = policy.decide(standing);
        if (decision.target != standing.target) changes.push_back(decision);
        if (decision.reason == TargetReason::surplus) standing.last_shrink = now;
        standing.target = decision.target;
        return decision;
    }
    void see_for(Duration time, unsigned busy, unsigned waiting = 0) {
        for (Duration passed{0}; passed < time; passed += 50ms) see(busy, waiting);
    }
};

Seen seen(unsigned busy, unsigned idle, unsigned waiting) {
    Seen seen;
    seen.busy = busy;
    seen.idle = idle;
    seen.waiting = waiting;
    return seen;
}

}  // namespace

TEST_CASE("demand is busy and waiting once more wait than threads are idle") {
    CHECK(demand(seen(2, 0, 5)) == 7);
    CHECK(demand(seen(2, 3, 0)) == 2);
    CHECK(demand(seen(2, 3, 3)) == 2);
    CHECK(demand(seen(2, 3, 4)) == 6);
    CHECK(demand(seen(0, 2, 40)) == 40);
}

TEST_CASE("a quiet pool stays where it is") {
    Course course(1, 10s, 2, 16);
    course.see_for(60s, 0);
    CHECK(course.changes.empty());
}

TEST_CASE("a burst gets its whole deficit in one decision") {
    Course course(0, 10s, 2, 40);
    CHECK(course.see(2, 38) == Decision{40, TargetReason::demand});
}

TEST_CASE("spare idle threads are kept beside the busy ones") {
    Course course(3, 10s, 2, 16);
    CHECK(course.see(0) == Decision{3, TargetReason::demand});
    CHECK(course.see(2) == Decision{5, TargetReason::demand});
}

TEST_CASE("handler threads are turned into workers upwards") {
    Course course(1, 10s, 1, 16, 4);
    CHECK(course.see(3).target == 1);
    CHECK(course.see(4) == Decision{2, TargetReason::demand});
    CHECK(course.see(4, 6) == Decision{3, TargetReason::demand});
}

TEST_CASE("growth stops at max and says so") {
    Course course(1, 10s, 2, 4);
    CHECK(course.see(2, 50) == Decision{4, TargetReason::at_max});
    CHECK(course.see(4, 50) == Decision{4, TargetReason::at_max});
    CHECK(course.changes.size() == 1);
}

TEST_CASE("connections that idle threads are about to accept start nobody") {
    Course course(1, 10s, 4, 64);
    for (int i = 0; i < 100; ++i) {
        course.see(0, 4);
        course.see(2, 2);
        course.see(3, 1);
    }
    CHECK(course.changes.empty());
}

TEST_CASE("surplus goes only after it has lasted") {
    Course course(0, 10s, 2, 16);
    course.see(2, 6);
    REQUIRE(course.standing.target == 8);
    course.see_for(9900ms, 0);
    CHECK(course.standing.target == 8);
    course.see_for(200ms, 0);
    CHECK(course.standing.target == 7);
    CHECK(course.changes.back() == Decision{7, TargetReason::surplus});
}

TEST_CASE("surplus goes one worker a second and never below min") {
    Course course(0, 10s, 2, 16);
    course.see(2, 6);
    course.see_for(10050ms, 0);
    std::vector<unsigned> targets;
    for (int i = 0; i < 8; ++i) {
        targets.push_back(course.standing.target);
        course.see_for(1s, 0);
    }
    CHECK(targets == std::vector<unsigned>{7, 6, 5, 4, 3, 2, 2, 2});
}

TEST_CASE("a peak within the window keeps its workers") {
    Course course(0, 10s, 2, 16);
    course.see(2, 6);
    for (int i = 0; i < 20; ++i) {
        course.see_for(8s, 0);
        course.see(8);
    }
    CHECK(course.standing.target == 8);
    CHECK(course.changes.size() == 1);
}

TEST_CASE("shrinking goes to what the peak needs with its spare and stops there") {
    Course course(2, 10s, 1, 16);
    course.see(2, 8);
    REQUIRE(course.standing.target == 12);
    course.see_for(60s, 3);
    CHECK(course.standing.target == 5);
}

TEST_CASE("after a gap the past is unknown and nothing shrinks on it") {
    Course course(0, 10s, 2, 16);
    course.see(2, 6);
    course.see_for(5s, 8);
    course.now = course.now + 1h;
    course.see_for(10s, 0);
    CHECK(course.standing.target == 8);
    course.see_for(100ms, 0);
    CHECK(course.standing.target == 7);
}

TEST_CASE("deciding changes nothing") {
    Course course(0, 10s, 2, 16);
    course.see(2, 3);
    const Standing standing{2, 2, 16, 1, {}};
    CHECK(course.policy.decide(standing) == course.policy.decide(standing));
}

TEST_CASE("an absurd number of waiting connections does not overflow") {
    Course course(kWorkersMax * kThreadsMax, 10s, 1, 8, 64);
    CHECK(course.see(64, kWaitingMax) == Decision{8, TargetReason::at_max});
}
