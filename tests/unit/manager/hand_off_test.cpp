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
    std::shared_ptr<HandOff> hand_off = HandOff::make(64).value();
    void shut() const { REQUIRE(::shutdown(hand_off->ends().at(0), SHUT_RDWR) == 0); }
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
    CHECK_FALSE(queues.hand_off->look_after(at(1s)));
    CHECK(queues.hand_off->edition() == 1);
    CHECK(queues.hand_off->is_on());
}

TEST_CASE(
    "queues that a worker shuts are made anew, at most three times in ten seconds, and then again after a reload") {
    const Broken queues;
    HandOff &hand_off = *queues.hand_off;
    for (int i = 1; i <= 3; ++i) {
        const std::vector<ino_t> before{inode(hand_off.ends()[0]), inode(hand_off.ends()[3])};
        queues.shut();
        CHECK(holds(hand_off.look_after(at(i * 1s)),
                    "hand-off queues were shut down by one of the pool's workers: others"));
        CHECK(hand_off.renewed() == static_cast<std::uint64_t>(i));
        CHECK(inode(hand_off.ends()[0]) != before[0]);
        CHECK(inode(hand_off.ends()[3]) != before[1]);
        CHECK_FALSE(hand_off.look_after(at(i * 1s)));
    }
    const auto edition = hand_off.edition();
    queues.shut();
    CHECK(holds(hand_off.look_after(at(10s + 999ms)), "hand-off is off"));
    CHECK_FALSE(hand_off.is_on());
    CHECK(hand_off.edition() == edition + 1);
    CHECK(hand_off.ends().empty());
    CHECK(hand_off.capacity() == 0);
    CHECK_FALSE(hand_off.look_after(at(1h)));  // said once
    REQUIRE(hand_off.start_over(at(1h)).has_value());
    CHECK(hand_off.is_on());
    CHECK(hand_off.edition() == edition + 2);
    for (int i = 0; i < 3; ++i) {
        queues.shut();
        CHECK(holds(hand_off.look_after(at(1h)), "others take their place"));
    }
}

TEST_CASE("a worker that breaks the queues now and then gets new ones for ever") {
    const Broken queues;
    for (int i = 1; i <= 20; ++i) {
        queues.shut();
        CHECK(holds(queues.hand_off->look_after(at(i * 4s)), "others take their place"));
    }
    CHECK(queues.hand_off->is_on());
}

TEST_CASE("a message that says no moment has not waited since the machine's start") {
    const Broken queues;
    REQUIRE(::send(queues.hand_off->ends().at(0), "", 0, MSG_DONTWAIT) == 0);
    CHECK(queues.hand_off->longest_wait(at(1h)) == Duration{});
    CHECK_FALSE(queues.hand_off->is_empty());  // so it is not watched for
}
