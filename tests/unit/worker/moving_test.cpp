// What becomes of a connection's times when it moves from one worker to another, and when it changes its state.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <limits>
#include <optional>

#include "base/clock.hpp"
#include "worker/io/worker_io.hpp"

using namespace hbnb;
using namespace hbnb::worker;
using namespace std::chrono_literals;

namespace {

constexpr Duration kRead = 10s, kIdle = 75s;
const wire::HandOffQueue::Entry kAccepted{{}, 0, true, true, {}};

struct Pair {
    Pair() {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
        near = Fd(ends[0]);
        far = Fd(ends[1]);
    }
    Fd near, far;
};

// Two workers of a pool, as far as their connections go.
struct TwoWorkers {
    TwoWorkers() : waiting(wire::HandOffQueueEnds::make(64).value()), idle(wire::HandOffQueueEnds::make(64).value()) {
        room_board.emplace(wire::PoolBoardMapping::create(room_file).value());
        setup.hand_off = {waiting.in.get(), waiting.out.get(), idle.in.get(), idle.out.get(), room_file.get(), 5s};
        setup.timeouts.read = kRead;
        setup.timeouts.idle = kIdle;
        board.emplace(wire::ScoreboardMapping::create(board_file).value());
        log.emplace(-1, LogLevel::error, board->board());
        for (auto *one : {&first, &second}) {
            one->emplace(setup, 1, *log, board->board());
            REQUIRE((*one)->open().has_value());
        }
    }
    Connection &accepted() {
        Connection *const connection = first->resting().reserve();
        first->resting().open(*connection, std::move(pair.far), kAccepted, now);
        return *connection;
    }
    // As the second has it, parked there `later`.
    Connection &moved(Connection &connection, QueueKind queue, Duration later) {
        REQUIRE(first->hand_over(connection, queue, now));
        Connection *const there = second->take(queue).connection;
        REQUIRE(there != nullptr);
        state = rest_state(*there);
        REQUIRE(second->resting().rest(*there, now + later));
        return *there;
    }
    Duration left(const Connection &connection) const { return Moment{Duration(connection.deadline_ns.load())} - now; }

    Fd room_file, board_file;
    wire::HandOffQueueEnds waiting, idle;
    std::optional<wire::PoolBoardMapping> room_board;
    std::optional<wire::ScoreboardMapping> board;
    std::optional<ErrorLog> log;
    wire::WorkerSetup setup;
    std::optional<WorkerIo> first, second;
    Pair pair;
    const Moment now = monotonic_now();
    ConnectionState state = ConnectionState::free;
};

}  // namespace

TEST_CASE("a connection that has said nothing has its read limit from the first wait on, in whatever worker") {
    TwoWorkers workers;
    Connection &connection = workers.accepted();
    REQUIRE(workers.first->resting().rest(connection, workers.now));
    REQUIRE(workers.first->resting().claim(connection.key) == &connection);
    const Connection &there = workers.moved(connection, QueueKind::idle, 4s);
    CHECK(workers.state == ConnectionState::fresh);
    CHECK(workers.left(there) == kRead);
}

TEST_CASE("an idle connection is idle from its last answer on, in whatever worker") {
    TwoWorkers workers;
    Connection &connection = workers.accepted();
    connection.has_served = true;
    REQUIRE(workers.first->resting().rest(connection, workers.now));
    REQUIRE(workers.first->resting().claim(connection.key) == &connection);
    const Connection &there = workers.moved(connection, QueueKind::idle, 4s);
    CHECK(workers.state == ConnectionState::idle);
    CHECK(workers.left(there) == kIdle);
}

TEST_CASE("records that belong to no request give a connection no more time") {
    TwoWorkers workers;
    Connection &connection = workers.accepted();
    for (const Duration later : {0s, 3s, 6s}) {  // each time it was read, and is at rest again
        REQUIRE(workers.first->resting().rest(connection, workers.now + later));
        REQUIRE(workers.first->resting().claim(connection.key) == &connection);
    }
    CHECK(workers.left(connection) == kRead);
}

TEST_CASE("a head that begins late on an idle connection has a read limit of its own") {
    TwoWorkers workers;
    Connection &connection = workers.accepted();
    connection.has_served = true;
    for (const auto &[state, at, left] : {std::tuple{ConnectionState::partial, 0s, kRead},  // the rest of a body
                                          std::tuple{ConnectionState::idle, 1s, Duration(1s) + kIdle},
                                          std::tuple{ConnectionState::partial, 40s, Duration(40s) + kRead},
                                          std::tuple{ConnectionState::partial, 45s, Duration(40s) + kRead}}) {
        connection.session.emplace(fcgi::SessionSettings{});
        if (state == ConnectionState::partial) connection.session->next(std::string_view("\1\1\0\1", 4));
        REQUIRE(rest_state(connection) == state);
        REQUIRE(workers.first->resting().rest(connection, workers.now + at));
        CHECK(workers.left(connection) == left);
        REQUIRE(workers.first->resting().claim(connection.key) == &connection);
    }
}

TEST_CASE("no worker's word about a connection's time is longer than one that begins now") {
    TwoWorkers workers;
    for (const auto &[due, fresh] : {std::pair{std::numeric_limits<std::int64_t>::max(), true},
                                     std::pair{std::numeric_limits<std::int64_t>::max(), false},
                                     std::pair{std::numeric_limits<std::int64_t>::min(), true}}) {
        Pair pair;
        REQUIRE(workers.waiting.queue().send(pair.far.get(), {workers.now, 1, true, fresh, Moment{Duration(due)}}));
        Connection *const taken = workers.second->take(QueueKind::waiting).connection;
        REQUIRE(taken != nullptr);
        REQUIRE(workers.second->resting().rest(*taken, workers.now));
        CHECK(workers.left(*taken) <= (fresh ? kRead : kIdle) + (monotonic_now() - workers.now));
    }
}

TEST_CASE("what was said within its limit is heard after it, where no thread could listen") {
    TwoWorkers two;
    Connection &connection = two.accepted();
    SUBCASE("the first of it") {}
    SUBCASE("the rest of half a head") { connection.session->next(std::string_view("\1\1\0\1", 4)); }
    REQUIRE(two.first->resting().rest(connection, two.now));
    REQUIRE(::send(two.pair.near.get(), "\1", 1, 0) == 1);
    two.first->resting().close_overdue(two.now + kRead + 1s);
    CHECK(connection.socket.is_open());
    CHECK_FALSE(connection.reading_ended);
}

TEST_CASE("half a head gets no more time than the silence that came before it has left") {
    TwoWorkers two;
    Connection &connection = two.accepted();
    REQUIRE(two.first->resting().rest(connection, two.now));
    REQUIRE(two.first->resting().claim(connection.key) == &connection);
    connection.session->next(std::string_view("\1\1\0\1", 4));
    REQUIRE(two.first->resting().rest(connection, two.now + kRead / 2));
    CHECK(two.left(connection) == kRead);
}
