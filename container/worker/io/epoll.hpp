// What a worker's threads wait on together: one epoll set, a wake-up for all of them, and the control thread's bell. It
// knows descriptors and the tags they are watched under, and nothing of what they are.
// One handler thread: a descriptor is reported as long as it is readable, and the kernel is asked for several at once.
// Several threads: it is reported once, to one of them (EPOLLONESHOT), until it is watched again.
// All functions: any thread.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "base/error.hpp"
#include "base/fd.hpp"

namespace hbnb::worker {

// Of a connection it is its key; all others have the top bit.
using Tag = std::uint64_t;
inline constexpr Tag kNoConnection = 1ull << 63;
inline bool is_connection(Tag tag) { return (tag & kNoConnection) == 0; }

class Epoll {
  public:
    explicit Epoll(unsigned threads);
    Result<void> open();  // before any thread

    // true: it will be reported under its tag. false: it will not, and errno says why.
    // again: it is watched already, as far as its owner knows.
    bool watch(int descriptor, Tag tag, bool again) const;
    bool watch_shared(int descriptor, Tag tag) const;  // with other processes: one of those that wait is woken
    void forget(int descriptor) const;                 // whether it is watched or not
    bool is_one_shot() const { return turns_.size() > 1; }

    static constexpr Tag kNothing = ~Tag{0};  // what was reported is nobody's: all are woken, or a signal has come
    struct Waited {
        Tag tag = kNothing;
        int error = 0;  // there is nothing to wait on any more: errno
    };
    // [handler] One event. What the kernel has reported with it is given one after the other, at the next calls.
    Waited wait(unsigned thread);
    // What a thread would be told of next, at most `most` tags, without waiting. One-shot: no thread is told of it
    // then.
    std::vector<Tag> look(std::size_t most) const;

    // A thread's turn: even while it waits for an event, odd while it does not; it grows.
    std::uint64_t turn(unsigned thread) const { return turns_[thread].value.load(std::memory_order_seq_cst); }
    bool some_thread_waits() const;
    void wake_all() const;  // from now on no thread waits any more

    // [control] The bell is readable once it was rung: by hand, or by a thread that has got an event while it was to be
    // told.
    void ring() const;
    int bell() const { return bell_.get(); }
    void tell_of_events(bool tell) { tells_.store(tell, std::memory_order_seq_cst); }

    void close_in_child();

  private:
    static constexpr std::size_t kEventsAtOnce = 16;
    struct alignas(64) Turn {
        std::atomic<std::uint64_t> value{1};
        // The thread's own: what epoll has reported and the thread has not been given yet.
        std::array<epoll_event, kEventsAtOnce> events;
        std::size_t next = 0, end = 0;
    };
    int wait_for_events(Turn &turn);  // errno

    std::vector<Turn> turns_;  // by handler thread
    Fd epoll_, wake_, bell_;
    std::atomic<bool> tells_{false};
};

inline Epoll::Waited Epoll::wait(unsigned thread) {
    Turn &turn = turns_[thread];
    if (turn.next == turn.end) {
        if (const int code = wait_for_events(turn); code != 0) return {kNothing, code};
        if (turn.end == 0) return {};
    } else {
        turn.value.store(turn.value.load(std::memory_order_relaxed) + 2, std::memory_order_relaxed);
    }
    return {turn.events[turn.next++].data.u64, 0};
}

}  // namespace hbnb::worker
