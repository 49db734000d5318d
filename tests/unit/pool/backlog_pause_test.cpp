#include "pool/admission/backlog_pause.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

using hbnb::pool::BacklogPause;

namespace {

constexpr std::uint64_t kMinute = 1200;  // in samples, 20 a second

}  // namespace

TEST_CASE("the kernel is asked from the first sample on, as long as it can say who waits") {
    const BacklogPause pause;
    CHECK(pause.is_over(0));
    CHECK(pause.is_over(1));
    CHECK(pause.is_over(kMinute * 1000));
}

TEST_CASE("a kernel that cannot say who waits is not asked for a minute, and then again") {
    for (const std::uint64_t failed : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 40}) {
        CAPTURE(failed);
        BacklogPause pause;
        pause.begin(failed);
        CHECK_FALSE(pause.is_over(failed));  // nor for another socket of the same sample
        CHECK_FALSE(pause.is_over(failed + kMinute - 1));
        CHECK(pause.is_over(failed + kMinute));
        CHECK(pause.is_over(failed + kMinute + 1));
    }
}

TEST_CASE("a kernel that still cannot say it pauses for another minute, as often as it fails") {
    BacklogPause pause;
    unsigned asked = 0;
    for (std::uint64_t tick = 0; tick < 10 * kMinute; ++tick) {
        if (!pause.is_over(tick)) continue;
        ++asked;
        pause.begin(tick);
    }
    CHECK(asked == 10);
    CHECK(pause.is_over(10 * kMinute));
}
