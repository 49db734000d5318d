#include "pool/scaling/peak_window.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

using namespace hbnb;
using namespace hbnb::pool;
using namespace std::chrono_literals;

namespace {
Moment at(Duration time) { return Moment{1h + time}; }
}  // namespace

TEST_CASE("a peak is remembered for the window and then forgotten") {
    PeakWindow peak(10s);
    CHECK(peak.peak() == 0);
    peak.add(at(0s), 7);
    for (Duration time = 1s; time <= 10s; time += 1s) {
        peak.add(at(time), 2);
        CHECK(peak.peak() == 7);
    }
    peak.add(at(10s + 1ns), 1);
    CHECK(peak.peak() == 2);
}

TEST_CASE("a window is full after it has looked for its whole length") {
    PeakWindow peak(3s);
    CHECK_FALSE(peak.is_full());
    peak.add(at(0s), 1);
    peak.add(at(2s), 1);
    CHECK_FALSE(peak.is_full());
    peak.add(at(3s), 1);
    CHECK(peak.is_full());
}

TEST_CASE("a gap in time makes the window begin anew") {
    PeakWindow peak(3s);
    for (Duration time = 0s; time <= 4s; time += 1s) peak.add(at(time), 9);
    REQUIRE(peak.is_full());
    peak.add(at(4s + 5s + 1ns), 1);
    CHECK_FALSE(peak.is_full());
    CHECK(peak.peak() == 1);
}

TEST_CASE("the peak is the maximum that a plain search finds") {
    std::mt19937 random(7);
    PeakWindow peak(2s);
    std::vector<std::pair<Moment, unsigned>> all;
    Moment now = at(0s);
    for (int i = 0; i < 3000; ++i) {
        now = now + std::chrono::milliseconds(1 + random() % 200);
        all.emplace_back(now, random() % 50);
        peak.add(now, all.back().second);
        unsigned highest = 0;
        for (const auto &[moment, value] : all)
            if (now - moment <= 2s) highest = std::max(highest, value);
        REQUIRE(peak.peak() == highest);
    }
}
