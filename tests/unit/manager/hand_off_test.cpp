// The hand-off queues as the manager looks after them, with a worker that breaks them.
#include "manager/sockets/hand_off.hpp"

#include <doctest/doctest.h>

#include <sys/socket.h>
#include <sys/stat.h>

#include <memory>

using namespace hbnb;
using namespace hbnb::manager;
using namespace std::chrono_literals;

namespace {

Moment at(Duration since) { return Moment{since}; }

struct Broken {
    std::shared_ptr<WaitingRoom> room = WaitingRoom::make(64).value();
    void shut() const { REQUIRE(::shutdown(room->ends().at(0), SHUT_RDWR) == 0); }
};

bool holds(const std::optional<std::string> &text, const std::string &part) {
    return text && text->find(part) != std::string::npos;
}

ino_t inode(int fd) {
    struct stat status {};
    REQUIRE(::fstat(fd, &status) == 0);
    return status.st_ino;
}

}  // namespace

TEST_CASE("queues that are as they were made are left alone") {
    const Broken queues;
    CHECK_FALSE(queues.room->look_after(at(1s)));
    CHECK(queues.room->edition() == 1);
    CHECK(queues.room->is_on());
}

TEST_CASE(
    "queues that a worker shuts are made anew, at most three times in ten seconds, and then again after a reload") {
    const Broken queues;
    WaitingRoom &room = *queues.room;
    for (int i = 1; i <= 3; ++i) {
        const std::vector<ino_t> before{inode(room.ends()[0]), inode(room.ends()[3])};
        queues.shut();
        CHECK(
            holds(room.look_after(at(i * 1s)), "hand-off queues were shut down by one of the pool's workers: others"));
        CHECK(room.renewed() == static_cast<std::uint64_t>(i));
        CHECK(inode(room.ends()[0]) != before[0]);
        CHECK(inode(room.ends()[3]) != before[1]);
        CHECK_FALSE(room.look_after(at(i * 1s)));
    }
    const auto edition = room.edition();
    queues.shut();
    CHECK(holds(room.look_after(at(10s + 999ms)), "hand-off is off"));
    CHECK_FALSE(room.is_on());
    CHECK(room.edition() == edition + 1);
    CHECK(room.ends().empty());
    CHECK(room.capacity() == 0);
    CHECK_FALSE(room.look_after(at(1h)));  // said once
    REQUIRE(room.start_over(at(1h)).has_value());
    CHECK(room.is_on());
    CHECK(room.edition() == edition + 2);
    for (int i = 0; i < 3; ++i) {
        queues.shut();
        CHECK(holds(room.look_after(at(1h)), "others take their place"));
    }
}

TEST_CASE("a worker that breaks the queues now and then gets new ones for ever") {
    const Broken queues;
    for (int i = 1; i <= 20; ++i) {
        queues.shut();
        CHECK(holds(queues.room->look_after(at(i * 4s)), "others take their place"));
    }
    CHECK(queues.room->is_on());
}

TEST_CASE("a message that says no moment has not waited since the machine's start") {
    const Broken queues;
    REQUIRE(::send(queues.room->ends().at(0), "", 0, MSG_DONTWAIT) == 0);
    CHECK(queues.room->longest_wait(at(1h)) == Duration{});
    CHECK_FALSE(queues.room->is_empty());  // so it is not watched for
}
