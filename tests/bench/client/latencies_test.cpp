#include "client/latencies.hpp"

#include <doctest/doctest.h>

using namespace hbnb::bench;
using std::chrono::microseconds;

TEST_CASE("percentiles are values that occurred, the smallest that so many did not exceed") {
    Latencies latencies;
    for (int i = 1000; i >= 1; --i) latencies.add(microseconds(i));
    const LatencySummary summary = latencies.summary();
    CHECK(summary.count == 1000);
    CHECK(summary.mean_us == doctest::Approx(500.5));
    CHECK(summary.p50_us == 500);
    CHECK(summary.p90_us == 900);
    CHECK(summary.p99_us == 990);
    CHECK(summary.p999_us == 999);
    CHECK(summary.max_us == 1000);
}

TEST_CASE("one in a hundred that is slow is seen in p999 and not in p99, two are") {
    Latencies one, two;
    for (int i = 0; i < 99; ++i) one.add(microseconds(1));
    for (int i = 0; i < 98; ++i) two.add(microseconds(1));
    one.add(microseconds(50'000));
    two.add(microseconds(50'000));
    two.add(microseconds(50'000));
    CHECK(one.summary().p99_us == 1);
    CHECK(one.summary().p999_us == 50'000);
    CHECK(two.summary().p99_us == 50'000);
}

TEST_CASE("one value is all percentiles, and none is no value") {
    Latencies latencies;
    CHECK(latencies.summary().count == 0);
    CHECK(latencies.summary().p99_us == 0);
    latencies.add(microseconds(7));
    CHECK(latencies.summary().p50_us == 7);
    CHECK(latencies.summary().p999_us == 7);
}
