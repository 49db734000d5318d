#include "client/schedule.hpp"

#include <doctest/doctest.h>

using namespace hbnb::bench;
using namespace std::chrono_literals;

TEST_CASE("arrivals are evenly spaced, and none is after the end") {
    const Schedule schedule(4000, 2, kRequestsMax);
    CHECK(schedule.count() == 8000);
    CHECK(schedule.at(0) == 0ns);
    CHECK(schedule.at(1) == 250us);
    CHECK(schedule.at(7999) < 2s);
}

TEST_CASE("no more arrive than asked for") { CHECK(Schedule(1e6, 1, 40).count() == 40); }

TEST_CASE("targets are drawn in proportion to their weights, the same in every run") {
    const std::vector<Target> targets{{.name = "fast", .weight = 99, .message = {}},
                                      {.name = "slow", .weight = 1, .message = {}}};
    Lot one(targets), other(targets);
    int slow = 0;
    for (int i = 0; i < 100'000; ++i) {
        const auto drawn = one.draw();
        REQUIRE(drawn == other.draw());
        slow += drawn == 1 ? 1 : 0;
    }
    CHECK(slow > 900);
    CHECK(slow < 1100);
}

TEST_CASE("a plan is refused by a sentence that names the key") {
    CHECK_THROWS_WITH(plan_of(R"({"port":1,"targets":[{"paht":"/"}]})"), doctest::Contains("paht"));
    CHECK_THROWS_WITH(plan_of(R"({"port":99999,"targets":[{}]})"), doctest::Contains("port"));
    CHECK_THROWS_WITH(plan_of(R"({"targets":[{}]})"), doctest::Contains("port"));
    CHECK_THROWS_WITH(plan_of(R"({"port":1})"), doctest::Contains("targets"));
    CHECK_THROWS_WITH(plan_of(R"({"port":1,"targets":[{}],"rate":-1})"), doctest::Contains("rate"));
}

TEST_CASE(
    "a target is sent as HTTP/1.1, with the length of its body, and asks to close where connections are not kept") {
    const Plan kept = plan_of(
        R"({"port":1,"targets":[{"method":"POST","path":"/a","body":"{}","content_type":"application/json"}]})");
    CHECK(kept.targets[0].message ==
          "POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
    const Plan one_shot = plan_of(R"({"port":1,"kept":false,"targets":[{"path":"/a"}]})");
    CHECK(one_shot.targets[0].message == "GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
}
