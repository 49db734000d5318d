// The connections at rest by themselves: an epoll set and socket pairs, no listening socket, no queue.
#include "worker/io/resting.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>

#include "base/clock.hpp"
#include "unit/worker/worker_parts.hpp"

using namespace hbnb;
using namespace hbnb::test;
using namespace hbnb::worker;
using namespace std::chrono_literals;

namespace {

constexpr Duration kRead = 10s, kIdle = 75s;

struct Resting {
    explicit Resting(std::size_t limit = 16, unsigned threads = 1) : epoll(threads) {
        ground.setup.limits.connections = limit;
        ground.setup.timeouts.read = kRead;
        ground.setup.timeouts.idle = kIdle;
        REQUIRE(epoll.open().has_value());
        resting.emplace(ground.setup, ground.log, ground.board.board(), epoll);
    }
    // Claimed; `fresh`: nothing was answered on it.
    Connection &open(SocketPair &pair, bool fresh) {
        Connection *const connection = resting->reserve();
        REQUIRE(connection != nullptr);
        resting->open(*connection, std::move(pair.far), {{}, 0, true, fresh, {}}, now);
        return *connection;
    }
    bool is_reported(const ConnectionKey &key) const { return epoll.look(64) == std::vector<Tag>{key.epoll_data()}; }
    static bool is_ended(const SocketPair &pair) {  // nothing more comes from the worker
        char byte = 0;
        return ::recv(pair.near.get(), &byte, 1, MSG_DONTWAIT) == 0;
    }
    static bool takes_no_more(const SocketPair &pair) { return ::send(pair.near.get(), "x", 1, MSG_NOSIGNAL) < 0; }
    static void speak(const SocketPair &pair) { REQUIRE(::send(pair.near.get(), "x", 1, MSG_NOSIGNAL) == 1); }

    WorkerGround ground;
    Epoll epoll;
    std::optional<RestingConnections> resting;
    const Moment now = monotonic_now();
};

}  // namespace

TEST_CASE("where a connection rests: by what was read and answered, and whether it is shut for reading") {
    Resting at;
    SocketPair pair;
    Connection &connection = at.open(pair, true);
    CHECK(rest_state(connection) == ConnectionState::fresh);
    connection.has_served = true;
    CHECK(rest_state(connection) == ConnectionState::idle);
    connection.reading_ended = true;
    CHECK(rest_state(connection) == ConnectionState::partial);
    connection.reading_ended = false;
    connection.session->next(std::string_view("\1\1\0\1", 4));
    CHECK(rest_state(connection) == ConnectionState::partial);
}

TEST_CASE("a connection at rest is reported when it speaks, and has one owner") {
    unsigned threads = 1;
    SUBCASE("one thread") {}
    SUBCASE("several threads: reported to one of them") { threads = 3; }
    Resting at(16, threads);
    SocketPair pair;
    Connection &connection = at.open(pair, false);
    const ConnectionKey key = connection.key;
    CHECK(at.resting->claim(key) == nullptr);  // it is owned; this counts as an event
    CHECK_FALSE(at.resting->rest(connection, at.now));
    CHECK(at.resting->rest(connection, at.now));
    CHECK(at.epoll.look(1).empty());
    Resting::speak(pair);
    CHECK(at.is_reported(key));
    CHECK(at.resting->claim(key) == &connection);
    CHECK(at.resting->claim(key) == nullptr);
    at.resting->put_back(connection);
    CHECK(at.is_reported(key));
    CHECK(at.resting->claim(key) == &connection);
}

TEST_CASE("one function closes: slot, epoll and count are free, and its owner's key is another's") {
    Resting at(1);
    unsigned closed = 0;
    at.resting->after_close([&] { ++closed; });
    SocketPair pair, other;
    Connection &connection = at.open(pair, true);
    const ConnectionKey key = connection.key;
    CHECK(at.resting->is_full());
    CHECK(at.resting->reserve() == nullptr);
    CHECK(at.ground.board.board().connections == 1);
    at.resting->leave_at_rest(connection, at.now);
    REQUIRE(at.resting->claim(key) == &connection);
    const Fd held_by_a_child(::dup(connection.socket.get()));
    Resting::speak(pair);
    at.resting->close(connection);
    CHECK(closed == 1);
    CHECK(at.epoll.look(1).empty());
    CHECK(at.resting->in_use() == 0);
    CHECK(at.ground.board.board().connections == 0);
    at.resting->leave_at_rest(at.open(other, true), at.now);
    CHECK(at.resting->claim(key) == nullptr);
}

