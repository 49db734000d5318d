#include "manager/sockets/socket_keeper.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "unit/manager/sandbox.hpp"

using namespace hbnb;
using namespace hbnb::manager;
using namespace hbnb::test;
using namespace std::chrono_literals;

namespace {

Moment at(Duration since) { return Moment{1h} + since; }

// A pool with one socket, "s" of the sandbox.
struct OneSocket {
    OneSocket() {
        config::UnixListener unix_listener;
        unix_listener.path = sandbox / "s";
        pool.pool = "shop";
        pool.wanted = {unix_listener};
        pool.listeners = open_listeners(pool.wanted, {}, Claim{::geteuid(), std::nullopt}).value();
    }
    void lose_file() const { REQUIRE(::unlink((sandbox / "s").c_str()) == 0); }
    SocketsLook look(Duration since) { return keeper.look({pool}, at(since)); }

    const Sandbox sandbox;
    SocketKeeper keeper{::geteuid()};
    KeptSockets pool;
};

}  // namespace

TEST_CASE("sockets that have their files are left alone") {
    OneSocket one;
    const SocketsLook look = one.look(0s);
    CHECK(look.anew.empty());
    CHECK_FALSE(look.complaint);
}

TEST_CASE("a socket that has lost its file is bound anew, and what waits in the old one is taken along") {
    OneSocket one;
    const Fd waits = connect_to(one.sandbox / "s");
    REQUIRE(waits.is_open());
    one.lose_file();
    const SocketsLook look = one.look(0s);
    REQUIRE(look.anew.size() == 1);
    CHECK(look.anew[0].pool == "shop");
    REQUIRE(look.anew[0].listeners.size() == 2);
    CHECK(look.anew[0].wanted.size() == 2);
    CHECK(look.anew[0].listeners[0] != one.pool.listeners[0]);
    CHECK(look.anew[0].listeners[1] == one.pool.listeners[0]);
    CHECK(connect_to(one.sandbox / "s").is_open());
}

TEST_CASE("a socket that cannot be bound anew is said once, tried ever more seldom, and bound once it can be") {
    OneSocket one;
    one.lose_file();
    std::filesystem::create_directory(one.sandbox / "s");
    const SocketsLook first = one.look(0s);
    CHECK(first.anew.empty());
    REQUIRE(first.complaint);
    CHECK(first.complaint->find(
              "a listening socket has lost its file, or was shut down, and another attempt follows: ") == 0);
    CHECK(first.complaint->find(one.sandbox / "s") != std::string::npos);
    CHECK_MESSAGE(!one.look(1s).complaint, "the same sentence again");
    std::filesystem::remove(one.sandbox / "s");
    CHECK_MESSAGE(one.look(2s + 999ms).anew.empty(), "after the second failure it waits for two seconds");
    CHECK(one.look(3s).anew.size() == 1);
}

TEST_CASE("new sockets that could not be taken into use are tried again later, and a success begins anew") {
    OneSocket one;
    one.lose_file();
    REQUIRE(one.look(0s).anew.size() == 1);
    CHECK(one.keeper.failed("pool shop: no memory", at(0s)));
    CHECK_FALSE(one.keeper.failed("pool shop: no memory", at(1s)));
    CHECK_MESSAGE(one.look(2s).anew.empty(), "its file went with the sockets that were not taken, but it is too early");
    one.keeper.served();
    CHECK(one.look(2s).anew.size() == 1);
    CHECK_MESSAGE(one.keeper.failed("pool shop: no memory", at(2s)), "it is news again");
}

TEST_CASE("one pool's socket that cannot be bound anew keeps back the others', so that all are taken or none") {
    OneSocket one, other;
    one.lose_file();
    other.lose_file();
    std::filesystem::create_directory(other.sandbox / "s");
    const SocketsLook look = one.keeper.look({one.pool, other.pool}, at(0s));
    CHECK(look.anew.empty());
    CHECK(look.complaint);
}
