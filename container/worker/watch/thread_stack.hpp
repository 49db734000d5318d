// Where a thread of this process is, asked by another one: a signal sent to that thread alone makes it note the return
// addresses of its own stack and go on. No ptrace, no second process; the only thing that runs in the signal's handler
// is backtrace(3), which neither allocates nor locks once it has run (it has, in prepare()).
// A thread that blocks the signal, or a plugin that has taken the signal for itself, gives no stack: the thread that
// asks waits for has_come() no longer than it likes.
#pragma once

#include <pthread.h>

#include <array>
#include <atomic>
#include <span>

#include "base/error.hpp"

namespace hbnb::worker {

// One a thread; lives as long as that thread may be asked.
class ThreadStack {
  public:
    static Result<void> prepare();  // once a process, before any thread is asked
    void attach();                  // by the thread whose it is: it listens to the signal from now on

    bool ask(pthread_t thread);  // false: it has not answered an earlier question
    bool has_come() const;
    std::span<void *const> frames() const { return {frames_.data(), count_}; }  // has_come(): innermost first

  private:
    static void on_signal(int);
    void note();

    enum class State { idle, asked, come };
    std::atomic<State> state_{State::idle};
    std::size_t count_ = 0;
    std::array<void *, 64> frames_{};
};

}  // namespace hbnb::worker
