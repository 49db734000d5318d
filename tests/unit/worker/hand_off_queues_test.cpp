// The door of the waiting room, as a worker sees it.
#include "worker/io/hand_off_queues.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/fd.hpp"
#include "wire/hand_off_queue.hpp"

using namespace hbnb;
using namespace std::chrono_literals;

namespace {

struct Door {
    Door() : waiting(wire::RoomEnds::make(64).value()), kept(wire::RoomEnds::make(64).value()) {
        board.emplace(wire::RoomBoardMapping::create(board_file).value());
        board->set_depth_max(8);
        rooms.emplace(
            wire::RoomSetup{waiting.in.get(), waiting.out.get(), kept.in.get(), kept.out.get(), board_file.get(), 1s},
            1);
        REQUIRE(rooms->open().has_value());
    }
    void wait(unsigned count, Moment since) {
        for (unsigned i = 0; i < count; ++i)
            REQUIRE(rooms->send(worker::RoomKind::waiting, kept.in.get(), {since}));  // any descriptor will do
    }
    bool is_shut() const { return rooms->door_is_shut(now); }

    Fd board_file;
    wire::RoomEnds waiting, kept;
    std::optional<wire::RoomBoardMapping> board;
    std::optional<worker::Rooms> rooms;
    const Moment now = monotonic_now();
};

}  // namespace

TEST_CASE("the door is shut while as many wait as can be served in time, however young they are") {
    Door door;
    CHECK_FALSE(door.is_shut());
    door.wait(7, door.now);
    CHECK_FALSE(door.is_shut());
    door.wait(1, door.now);
    CHECK(door.is_shut());
}

TEST_CASE("the door is shut before that while a queue's head has waited for most of what it may") {
    Door door;
    door.wait(3, door.now - 900ms);
    CHECK(door.is_shut());
}

TEST_CASE("few who have waited long shut no door: the next is served soon after them") {
    Door door;
    door.wait(2, door.now - 900ms);
    CHECK_FALSE(door.is_shut());
}

TEST_CASE("a queue that moves leaves the door open") {
    Door door;
    door.wait(6, door.now - 700ms);
    CHECK_FALSE(door.is_shut());
}

TEST_CASE("a queue that has ended is not waited for, and is again once the manager has sent another") {
    Door door;
    worker::Epoll epoll(1);
    REQUIRE(epoll.open().has_value());
    const auto reported = [&] { return !epoll.look(1).empty(); };
    const auto ends_of = [](const wire::RoomEnds &waiting, const wire::RoomEnds &kept) {
        std::vector<Fd> ends;
        for (const Fd *one : {&waiting.in, &waiting.out, &kept.in, &kept.out})
            ends.emplace_back(::fcntl(one->get(), F_DUPFD_CLOEXEC, 0));
        return ends;
    };
    REQUIRE(door.rooms->register_all(epoll).has_value());
    door.waiting.end();
    CHECK(reported());
    door.rooms->unregister_ended(epoll);
    CHECK_FALSE(reported());
    REQUIRE(door.rooms->register_all(epoll).error().message.find("waiting room") != std::string::npos);  // kept is
    door.rooms->unregister_all(epoll);

    const auto waiting = wire::RoomEnds::make(64).value(), kept = wire::RoomEnds::make(64).value();
    waiting.room().nudge(door.now);
    std::vector<Fd> wrong = ends_of(waiting, kept);
    SUBCASE("too few") { wrong.pop_back(); }
    SUBCASE("too many") { wrong.emplace_back(::dup(wrong[0].get())); }
    SUBCASE("a closed one") { wrong[2].reset(); }
    SUBCASE("no queue's end") { wrong[1] = Fd(::open("/dev/null", O_RDWR | O_CLOEXEC)); }
    CHECK(door.rooms->replace(wrong).error().message ==
          "unable to take new hand-off queues: what came is not four ends of such");
    REQUIRE(door.rooms->replace(ends_of(waiting, kept)).has_value());
    REQUIRE(door.rooms->register_all(epoll).has_value());
    CHECK(reported());
    CHECK(door.rooms->of(worker::RoomKind::waiting).take(door.now).what == wire::Room::Taken::nudge);
    CHECK_FALSE(reported());
}
