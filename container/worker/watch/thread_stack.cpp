#include "worker/watch/thread_stack.hpp"

#include <execinfo.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>

namespace hbnb::worker {
namespace {

int stack_signal() { return SIGRTMIN + 6; }  // glibc keeps the first two for itself, and libraries like the next ones

// Of the notes: note(), on_signal() and the kernel's return from it stand before the frame that was interrupted.
constexpr std::size_t kOwnFrames = 3;

// A signal's handler is told a number and nothing else (what a sender could add, any process of our user can forge): so
// whose stack it is can only be the thread's.
thread_local ThreadStack *this_threads_stack = nullptr;

}  // namespace

Result<void> ThreadStack::prepare() {
    std::array<void *, 4> frames{};
    ::backtrace(frames.data(), static_cast<int>(frames.size()));  // the first call loads libgcc's unwinder
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigfillset(&action.sa_mask);
    if (::sigaction(stack_signal(), &action, nullptr) != 0) return os_error("prepare for taking stacks", errno);
    return {};
}

void ThreadStack::attach() {
    this_threads_stack = this;
    sigset_t own;
    sigemptyset(&own);
    sigaddset(&own, stack_signal());
    ::pthread_sigmask(SIG_UNBLOCK, &own, nullptr);
}

bool ThreadStack::ask(pthread_t thread) {
    if (state_.load(std::memory_order_acquire) == State::asked) return false;
    state_.store(State::asked, std::memory_order_release);
    if (::pthread_kill(thread, stack_signal()) == 0) return true;
    state_.store(State::idle, std::memory_order_release);
    return false;
}

bool ThreadStack::has_come() const { return state_.load(std::memory_order_acquire) == State::come; }

__attribute__((noinline)) void ThreadStack::on_signal(int) {
    const int code = errno;
    if (this_threads_stack != nullptr) this_threads_stack->note();
    errno = code;
}

__attribute__((noinline)) void ThreadStack::note() {
    if (state_.load(std::memory_order_acquire) != State::asked) return;
    const auto taken =
        static_cast<std::size_t>(std::max(0, ::backtrace(frames_.data(), static_cast<int>(frames_.size()))));
    const std::size_t own = std::min(taken, kOwnFrames);
    std::copy(frames_.begin() + own, frames_.begin() + taken, frames_.begin());
    count_ = taken - own;
    state_.store(State::come, std::memory_order_release);
}

}  // namespace hbnb::worker
