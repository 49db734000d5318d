#include "wire/histogram.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

using namespace hbnb;
using namespace hbnb::wire;
using namespace std::chrono_literals;

TEST_CASE("buckets follow each other without a gap, from 64 us to 67 s, and each holds its own begin") {
    CHECK(bucket_begin(1) == 64us);
    CHECK(bucket_begin(kHistogramBuckets - 1) == std::chrono::microseconds(64LL << 20));
    for (std::size_t bucket = 1; bucket < kHistogramBuckets; ++bucket) {
        const Duration begin = bucket_begin(bucket);
        CHECK(bucket_of(begin) == bucket);
        CHECK(bucket_of(begin - 1ns) == bucket - 1);
        if (bucket > 1) CHECK(begin - bucket_begin(bucket - 1) <= bucket_begin(bucket - 1) / 16);
    }
}

TEST_CASE("what is shorter or longer than all buckets is counted at the ends, whatever it is") {
    for (const Duration least : {Duration::min(), Duration(-1), Duration(0), Duration(63us)})
        CHECK(bucket_of(least) == 0);
    for (const Duration most : {Duration(68s), Duration(24h), Duration::max()})
        CHECK(bucket_of(most) == kHistogramBuckets - 1);
}

TEST_CASE("a quantile is within 5 % of the observed one") {
    std::mt19937_64 random(7);
    std::lognormal_distribution<double> microseconds(8.0, 2.0);
    Histogram histogram;
    std::vector<Duration> all;
    for (int i = 0; i < 20'000; ++i) {
        const double us = std::clamp(microseconds(random), 64.0, 60e6);
        all.push_back(std::chrono::microseconds(static_cast<std::int64_t>(us)));
        observe(histogram, all.back());
    }
    std::sort(all.begin(), all.end());
    CHECK(total(histogram) == all.size());
    for (const double part : {0.0001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
        const auto rank = static_cast<std::size_t>(std::ceil(part * static_cast<double>(all.size())));
        const auto exact = static_cast<double>(all[rank - 1].count());
        CHECK(std::abs(static_cast<double>(quantile(histogram, part).count()) - exact) <= 0.05 * exact);
    }
}

TEST_CASE("a quantile of nothing is 0, and beyond the buckets it is their bound") {
    Histogram histogram;
    CHECK(quantile(histogram, 0.5) == Duration{});
    observe(histogram, 1us);
    CHECK(quantile(histogram, 0.5) == 64us);
    for (int i = 0; i < 9; ++i) observe(histogram, 10min);
    CHECK(quantile(histogram, 0.1) == 64us);
    CHECK(quantile(histogram, 0.11) == std::chrono::microseconds(64LL << 20));
    CHECK(quantile(histogram, 1) == std::chrono::microseconds(64LL << 20));
}