TEST_CASE("a connection that epoll does not take is told of, and is not waited for in silence") {
    Resting at;
    Connection *const connection = at.resting->reserve();
    at.resting->open(*connection, Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)), {{}, 0, true, false, {}}, at.now);
    CHECK(at.resting->rest(*connection, at.now));
    CHECK(at.ground.errors().find("unable to wait for a connection, which is closed") != std::string::npos);
}

TEST_CASE("what is overdue ends: an idle one by the end of reading, a silent or half one at once") {
    Resting at;
    SocketPair idle, silent, half, young;
    at.resting->leave_at_rest(at.open(idle, false), at.now - kIdle);
    at.resting->leave_at_rest(at.open(silent, true), at.now - kRead);
    Connection &in_pieces = at.open(half, false);
    in_pieces.session->next(std::string_view("\1\1\0\1", 4));
    at.resting->leave_at_rest(in_pieces, at.now - kRead);
    at.resting->leave_at_rest(at.open(young, true), at.now - kRead + 1ms);
    at.resting->close_overdue(at.now);
    CHECK(at.resting->in_use() == 2);
    CHECK(Resting::takes_no_more(idle));
    CHECK_FALSE(Resting::is_ended(idle));  // a thread finds its end, and closes it
    CHECK(Resting::is_ended(silent));
    CHECK(Resting::is_ended(half));
    Resting::speak(young);
    const auto readable = at.resting->look_at_readable(8);
    CHECK(readable.claimed.size() == 1);
    CHECK(readable.partial.size() == 1);  // the idle one does not move any more
}

TEST_CASE("whom nobody could hear in time is not closed") {
    Resting at;
    SocketPair pair;
    at.resting->leave_at_rest(at.open(pair, true), at.now - kRead);
    Resting::speak(pair);
    at.resting->close_overdue(at.now);
    CHECK(at.resting->in_use() == 1);
    CHECK_FALSE(Resting::takes_no_more(pair));
}

TEST_CASE("room is made by those that have been idle longest, and by no others") {
    Resting at(RestingConnections::kRoomMade + 3);
    std::vector<SocketPair> pairs(RestingConnections::kRoomMade + 3);
    at.resting->leave_at_rest(at.open(pairs[0], true), at.now - 9s);  // nothing was answered on it
    for (std::size_t i = 1; i < pairs.size(); ++i)
        at.resting->leave_at_rest(at.open(pairs[i], false), at.now - 1s + i * 1ms);
    at.resting->make_room(at.now);
    CHECK_FALSE(Resting::takes_no_more(pairs[0]));
    for (std::size_t i = 1; i <= RestingConnections::kRoomMade; ++i) CHECK(Resting::takes_no_more(pairs[i]));
    for (std::size_t i = RestingConnections::kRoomMade + 1; i < pairs.size(); ++i)
        CHECK_FALSE(Resting::takes_no_more(pairs[i]));
}

TEST_CASE(
    "what moves: idle connections, and fresh ones where somebody else takes them; out of epoll, with their time") {
    Resting at;
    SocketPair idle, fresh, half;
    Connection &idle_one = at.open(idle, false);
    Connection &fresh_one = at.open(fresh, true);
    Connection &half_one = at.open(half, true);
    half_one.session->next(std::string_view("\1\1\0\1", 4));
    for (Connection *one : {&idle_one, &fresh_one, &half_one}) at.resting->leave_at_rest(*one, at.now);
    CHECK(at.resting->claim_movable(false) == std::vector<Connection *>{&idle_one});
    at.resting->put_back(idle_one);
    CHECK(at.resting->claim_movable(true) == std::vector<Connection *>{&idle_one, &fresh_one});
    CHECK(at.resting->take_out(idle_one, at.now) == wire::HandOffQueue::Entry{at.now, 0, true, false, at.now + kIdle});
    CHECK(at.resting->take_out(fresh_one, at.now) == wire::HandOffQueue::Entry{at.now, 0, true, true, at.now + kRead});
    Resting::speak(idle);
    CHECK(at.epoll.look(8).empty());
    at.resting->put_back(idle_one);  // the queue was full
    CHECK(at.is_reported(idle_one.key));
}
