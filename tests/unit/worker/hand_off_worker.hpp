// One worker of a pool, in a process of its own, with the real WorkerIo, handler threads and control thread, but led by
// the test: a thread that has been woken, and a handler that has a request, each report it and go on when they are told
// to; the control thread ticks when it is told to. So a test chooses what happens between any two steps, and can kill a
// worker between them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "base/fd.hpp"
#include "wire/scoreboard.hpp"
#include "wire/worker_setup.hpp"

namespace hbnb::test {

struct WorkerReport {
    enum class What : std::uint32_t { woken, begun, ticked } what = What::woken;
    std::uint32_t thread = 0;
    std::uint32_t request = 0;  // begun: what its path says, /given/REQUEST
};

class HandOffWorker {
  public:
    explicit HandOffWorker(const wire::WorkerSetup &setup);  // one plugin, answers with the request's number
    HandOffWorker(HandOffWorker &&) noexcept = default;
    HandOffWorker &operator=(HandOffWorker &&) noexcept = default;
    ~HandOffWorker();  // kills

    std::optional<WorkerReport> read();  // what it has reported since; never waits
    int readable() const { return channel_.get(); }
    void go_on(std::uint32_t thread);
    void tick();  // its control thread; reported when done
    void drain(bool hand_over);
    bool has_left();  // by itself
    void kill();      // and waits for its end

    wire::ScoreboardSnapshot look() const;
    // Events that led to nothing: a few are races lost, many are somebody else's connection still in its epoll set.
    std::uint64_t vain_events() const;

  private:
    Fd channel_;
    std::vector<Fd> gates_;  // one a thread, an eventfd
    std::optional<wire::ScoreboardMapping> board_;
    pid_t pid_ = -1;
};

}  // namespace hbnb::test
