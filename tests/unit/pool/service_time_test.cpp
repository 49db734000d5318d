#include <doctest/doctest.h>

#include <vector>

#include "pool/admission/service_time.hpp"

using namespace hbnb;
using namespace hbnb::pool;
using namespace std::chrono_literals;

namespace {

ServiceTime worker(std::uint64_t requests, Duration each) {
    ServiceTime one;
    one.note(requests, requests * static_cast<std::uint64_t>(each.count()));
    return one;
}

}  // namespace

TEST_CASE("a pool's service time is that of its requests, where all workers are alike") {
    CHECK(mean_service({worker(10, 4ms), worker(20, 4ms), worker(30, 4ms)}) == 4ms);
    CHECK_MESSAGE(mean_service({worker(10, 4ms)}) == 4ms, "a worker that is alone speaks for itself");
}

TEST_CASE("what one worker says alone cannot make the service time longer") {
    for (const std::uint64_t requests : {1, 1'000, 1'000'000})
        CHECK(mean_service({worker(10, 4ms), worker(requests, 1h), worker(10, 6ms)}) <= 5ms);
    ServiceTime no_requests;
    no_requests.note(0, 1ull << 57);
    CHECK_FALSE(mean_service({worker(10, 4ms), no_requests}));
}

TEST_CASE("one worker of several that has finished requests says nothing about the pool") {
    CHECK_FALSE(mean_service({worker(1'000, 1h), ServiceTime(), ServiceTime()}));
    CHECK_FALSE(mean_service({}));
    CHECK_FALSE(mean_service({ServiceTime(), ServiceTime()}));
}

TEST_CASE("what was finished long ago is forgotten") {
    ServiceTime one = worker(10, 4ms);
    CHECK(one.is_known());
    for (int i = 0; i < 200; ++i) one.note(0, 0);
    CHECK_FALSE(one.is_known());
    CHECK_FALSE(mean_service({one, one}));
}
