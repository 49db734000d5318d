#include "manager/sockets/queue_watch.hpp"

#include <doctest/doctest.h>

using namespace hbnb;
using namespace hbnb::manager;
using namespace std::chrono_literals;

namespace {

Moment at(Duration since) { return Moment{1h} + since; }

}  // namespace

TEST_CASE("nobody waits in an empty queue") {
    QueueWatch watch;
    watch.look(0, 5, at(0s));
    CHECK(watch.longest_wait(at(9s)) == 0s);
    watch.look(3, 5, at(1s));
    watch.look(0, 8, at(2s));
    CHECK(watch.longest_wait(at(9s)) == 0s);
}

TEST_CASE("who was in the queue waits until as many have been taken out") {
    QueueWatch watch;
    watch.look(3, 10, at(0s));
    watch.look(3, 12, at(2s));  // two came, two went: one of the first three is still there
    CHECK(watch.longest_wait(at(2s)) == 2s);
    watch.look(4, 13, at(3s));  // the three have gone
    CHECK(watch.longest_wait(at(3s)) == 3s);
    watch.look(4, 17, at(4s));
    CHECK(watch.longest_wait(at(4s)) == 1s);
}

TEST_CASE("a busy queue that moves on is no long wait, however long it is never empty") {
    QueueWatch watch;
    for (int i = 0; i < 1000; ++i) watch.look(5, static_cast<std::uint64_t>(i) * 5, at(i * 100ms));
    CHECK(watch.longest_wait(at(100s)) <= 200ms);
}

TEST_CASE("a queue that does not move ages") {
    QueueWatch watch;
    for (int i = 0; i < 100; ++i) watch.look(5, 7, at(i * 100ms));
    CHECK(watch.longest_wait(at(10s)) == 10s);
}
