#include "manager/host/loop.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <type_traits>

namespace hbnb::manager {

namespace asio = boost::asio;
using boost::system::error_code;

// Moments are handed to asio as they are.
static_assert(std::is_same_v<std::chrono::steady_clock::duration, Duration> && std::chrono::steady_clock::is_steady,
              "steady_clock is CLOCK_MONOTONIC in nanoseconds");

Loop::Loop() : context_(std::make_unique<asio::io_context>(1)) {}
Loop::~Loop() = default;

void Loop::run() {
    const auto keep_running = asio::make_work_guard(*context_);
    context_->run();
}

void Loop::stop() { context_->stop(); }
void Loop::post(std::function<void()> callback) { asio::post(*context_, std::move(callback)); }
asio::io_context &Loop::context() { return *context_; }

struct Watch::State : std::enable_shared_from_this<Watch::State> {
    State(Loop &loop, int fd, std::function<void()> callback)
        : descriptor(loop.context(), fd), readable(std::move(callback)) {}

    void arm() {
        descriptor.async_wait(asio::posix::descriptor_base::wait_read, [self = shared_from_this()](error_code error) {
            if (error || !self->wanted) return;
            self->readable();
            if (self->wanted) self->arm();
        });
    }

    asio::posix::stream_descriptor descriptor;
    std::function<void()> readable;
    bool wanted = true;
};

Watch::Watch(Loop &loop, int fd, std::function<void()> readable)
    : state_(std::make_shared<State>(loop, fd, std::move(readable))) {
    state_->arm();
}

Watch::Watch(Watch &&other) noexcept = default;

Watch &Watch::operator=(Watch &&other) noexcept {
    std::swap(state_, other.state_);
    return *this;
}

Watch::~Watch() {
    if (!state_) return;
    state_->wanted = false;
    state_->descriptor.release();  // it is not ours to close
}

struct Timer::State {
    explicit State(Loop &loop) : timer(loop.context()) {}
    asio::steady_timer timer;
    std::function<void()> callback;
    std::uint64_t setting = 0;  // a wait whose time had come already cannot be cancelled: it must see that it is old
};

Timer::Timer(Loop &loop) : state_(std::make_shared<State>(loop)) {}

Timer::~Timer() { cancel(); }

void Timer::at(Moment moment, std::function<void()> callback) {
    state_->callback = std::move(callback);
    const std::uint64_t setting = ++state_->setting;
    state_->timer.expires_at(std::chrono::steady_clock::time_point(moment.since_boot));
    state_->timer.async_wait([state = state_, setting](error_code error) {
        if (error || setting != state->setting) return;
        const auto run = std::move(state->callback);  // it may set the timer again, or end it
        run();
    });
}

void Timer::cancel() {
    ++state_->setting;
    state_->timer.cancel();
}

struct Signals::State : std::enable_shared_from_this<Signals::State> {
    State(Loop &loop, const std::vector<int> &numbers, std::function<void(int)> on_signal)
        : set(loop.context()), callback(std::move(on_signal)) {
        for (const int number : numbers) set.add(number);
    }

    void arm() {
        set.async_wait([self = shared_from_this()](error_code error, int number) {
            if (error || !self->wanted) return;
            self->callback(number);
            if (self->wanted) self->arm();
        });
    }

    asio::signal_set set;
    std::function<void(int)> callback;
    bool wanted = true;
};

Signals::Signals(Loop &loop, const std::vector<int> &numbers, std::function<void(int)> callback)
    : state_(std::make_shared<State>(loop, numbers, std::move(callback))) {
    state_->arm();
}

Signals::~Signals() {
    state_->wanted = false;
    state_->set.cancel();
}

}  // namespace hbnb::manager
