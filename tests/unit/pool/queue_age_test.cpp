#include "pool/admission/queue_age.hpp"

#include <doctest/doctest.h>

using namespace hbnb;
using namespace hbnb::pool;
using namespace std::chrono_literals;

namespace {

Moment at(Duration since) { return Moment{1h} + since; }

}  // namespace

TEST_CASE("nobody waits in an empty queue") {
    QueueAge age;
    age.look(0, 5, at(0s));
    CHECK(age.longest_wait(at(9s)) == 0s);
    age.look(3, 5, at(1s));
    age.look(0, 8, at(2s));
    CHECK(age.longest_wait(at(9s)) == 0s);
}

TEST_CASE("who was in the queue waits until as many have been taken out") {
    QueueAge age;
    age.look(3, 10, at(0s));
    age.look(3, 12, at(2s));  // two came, two went: one of the first three is still there
    CHECK(age.longest_wait(at(2s)) == 2s);
    age.look(4, 13, at(3s));  // the three have gone
    CHECK(age.longest_wait(at(3s)) == 3s);
    age.look(4, 17, at(4s));
    CHECK(age.longest_wait(at(4s)) == 1s);
}

TEST_CASE("a busy queue that moves on is no long wait, however long it is never empty") {
    QueueAge age;
    for (int i = 0; i < 1000; ++i) age.look(5, static_cast<std::uint64_t>(i) * 5, at(i * 100ms));
    CHECK(age.longest_wait(at(100s)) <= 200ms);
}

TEST_CASE("a queue that does not move ages") {
    QueueAge age;
    for (int i = 0; i < 100; ++i) age.look(5, 7, at(i * 100ms));
    CHECK(age.longest_wait(at(10s)) == 10s);
}
