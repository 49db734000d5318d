#include "pool/binding_attempts.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace hbnb;
using namespace std::chrono_literals;

namespace {

Moment at(Duration time) { return Moment{time}; }

}  // namespace

TEST_CASE("a socket is bound at once, after a failure in a second, then ever more seldom, in the end each 30 s") {
    pool::BindingAttempts attempts;
    CHECK(attempts.is_due(at(0s)));
    Duration now = 100s;
    for (const Duration wait : {1s, 2s, 4s, 8s, 16s, 30s, 30s}) {
        CAPTURE(wait.count());
        attempts.fail("no", at(now));
        CHECK_FALSE(attempts.is_due(at(now)));
        CHECK_FALSE(attempts.is_due(at(now + wait - 1ns)));
        now += wait;
        CHECK(attempts.is_due(at(now)));
    }
}

TEST_CASE("why it fails is said once, and again when it is another reason or after it was bound") {
    pool::BindingAttempts attempts;
    CHECK(attempts.fail("address in use", at(1s)));
    CHECK_FALSE(attempts.fail("address in use", at(2s)));
    CHECK(attempts.fail("no such directory", at(3s)));
    CHECK(attempts.fail("address in use", at(4s)));
    attempts.begin_anew();
    CHECK(attempts.is_due(at(4s)));
    CHECK(attempts.fail("address in use", at(5s)));
    CHECK(attempts.is_due(at(6s)));  // and a second is the first wait again
}
