#include "worker/io/reactor.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>

#include "base/clock.hpp"
#include "support/temp_dir.hpp"

using namespace hbnb;
using namespace hbnb::test;
using namespace hbnb::worker;

TEST_CASE("a connection that epoll does not take is told of, and is not waited for in silence") {
    const TempDir dir;
    wire::WorkerSetup setup;
    Fd memory;
    auto board = wire::ScoreboardMapping::create(memory).value();
    const Fd errors(::open((dir / "errors").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    const ErrorLog log(errors.get(), LogLevel::error, board.board());
    Reactor reactor(setup, 1, log, board.board());
    REQUIRE(reactor.open().has_value());
    Connection *const connection = reactor.reserve();
    REQUIRE(connection != nullptr);
    reactor.occupy(*connection, Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)), true);
    CHECK(reactor.park(*connection, ConnectionState::kept, monotonic_now()));
    CHECK(read_file(dir / "errors").find("unable to wait for a connection, which is closed") != std::string::npos);
}
