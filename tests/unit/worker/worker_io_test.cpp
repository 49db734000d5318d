#include "worker/io/worker_io.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "base/clock.hpp"
#include "support/temp_dir.hpp"

using namespace hbnb;
using namespace hbnb::test;
using namespace hbnb::worker;

namespace {

Fd listening_at(const std::string &path) {
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0);
    REQUIRE(::listen(fd.get(), 8) == 0);
    return fd;
}

Fd listening_on_loopback() {
    Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0);
    REQUIRE(::listen(fd.get(), 8) == 0);
    return fd;
}

Fd connected_to(const Fd &listening) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(listening.get(), reinterpret_cast<sockaddr *>(&address), &size) == 0);
    Fd fd(::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(fd.get(), reinterpret_cast<const sockaddr *>(&address), size) == 0);
    return fd;
}

bool is_open(const Fd &one) { return ::fcntl(one.get(), F_GETFD) >= 0; }

}  // namespace

TEST_CASE(
    "a child that is forked while a thread has accepted, and has put it nowhere yet, does not hold the connection") {
    const TempDir dir;
    const Fd at_path = listening_at(dir / "s"), at_port = listening_on_loopback();
    wire::WorkerSetup setup;
    for (const Fd *one : {&at_path, &at_port}) {
        wire::ListenerSetup &listener = setup.listeners.emplace_back();
        listener.descriptor = one->get();
        listener.name = "unix:s";
        listener.any_uid = true;
    }
    Fd memory;
    auto board = wire::ScoreboardMapping::create(memory).value();
    const ErrorLog log(-1, LogLevel::error, board.board());
    WorkerIo io(setup, 1, log, board.board());
    REQUIRE(io.open().has_value());
    const Fd by_path = connected_to(at_path), by_port = connected_to(at_port), its_own = connected_to(at_port);
    const auto accepted = io.accept_without_slot(0), other = io.accept_without_slot(1);
    REQUIRE(accepted.socket.is_open());
    REQUIRE(other.socket.is_open());
    const pid_t child = ::fork();
    if (child == 0) {
        io.close_in_child();
        const bool holds = is_open(accepted.socket) || is_open(other.socket);
        const bool has_its_own = is_open(by_path) && is_open(by_port) && is_open(its_own);
        ::_exit(holds ? 1 : has_its_own ? 0 : 2);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK_MESSAGE(status == 0, status);
    CHECK(is_open(accepted.socket));
}

TEST_CASE(
    "a connection that was taken does not linger at its close, whatever a process that shares it has done since") {
    const Fd listening = listening_on_loopback();
    const Fd peer = connected_to(listening), shared(::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC));
    const auto waiting = wire::HandOffQueueEnds::make(16).value(), idle = wire::HandOffQueueEnds::make(16).value();
    Fd room_board, memory;
    const auto mapping = wire::PoolBoardMapping::create(room_board).value();
    wire::WorkerSetup setup;
    setup.hand_off = {waiting.in.get(), waiting.out.get(), idle.in.get(),
                      idle.out.get(),   room_board.get(),  std::chrono::seconds(1)};
    auto board = wire::ScoreboardMapping::create(memory).value();
    const ErrorLog log(-1, LogLevel::error, board.board());
    WorkerIo io(setup, 1, log, board.board());
    REQUIRE(io.open().has_value());
    REQUIRE(waiting.queue().send(shared.get(), {.since = monotonic_now()}));
    Connection *const taken = io.take(QueueKind::waiting).connection;
    REQUIRE(taken != nullptr);
    linger long_one{1, 600};
    REQUIRE(::setsockopt(shared.get(), SOL_SOCKET, SO_LINGER, &long_one, sizeof long_one) == 0);
    io.resting().close(*taken);
    socklen_t size = sizeof long_one;
    REQUIRE(::getsockopt(shared.get(), SOL_SOCKET, SO_LINGER, &long_one, &size) == 0);
    CHECK(long_one.l_onoff == 0);
}
