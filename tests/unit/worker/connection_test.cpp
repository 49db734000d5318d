#include "worker/io/connection.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

using namespace hbnb;
using namespace hbnb::worker;

namespace {

constexpr Duration kLong = std::chrono::hours(1);

}  // namespace

TEST_CASE("a parked connection is claimed once, and a stale key claims nothing") {
    ConnectionTable table(2, {});
    Connection *connection = table.open(Fd(), true);
    REQUIRE(connection != nullptr);
    const ConnectionKey key = connection->key;
    CHECK(table.park(*connection, ConnectionState::idle, Moment{}, Moment{kLong}));
    CHECK(table.claim(key) == connection);
    CHECK(table.claim(key) == nullptr);
    table.close(*connection);
    CHECK(table.open(Fd(), true)->key.serial != key.serial);
    CHECK(table.claim(key) == nullptr);
}

TEST_CASE("what epoll reports while a connection is owned is seen when it is parked") {
    ConnectionTable table(1, {});
    Connection *connection = table.open(Fd(), true);
    CHECK(table.claim(connection->key) == nullptr);
    CHECK_FALSE(table.park(*connection, ConnectionState::idle, Moment{}, Moment{kLong}));
    CHECK(table.park(*connection, ConnectionState::idle, Moment{}, Moment{kLong}));
}

TEST_CASE("a full table opens nothing until one is closed") {
    ConnectionTable table(1, {});
    Connection *connection = table.open(Fd(), true);
    CHECK(table.open(Fd(), true) == nullptr);
    table.close(*connection);
    CHECK(table.open(Fd(), true) != nullptr);
}

TEST_CASE("of several threads that claim one connection exactly one owns it at a time") {
    ConnectionTable table(1, {});
    Connection *connection = table.open(Fd(), true);
    const ConnectionKey key = connection->key;
    REQUIRE(table.park(*connection, ConnectionState::idle, Moment{}, Moment{kLong}));
    std::atomic<int> owners{0}, overlaps{0}, turns{0};
    const auto claim_and_park = [&] {
        while (turns < 2000) {
            Connection *mine = table.claim(key);
            if (mine == nullptr) continue;
            if (owners.fetch_add(1) != 0) ++overlaps;
            mine->has_served = !mine->has_served;  // the owner's plain member: a race here is one for ThreadSanitizer
            ++turns;
            owners.fetch_sub(1);
            while (!table.park(*mine, ConnectionState::idle, Moment{}, Moment{kLong})) {
            }
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) threads.emplace_back(claim_and_park);
    for (auto &thread : threads) thread.join();
    CHECK(overlaps == 0);
}
