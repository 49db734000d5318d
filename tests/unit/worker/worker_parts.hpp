// What a worker's parts stand on in a test of one of them: a setup, a scoreboard, and an error log that can be read.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <optional>
#include <string>

#include "base/fd.hpp"
#include "support/temp_dir.hpp"
#include "wire/hand_off_queue.hpp"
#include "wire/scoreboard.hpp"
#include "wire/worker_setup.hpp"
#include "worker/error_log.hpp"

namespace hbnb::test {

struct SocketPair {
    SocketPair() {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
        near = Fd(ends[0]);
        far = Fd(ends[1]);
    }
    Fd near, far;
};

struct WorkerGround {
    WorkerGround()
        : board(wire::ScoreboardMapping::create(board_file).value()),
          error_file(::open((dir / "errors").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)),
          log(error_file.get(), LogLevel::debug, board.board()) {}
    std::string errors() const { return read_file(dir / "errors"); }

    TempDir dir;
    Fd board_file;
    wire::ScoreboardMapping board;
    Fd error_file;
    worker::ErrorLog log;
    wire::WorkerSetup setup;
};

// A pool's two hand-off queues, and its page.
struct Queues {
    Queues() : board(wire::PoolBoardMapping::create(board_file).value()) {}
    wire::HandOffSetup setup() const {
        return {waiting.in.get(), waiting.out.get(), idle.in.get(),
                idle.out.get(),   board_file.get(),  std::chrono::seconds(5)};
    }
    Fd board_file;
    wire::HandOffQueueEnds waiting = wire::HandOffQueueEnds::make(64).value(),
                           idle = wire::HandOffQueueEnds::make(64).value();
    wire::PoolBoardMapping board;
};

}  // namespace hbnb::test
