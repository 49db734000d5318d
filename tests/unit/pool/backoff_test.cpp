#include "pool/backoff.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "unit/pool/printing.hpp"

using namespace hbnb;
using namespace hbnb::pool;
using namespace std::chrono_literals;

namespace {
Moment at(Duration time) { return Moment{1h + time}; }
}  // namespace

TEST_CASE("back-off starts with nothing and allows a start at once") {
    const Backoff backoff;
    CHECK(backoff.delay() == 0s);
    CHECK(backoff.allows(at(0s)));
}

TEST_CASE("back-off doubles from 10 ms to 1 s and stays there") {
    Backoff backoff;
    Moment now = at(0s);
    std::vector<Duration> delays;
    for (int i = 0; i < 10; ++i) {
        REQUIRE(backoff.failed(now, now + 1ms));
        delays.push_back(backoff.delay());
        CHECK_FALSE(backoff.allows(backoff.allowed() - 1ns));
        CHECK(backoff.allows(backoff.allowed()));
        CHECK(backoff.allowed() == now + 1ms + backoff.delay());
        now = backoff.allowed();
    }
    CHECK(delays == std::vector<Duration>{10ms, 20ms, 40ms, 80ms, 160ms, 320ms, 640ms, 1s, 1s, 1s});
}

TEST_CASE("back-off counts a wave of deaths as one step") {
    Backoff backoff;
    CHECK(backoff.failed(at(0s), at(5ms)));
    CHECK_FALSE(backoff.failed(at(0s), at(6ms)));
    CHECK_FALSE(backoff.failed(at(5ms), at(7ms)));
    CHECK(backoff.delay() == 10ms);
    CHECK(backoff.allowed() == at(15ms));
}

TEST_CASE("back-off ends when a worker started since the last step has served") {
    Backoff backoff;
    backoff.failed(at(0s), at(5ms));
    backoff.proved(at(15ms));
    CHECK(backoff.delay() == 0s);
    CHECK(backoff.allows(at(5ms)));
}

TEST_CASE("back-off is not ended by a worker that was there before") {
    Backoff backoff;
    backoff.failed(at(1ms), at(5ms));
    backoff.proved(at(0s));
    backoff.proved(at(5ms));
    CHECK(backoff.delay() == 10ms);
}

TEST_CASE("back-off is forgotten when nobody died young for ten seconds") {
    Backoff backoff;
    backoff.failed(at(0s), at(5ms));
    backoff.forget(at(5ms + 10s - 1ns));
    CHECK(backoff.delay() == 10ms);
    backoff.forget(at(5ms + 10s));
    CHECK(backoff.delay() == 0s);
}
