// The door of the waiting room, as a worker sees it.
#include "worker/rooms.hpp"

#include <doctest/doctest.h>

#include <optional>

#include "base/clock.hpp"
#include "base/fd.hpp"
#include "wire/room.hpp"

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
