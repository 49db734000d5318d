#include "worker/io/epoll.hpp"

#include <doctest/doctest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "support/eventually.hpp"

using namespace hbnb;
using namespace hbnb::test;
using namespace hbnb::worker;

namespace {

Fd readable_one() { return Fd(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)); }

bool is_rung(const Epoll &epoll) {
    std::uint64_t rings = 0;
    return ::read(epoll.bell(), &rings, sizeof rings) == sizeof rings;
}

}  // namespace

TEST_CASE("one thread is given what the kernel reports, one tag after the other") {
    Epoll epoll(1);
    REQUIRE(epoll.open().has_value());
    const Fd first = readable_one(), second = readable_one();
    REQUIRE(epoll.watch(first.get(), 1, false));
    REQUIRE(epoll.watch(second.get(), 2, false));
    const Tag one = epoll.wait(0).tag;
    CHECK(epoll.look(8).size() == 2);  // as long as they are readable
    CHECK(one + epoll.wait(0).tag == 3);
    epoll.forget(first.get());
    CHECK(epoll.wait(0).tag == 2);
}

TEST_CASE("of several threads one is told, once, until the descriptor is watched again") {
    Epoll epoll(2);
    REQUIRE(epoll.open().has_value());
    const Fd one = readable_one();
    REQUIRE(epoll.watch(one.get(), 7, false));
    CHECK(epoll.wait(1).tag == 7);
    CHECK(epoll.look(8).empty());
    SUBCASE("as its owner knows") { REQUIRE(epoll.watch(one.get(), 8, true)); }
    SUBCASE("and its owner does not know") { REQUIRE(epoll.watch(one.get(), 8, false)); }
    CHECK(epoll.look(8) == std::vector<Tag>{8});
    CHECK(epoll.look(8).empty());  // a look takes it from the threads
}

TEST_CASE("what cannot be watched, and a set that is gone, are said") {
    Epoll epoll(1);
    REQUIRE(epoll.open().has_value());
    CHECK_FALSE(epoll.watch(-1, 1, false));
    CHECK(errno == EBADF);
    epoll.close_in_child();
    CHECK(epoll.wait(0).error == EBADF);
}

TEST_CASE("a thread that gets an event rings for whoever asked for it, once") {
    Epoll epoll(1);
    REQUIRE(epoll.open().has_value());
    const Fd one = readable_one();
    REQUIRE(epoll.watch(one.get(), 1, false));
    epoll.wait(0);
    CHECK_FALSE(is_rung(epoll));
    epoll.tell_of_events(true);
    epoll.wait(0);
    CHECK(is_rung(epoll));
    epoll.wait(0);
    CHECK_FALSE(is_rung(epoll));
}

TEST_CASE("a thread's turn is even while it waits, and all are woken at once") {
    Epoll epoll(2);
    REQUIRE(epoll.open().has_value());
    CHECK_FALSE(epoll.some_thread_waits());
    std::thread waiting([&] { CHECK(epoll.wait(1).tag == Epoll::kNothing); });
    CHECK(eventually([&] { return epoll.some_thread_waits(); }));
    CHECK(epoll.turn(1) % 2 == 0);
    epoll.wake_all();
    waiting.join();
    CHECK_FALSE(epoll.some_thread_waits());
    CHECK(epoll.wait(0).tag == Epoll::kNothing);
}
