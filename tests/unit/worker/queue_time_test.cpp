#include "worker/request/queue_time.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <string>

#include "base/clock.hpp"

using namespace hbnb;
using namespace hbnb::worker;
using namespace std::chrono_literals;

namespace {

std::string msec(std::chrono::system_clock::time_point moment) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(moment.time_since_epoch()).count();
    std::string text = std::to_string(ms);
    return text.insert(text.size() - 3, ".");
}

}  // namespace

TEST_CASE("what the web server says of a request's begin is seconds with three digits behind the point, or nothing") {
    RequestStart start;
    CHECK(start.read("1733031234.567") == std::optional<Duration>(1733031234567ms));
    CHECK(start.read("0000000000.001") == std::optional<Duration>(1ms));
    CHECK(start.read("9000000000.999") == std::optional<Duration>(9000000000999ms));
    CHECK(start.read("1733031234.568") == std::optional<Duration>(1733031234568ms));
    CHECK(start.read("1733031234.569") == std::optional<Duration>(1733031234569ms));
    CHECK(start.read("1733031235.000") == std::optional<Duration>(1733031235000ms));
    for (const char *text : {"",
                             ".",
                             ".123",
                             "1733031234",
                             "1733031234.56",
                             "1733031234.5678",
                             "t=1733031234.567",
                             "-1.000",
                             "1.-00",
                             "0.001",
                             "99999999999.000",
                             "173303123a.567",
                             "17330312/4.567",
                             "1733031:34.567",
                             "1733031235.00a",
                             "1733031235x000",
                             "1733031234.56\x80",
                             "1733031234,567",
                             "1733031234.5 7",
                             "9999999999.999"})
        CHECK_MESSAGE(!start.read(text), std::string(text));
}

TEST_CASE("the web server's word counts, unless it is of the future or older than an hour: then what the pool knows") {
    constexpr Duration now = 1733031234567ms;
    CHECK(queue_time(now - 30ms, now, 5ms) == 30ms);
    CHECK(queue_time(now, now, 5ms) == 0ms);
    CHECK(queue_time(now - 1h, now, 5ms) == 1h);
    CHECK(queue_time(now + 1ms, now, 5ms) == 5ms);
    CHECK(queue_time(now - 1h - 1ms, now, 5ms) == 5ms);
    CHECK(queue_time(std::nullopt, now, 5ms) == 5ms);
}

TEST_CASE("without the web server's word a request has waited since it came into the hand-off queue, else not at all") {
    QueueTime time;
    const Moment begun{1h};
    CHECK(time.of("", Moment{}, begun) == 0ms);
    CHECK(time.of("", begun - 20ms, begun) == 20ms);
    CHECK(time.of("", begun + 20ms, begun) == 0ms);
    CHECK(time.of("soon", begun - 20ms, begun) == 20ms);
}

TEST_CASE("the web server's wall clock is compared with ours") {
    QueueTime time;
    const Duration waited = time.of(msec(wall_now() - 10min), Moment{}, monotonic_now());
    CHECK(waited >= 10min);
    CHECK(waited < 40min);
}
