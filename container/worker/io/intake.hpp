// Where a worker's new work comes from: the listening sockets and the hand-off queues, shared with the other workers of
// its pool. It knows what may come in and whether the worker waits for it; what becomes of it is the caller's.
//
// The worker waits for the sources from begin() on, but while it is paused (its table is full, or it has no descriptor
// left), and never again after end(). A paused one counts looks at the sources: where something is seen there at
// kLooksForOthers of them, one after the other, nobody else of the pool takes what comes.
// All functions: any thread, but those that are marked.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "base/error.hpp"
#include "base/fd.hpp"
#include "wire/scoreboard.hpp"
#include "wire/worker_setup.hpp"
#include "worker/io/epoll.hpp"
#include "worker/io/hand_off_queues.hpp"
#include "worker/io/listener.hpp"

namespace hbnb::worker {

class Intake {
  public:
    // Fewer looks would see something by chance, where others do take what comes, and much comes.
    static constexpr unsigned kLooksForOthers = 25;

    Intake(const wire::WorkerSetup &setup, const ErrorLog &log, wire::Scoreboard &board, Epoll &epoll);
    Result<void> open();   // before any thread
    Result<void> begin();  // from now on it is waited for what comes
    void end(Moment now, unsigned threads);

    // Of a tag that epoll has reported.
    struct Source {
        enum class Kind { none, listener, queue } kind = Kind::none;
        std::size_t listener = 0;
        QueueKind queue = QueueKind::waiting;
    };
    static Source source_of(Tag tag);

    // wake_token: a message of a queue without a connection; all sources are to be looked at once. no_source: a plugin
    // has closed it.
    enum class What { nothing, connection, wake_token, no_descriptor, no_source };
    struct Came {
        What what = What::nothing;
        Fd socket;
        wire::HandOffQueue::Entry entry;  // who it is: of an accepted one is_unix and is_fresh only
    };
    Came accept(std::size_t listener);
    Came take(QueueKind queue, Moment now);
    bool has_descriptor() const;  // for one more; false is logged
    bool has_pending() const;     // something waits at a source
    // To another worker, through a queue. false: it is full, or there is none; nothing was sent.
    [[nodiscard]] bool send(QueueKind queue, int connection, const wire::HandOffQueue::Entry &entry) const;

    // It is waited for nothing until resume(). For want of a slot another worker is woken: who has just woken one of
    // our threads has woken nobody else. For want of a descriptor what comes in its place would come back to us for
    // ever.
    enum class Want { slot, descriptor };
    void pause(Moment now, Want want);
    void resume();
    bool is_paused() const { return paused_.load(std::memory_order_acquire); }
    // [control] One look. needs_room: nobody else of the pool takes what comes, and the worker has to. starved: so long
    // it has been seen that it could not for want of a descriptor; 0 while a slot is what it wants.
    struct Look {
        bool needs_room = false;
        Duration starved{};
    };
    Look look(Moment now, bool is_full);
    bool is_pressed() const { return looks_ > 0; }  // [control] something was seen there: look again soon

    void return_to_listeners();  // [control] from time to time: those that were shut down and are not any more
    // [control] The manager's new queues, in place of the old ones.
    Result<void> renew_queues(const std::vector<Fd> &ends);
    const HandOffQueues &queues() const { return queues_; }
    const Listeners &listeners() const { return listeners_; }

  private:
    Result<void> begin_locked();
    void stop_locked();
    void leave_ended();
    bool lacks_descriptors() const;

    const ErrorLog &log_;
    wire::Scoreboard &board_;
    Epoll &epoll_;
    Listeners listeners_;
    HandOffQueues queues_;
    std::mutex mutex_;
    bool is_watched_ = false, has_ended_ = false;
    unsigned looks_ = 0;                   // [control]
    Moment starved_since_, starved_seen_;  // [control]
    std::atomic<bool> paused_{false};
};

inline Intake::Source Intake::source_of(Tag tag) {
    if (tag == HandOffQueues::kWaitingTag) return {Source::Kind::queue, 0, QueueKind::waiting};
    if (tag == HandOffQueues::kIdleTag) return {Source::Kind::queue, 0, QueueKind::idle};
    if (tag == Epoll::kNothing || (tag & Listeners::kListenerTag) == 0) return {};
    return {Source::Kind::listener, static_cast<std::size_t>(tag & ~Listeners::kListenerTag), {}};
}

}  // namespace hbnb::worker
