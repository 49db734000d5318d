#include "manager/sockets/backlog.hpp"

#include <vector>

#include "unit/manager/sandbox.hpp"

using namespace hbnb;
using namespace hbnb::manager;
using namespace hbnb::test;

TEST_CASE("the connections that nobody has accepted are counted exactly") {
    const Sandbox sandbox;
    auto backlog = Backlog::open();
    REQUIRE(backlog);
    const Fd listening = bind_at(sandbox / "s", true);
    std::vector<Fd> clients;
    for (unsigned expected = 0; expected < 6; ++expected) {
        CHECK(backlog->waiting(listening.get()).value() == expected);
        clients.push_back(connect_to(sandbox / "s"));
        REQUIRE(clients.back().is_open());
    }
    const Fd accepted(::accept(listening.get(), nullptr, nullptr));
    CHECK(backlog->waiting(listening.get()).value() == 5);
}

TEST_CASE("two listening sockets are told apart") {
    const Sandbox sandbox;
    auto backlog = Backlog::open();
    REQUIRE(backlog);
    const Fd one = bind_at(sandbox / "1", true), two = bind_at(sandbox / "2", true);
    const Fd client = connect_to(sandbox / "2");
    CHECK(backlog->waiting(one.get()).value() == 0);
    CHECK(backlog->waiting(two.get()).value() == 1);
}

TEST_CASE("what is no Unix socket is an error, and the next question is answered") {
    const Sandbox sandbox;
    auto backlog = Backlog::open();
    REQUIRE(backlog);
    CHECK_FALSE(backlog->waiting(0x7ffffff));
    const Fd pipe_like(::dup(0));
    CHECK_FALSE(backlog->waiting(pipe_like.get()));
    const Fd listening = bind_at(sandbox / "s", true);
    CHECK(backlog->waiting(listening.get()).value() == 0);
}
