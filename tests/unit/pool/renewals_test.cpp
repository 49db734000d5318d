#include "pool/admission/renewals.hpp"

#include <doctest/doctest.h>

using namespace hbnb;
using namespace std::chrono_literals;

namespace {

Moment at(Duration time) { return Moment{time}; }

}  // namespace

TEST_CASE("queues may be made anew three times in ten seconds, and not a fourth time") {
    pool::Renewals renewals;
    for (const Duration when : {1s, 1s, 5s}) CHECK(renewals.may_begin(at(when)));
    CHECK_FALSE(renewals.may_begin(at(5s)));
    CHECK_FALSE(renewals.may_begin(at(11s - 1ns)));
    CHECK(renewals.may_begin(at(11s)));  // the first two are ten seconds old
    CHECK(renewals.may_begin(at(11s)));
    CHECK_FALSE(renewals.may_begin(at(14s)));  // what was refused has not counted, the one at 5 s does still
    CHECK(renewals.may_begin(at(15s)));
}

TEST_CASE("queues that break seldom may be made anew for ever, and after a start over as if none had been") {
    pool::Renewals renewals;
    for (int i = 0; i < 100; ++i) CHECK(renewals.may_begin(at(i * 4s)));
    while (renewals.may_begin(at(400s))) {
    }
    renewals.start_over();
    for (unsigned i = 0; i < pool::Renewals::kMax; ++i) CHECK(renewals.may_begin(at(400s)));
    CHECK_FALSE(renewals.may_begin(at(400s)));
}
