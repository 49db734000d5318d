// The manager's one event loop, and the three things the rest of the manager waits for with it: a readable descriptor,
// a moment, a signal. One thread: every callback runs inside Loop::run(), and nothing in a callback may block. Only
// loop.cpp, process.cpp and control_server.cpp see Boost.Asio.
//
// Watch, Timer and Signals end silently: after the destructor (which a callback may run) no callback comes any more.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/moment.hpp"

namespace boost::asio {
class io_context;
}

namespace hbnb::manager {

// Owned by main; outlives everything that is made with it.
class Loop {
  public:
    Loop();
    ~Loop();
    Loop(const Loop &) = delete;
    Loop &operator=(const Loop &) = delete;

    void run();  // until stop(); what a callback throws comes out of here
    void stop();
    void post(std::function<void()> callback);  // runs later, never inside the caller
    boost::asio::io_context &context();

  private:
    std::unique_ptr<boost::asio::io_context> context_;
};

// Calls back while `fd` is readable (or at its end). The descriptor stays the caller's and must outlive the watch.
class Watch {
  public:
    Watch() = default;
    Watch(Loop &loop, int fd, std::function<void()> readable);
    Watch(Watch &&) noexcept;
    Watch &operator=(Watch &&) noexcept;
    ~Watch();
    bool is_on() const { return state_ != nullptr; }

  private:
    struct State;
    std::shared_ptr<State> state_;  // shared with the wait in flight, which outlives the watch by a moment
};

class Timer {
  public:
    explicit Timer(Loop &loop);
    Timer(const Timer &) = delete;
    Timer &operator=(const Timer &) = delete;
    ~Timer();

    void at(Moment moment, std::function<void()> callback);  // replaces what was set before
    void cancel();

  private:
    struct State;
    std::shared_ptr<State> state_;  // as Watch
};

class Signals {
  public:
    Signals(Loop &loop, const std::vector<int> &numbers, std::function<void(int)> callback);
    Signals(const Signals &) = delete;
    Signals &operator=(const Signals &) = delete;
    ~Signals();

  private:
    struct State;
    std::shared_ptr<State> state_;  // as Watch
};

}  // namespace hbnb::manager
