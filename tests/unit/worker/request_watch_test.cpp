// Who answers a request: its handler thread or the control thread, and never both.
#include <doctest/doctest.h>

#include <atomic>
#include <random>
#include <string>
#include <thread>

#include "worker/watch/request_watch.hpp"

using namespace hbnb;
using namespace hbnb::worker;
using namespace std::chrono_literals;
using Ended = RequestWatch::Ended;

namespace {

const Moment kDue{1s};

RequestWatch::Request request_of(const RequestHead &head) { return {7, 1, &head}; }

}  // namespace

TEST_CASE("before its deadline the control thread takes no request, after it any that has not ended") {
    RequestWatch watch;
    const RequestHead head;
    CHECK_FALSE(watch.take(kDue));
    watch.begin(request_of(head), kDue);
    CHECK(watch.deadline() == kDue);
    CHECK_FALSE(watch.take(kDue - 1ns));
    const auto taken = watch.take(kDue);
    REQUIRE(taken);
    CHECK(taken->request.socket == 7);
    CHECK(taken->request.head == &head);
    CHECK_FALSE(taken->begun);
    CHECK_FALSE(watch.take(kDue));
    CHECK_FALSE(watch.deadline());
}

TEST_CASE("what the control thread has taken, its thread can no longer send, and it learns who has ended it") {
    RequestWatch watch;
    const RequestHead head;
    watch.begin(request_of(head), kDue);
    bool begun = false;
    SUBCASE("nothing was sent") {}
    SUBCASE("the answer had begun") {
        begun = true;
        for (int i = 0; i < 2; ++i) {
            CHECK(watch.begin_sending(kDue));
            watch.end_sending();
        }
    }
    const auto taken = watch.take(kDue);
    REQUIRE(taken);
    CHECK(taken->begun == begun);
    CHECK_FALSE(watch.begin_sending(kDue));
    CHECK(watch.is_lost());
    watch.let_go();
    CHECK_FALSE(watch.begin_sending(kDue));
    CHECK_FALSE(watch.has_come_back(taken->serial));
    CHECK(watch.end() == (begun ? Ended::cut : Ended::answered));
    CHECK(watch.has_come_back(taken->serial));
    watch.begin(request_of(head), kDue);
    CHECK_FALSE(watch.is_lost());
    CHECK(watch.has_come_back(taken->serial));
    CHECK(watch.end() == Ended::by_thread);
}

TEST_CASE("who has begun to send may go on for a while") {
    RequestWatch watch;
    const RequestHead head;
    watch.begin(request_of(head), kDue);
    CHECK(watch.begin_sending(kDue + 1s));
    CHECK(watch.has_sent());
    CHECK_FALSE(watch.take(kDue + 1s));  // a record may be out in part
    watch.end_sending();
    CHECK(watch.has_sent());
    CHECK_FALSE(watch.take(kDue));
    CHECK(watch.take(kDue + 1s)->begun);
}

TEST_CASE("a request without a deadline is its thread's alone") {
    RequestWatch watch;
    const RequestHead head;
    watch.begin(request_of(head), kNoDeadline);
    CHECK_FALSE(watch.deadline());
    CHECK_FALSE(watch.take(kDue + 1000h));
    CHECK(watch.begin_sending(kNoDeadline));
    watch.end_sending();
    CHECK_FALSE(watch.take(kDue + 1000h));
    CHECK(watch.end() == Ended::by_thread);
}

TEST_CASE("where the process ends, a request is taken whatever its deadline") {
    RequestWatch watch;
    const RequestHead head;
    watch.begin(request_of(head), kNoDeadline);
    REQUIRE(watch.begin_sending(kNoDeadline));
    CHECK_FALSE(watch.take(kNoDeadline));
    watch.end_sending();
    CHECK(watch.take(kNoDeadline)->begun);
}

// Both race for each of many requests; what each does to the client is written down without a lock, as is done to a
// socket.
TEST_CASE(
    "however thread and control thread race, each request is ended once, and the control thread's work is done before "
    "the end") {
    constexpr int kRequests = 1'000'000;
    RequestWatch watch;
    std::string client;  // what it has received of this request: plain, so that ThreadSanitizer sees who else is at it
    std::atomic<bool> stop{false};
    std::thread control([&] {
        while (!stop) {
            const auto taken = watch.take(kDue);
            if (!taken) continue;
            client += taken->begun ? "cut" : "504";
            watch.let_go();
        }
    });
    std::mt19937 random(1);
    int by_thread = 0, by_control_thread = 0, wrong = 0;
    for (int i = 0; i < kRequests; ++i) {
        RequestHead head;
        client.clear();
        watch.begin(request_of(head), kDue);
        for (unsigned spin = random() % 64; spin > 0; --spin) std::atomic_signal_fence(std::memory_order_seq_cst);
        const bool sends = random() % 2 == 0;
        const bool claimed = sends && watch.begin_sending(kDue);
        if (claimed) client.clear(), watch.end_sending();
        const Ended ended = watch.end();
        const std::string expected = ended == Ended::by_thread ? "" : ended == Ended::cut ? "cut" : "504";
        wrong += client != expected || (ended == Ended::cut && !claimed) || (ended == Ended::answered && claimed);
        ++(ended == Ended::by_thread ? by_thread : by_control_thread);
    }
    stop = true;
    control.join();
    CHECK(wrong == 0);
    CHECK(by_thread + by_control_thread == kRequests);
}
