// Why the target is what it is: the reason of now, and since when.
#include "unit/pool/timeline.hpp"

using namespace hbnb;
using namespace hbnb::pool;

namespace {

TargetReason reason(const Timeline &line) { return line.pool().view().reason; }
Duration lasting(const Timeline &line) { return line.now() - line.pool().view().reason_since; }

}  // namespace

TEST_CASE("a quiet pool is at its minimum, since its first look after it was ready") {
    Timeline line(settings(2, 8));
    line.tell(Start{1});
    CHECK(reason(line) == TargetReason::start);
    line.pass(3s);
    CHECK(lasting(line) == 3s);
    line.all_ready();
    line.load(0);
    CHECK(reason(line) == TargetReason::minimum);
    CHECK(lasting(line) == 0s);
    line.stay(5s, 0);
    CHECK(reason(line) == TargetReason::minimum);
    CHECK(lasting(line) == 5s);
}

TEST_CASE("after a burst the pool is not at max any more, though its target still is") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.stay(1s, 2, 30);
    CHECK(reason(line) == TargetReason::at_max);
    line.load(8);
    CHECK(reason(line) == TargetReason::demand);
    line.load(1);
    CHECK(line.target() == 8);
    CHECK(reason(line) == TargetReason::recent_peak);
    line.stay(4s, 1);
    CHECK(lasting(line) == 4s);
    line.stay(7s, 1);
    CHECK(line.target() < 8);
    CHECK(reason(line) == TargetReason::surplus);
    line.stay(20s, 1);
    CHECK(line.target() == 2);
    CHECK(reason(line) == TargetReason::minimum);
}

TEST_CASE("a target that an operator's bound holds says so, and stops saying so when the bound does not hold it") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.tell(Override{4, 8});
    CHECK(reason(line) == TargetReason::override_by_operator);
    line.all_ready();
    line.stay(3s, 1);
    CHECK(reason(line) == TargetReason::override_by_operator);
    CHECK(lasting(line) == 3s);
    line.stay(1s, 4);
    CHECK(reason(line) == TargetReason::demand);
    line.stay(1s, 6, 0);
    CHECK(line.target() == 4);
    line.load(4, 2);
    CHECK(line.target() == 6);
    line.tell(Override{2, 5});
    CHECK(line.target() == 5);
    CHECK(reason(line) == TargetReason::at_max);
    line.load(1);
    CHECK(reason(line) == TargetReason::override_by_operator);
}

TEST_CASE("once a reload has taken the bounds set by hand away they are no reason any more") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.tell(Override{4, 8});
    line.all_ready();
    line.stay(30s, 0);
    REQUIRE(reason(line) == TargetReason::override_by_operator);
    line.tell(Reload{2, settings(2, 8)});
    CHECK(reason(line) == TargetReason::override_by_operator);
    line.all_ready();
    REQUIRE(line.pool().view().generation == 2);
    CHECK(line.target() == 4);
    CHECK(reason(line) == TargetReason::recent_peak);
    CHECK(lasting(line) == 0s);
    line.stay(20s, 0);
    CHECK(line.target() == 2);
    CHECK(reason(line) == TargetReason::minimum);
}

TEST_CASE("a reload that keeps the bounds set by hand keeps the reason and its moment") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.tell(Override{4, 8});
    line.all_ready();
    line.stay(10s, 0);
    line.tell(Reload{2, settings(2, 8), true});
    line.all_ready();
    CHECK(reason(line) == TargetReason::override_by_operator);
    CHECK(lasting(line) == 10s);
}
