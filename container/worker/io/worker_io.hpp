// A worker's epoll set, intake and connections at rest, put together: what comes in gets a slot, rests, moves to
// another worker, and leaves. None of the three knows another but epoll, which the other two use.
// All functions: any thread, but those that are marked; those that take a Connection only by its owner.
#pragma once

#include <atomic>
#include <functional>
#include <vector>

#include "worker/io/intake.hpp"
#include "worker/io/resting.hpp"

namespace hbnb::worker {

class WorkerIo {
  public:
    WorkerIo(const wire::WorkerSetup &setup, unsigned threads, const ErrorLog &log, wire::Scoreboard &board);
    Result<void> open();    // before any thread
    Result<void> listen();  // from now on connections come in
    // Where nothing can be served any more the process ends; this is done first. Set before any thread.
    void before_giving_up(std::function<void()> act) { before_giving_up_ = std::move(act); }

    Epoll &epoll() { return epoll_; }
    Intake &intake() { return intake_; }
    const Intake &intake() const { return intake_; }
    RestingConnections &resting() { return resting_; }
    wire::Scoreboard &board() const { return board_; }

    struct Event {
        Intake::Source source;
        Connection *connection = nullptr;  // claimed: the caller owns it. Then the source is none
    };
    // [handler] A worker of one thread asks the kernel for several events at once, and is given one after the other;
    // those it has not been given yet are the control thread's as well, which goes by the connections' words.
    Event wait(unsigned thread);

    // full: no slot; no_descriptor: none for one more. The intake is to be paused, unless the caller makes room.
    enum class Coming { came, nothing, full, no_descriptor, wake_token };
    struct Arrival {
        Coming outcome = Coming::nothing;
        Connection *connection = nullptr;
    };
    Arrival accept(std::size_t listener);
    Arrival take(QueueKind queue);
    Intake::Came accept_without_slot(std::size_t listener);
    void give_back(Connection &reserved);
    void pause(Intake::Want want);

    // Of a movable one. false: the queue is full, or there is none; it is still the caller's, out of epoll.
    [[nodiscard]] bool hand_over(Connection &connection, QueueKind queue, Moment since);

    // [control]
    void resume();  // where the intake is paused and there is room
    // Where nobody else of the pool takes what comes, the connections that have been idle longest make room. A worker
    // that has no descriptor for it, and no connection of its own, for waiting.age_max ends: what handlers have left
    // open comes back by nothing else.
    void make_room(Moment now);
    Result<void> renew_queues(const std::vector<Fd> &ends);  // none: there is no hand-off until the manager sends some
    void begin_drain(Moment now, bool hands_over);
    void drain_on(Moment now);

    void close_in_child();  // in a process that was forked off: everything of ours that is open, and nothing else

    bool is_draining() const { return draining_.load(std::memory_order_acquire); }
    bool hands_over() const { return hands_over_.load(std::memory_order_acquire); }  // draining, and others go on
    bool is_finished() const { return is_draining() && resting_.in_use() == 0; }  // nothing more to do: threads leave

  private:
    Coming reserve(Connection *&slot);  // came: it is ours
    [[noreturn]] void give_up_closed(const std::string &unable_to, int code) const;
    [[noreturn]] void give_up(const std::string &sentence) const;
    void accept_last(Moment now);
    void hand_over_movable(Moment now);
    void after_close();
    void wake_if_finished();

    const ErrorLog &log_;
    unsigned threads_;
    wire::Scoreboard &board_;
    std::function<void()> before_giving_up_ = [] {};
    Epoll epoll_;
    Intake intake_;
    RestingConnections resting_;
    std::atomic<bool> draining_{false}, hands_over_{false};
};

}  // namespace hbnb::worker
