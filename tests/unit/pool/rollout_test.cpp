// A deployment over several pools, as a state machine.
#include "pool/deploy/rollout.hpp"

#include <doctest/doctest.h>

using namespace hbnb::pool;

namespace {

using Standings = std::vector<std::optional<PoolStanding>>;

constexpr PoolStanding kOld{false, false}, kProven{true, false}, kServes{true, true};

Rollout offered() {
    Rollout rollout;
    rollout.ask();
    rollout.begin();
    rollout.offer({"a", "b"}, {"c"});
    return rollout;
}

bool says_nothing(Rollout &rollout, const Standings &standings) { return !rollout.advance(standings); }

}  // namespace

TEST_CASE("a generation is committed once every pool has proven it, and done once every pool serves it alone") {
    Rollout rollout = offered();
    CHECK(rollout.generation() == 2);
    CHECK(rollout.is_candidate());
    CHECK(says_nothing(rollout, {kProven, kOld, kProven}));
    CHECK(rollout.in_force() == 1);
    const auto commit = rollout.advance({kProven, kProven, kServes});
    REQUIRE(commit);
    CHECK(std::get<Commit>(*commit) == Commit{2, {"a", "b"}});
    CHECK(rollout.in_force() == 2);
    CHECK(says_nothing(rollout, {kServes, kProven, kServes}));
    const auto finish = rollout.advance({kServes, kServes, kServes});
    REQUIRE(finish);
    CHECK(std::get<Finish>(*finish) == Finish{2});
    CHECK(rollout.is_idle());
    CHECK(says_nothing(rollout, {kServes, kServes, kServes}));
}

TEST_CASE("a pool that has gone, or has lost its proof again, holds the commit back") {
    Rollout rollout = offered();
    CHECK(says_nothing(rollout, {kProven, std::nullopt, kProven}));
    CHECK(says_nothing(rollout, {kProven, kProven, kOld}));
    CHECK(rollout.is_candidate());
}

TEST_CASE("a candidate that fails is dropped in every pool, and the generation in force stays") {
    Rollout rollout = offered();
    CHECK(rollout.is_of(2));
    CHECK_FALSE(rollout.is_of(1));
    CHECK(rollout.fail() == Drop{2, {"a", "b"}, {"c"}});
    CHECK(rollout.is_idle());
    CHECK_FALSE(rollout.is_of(2));
    CHECK(rollout.in_force() == 1);
    CHECK_FALSE(rollout.fail());
}

TEST_CASE("what is committed is not undone") {
    Rollout rollout = offered();
    REQUIRE(rollout.advance({kProven, kProven, kProven}));
    CHECK_FALSE(rollout.fail());
    CHECK(rollout.in_force() == 2);
}

TEST_CASE("any number of requests while one is a candidate make one more, and a committed one is not waited for") {
    Rollout rollout = offered();
    CHECK_FALSE(rollout.is_due());
    rollout.ask();
    rollout.ask();
    CHECK_FALSE(rollout.is_due());
    REQUIRE(rollout.advance({kProven, kProven, kProven}));
    CHECK(rollout.is_due());
    CHECK(rollout.begin() == 3);
    CHECK(rollout.is_idle());
    CHECK_FALSE(rollout.is_due());
    CHECK(rollout.in_force() == 2);
}
