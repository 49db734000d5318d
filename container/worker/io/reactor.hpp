// What a worker's threads wait on together: one epoll set with the doors (listening sockets and the waiting room), the
// parked connections and a wake-up. One handler thread: connections are level-triggered; several: EPOLLONESHOT, armed
// again whenever one is parked.
// The doors are taken out of epoll while the worker cannot take a connection (its table is full, no descriptors left) or
// will not (draining).
// All functions: any thread, but those that take a Connection only by its owner.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/fd.hpp"
#include "wire/scoreboard.hpp"
#include "wire/worker_setup.hpp"
#include "worker/io/connection.hpp"
#include "worker/io/listener.hpp"
#include "worker/io/rooms.hpp"

namespace hbnb::worker {

bool is_readable(const Fd &socket);

class Reactor {
  public:
    Reactor(const wire::WorkerSetup &setup, unsigned threads, const ErrorLog &log, wire::Scoreboard &board);
    Result<void> open();    // epoll and the wake-up; before any thread
    Result<void> listen();  // from now on connections come in
    void before_giving_up(std::function<void()> act) { before_giving_up_ = std::move(act); }  // before any thread

    struct Event {
        enum class Kind { none, listener, room, connection } kind = Kind::none;
        std::size_t listener = 0;
        RoomKind room = RoomKind::waiting;
        Connection *connection = nullptr;  // claimed: the caller owns it
    };
    // [handler] One event. A worker of one thread asks the kernel for several at once, and is given one after the other;
    // those it has not been given yet are the steward's as well, who goes by the connections' words.
    Event wait(unsigned thread);

    // What comes in. full: no slot or no descriptor; the doors are closed unless the caller makes room.
    // nudged: a message of the waiting room without a connection; all doors are to be looked at once.
    enum class Coming { came, nothing, full, no_descriptor, nudged };
    struct Arrival {
        Coming outcome = Coming::nothing;
        Connection *connection = nullptr;
    };
    Arrival accept(std::size_t listener);
    Arrival take(RoomKind room);
    bool has_descriptor() const;  // for one more; false is logged
    enum class Want { slot, descriptor };
    void pause(Moment now, Want want);  // the doors are closed until there may be room

    // false: something came meanwhile; it is still the caller's, who reads again.
    [[nodiscard]] bool park(Connection &connection, ConnectionState state, Moment now);
    void close(Connection &connection);
    // The peer may send nothing more; what is queued is served, then the connection closes. shutdown(SHUT_RD) is the one
    // moment that decides whether a request was in time: its sender sees EPIPE, or has its answer.
    void end_reading(Connection &connection);
    // Of a movable one. false: the room is full, or there is none; it is still the caller's, out of epoll.
    [[nodiscard]] bool hand_over(Connection &connection, RoomKind room, Moment since);

    // [steward]
    void close_overdue(Moment now);
    void resume();  // where it was paused and there is room
    bool is_paused() const { return paused_.load(std::memory_order_acquire); }
    // Where nobody else of the pool takes who waits at the doors, the connections that have been idle longest make room for
    // them: what was sent there before this instant is answered still. A worker that has no descriptor for them, and no
    // connection of its own, for waiting.age_max ends: what handlers have left open comes back by nothing else.
    void make_room(Moment now);
    bool is_pressed() const { return looks_ > 0; }  // [steward] somebody waits there: look again soon
    void begin_drain(Moment now, bool hands_over);
    bool has_pending() const;  // somebody waits at the doors
    const Rooms &rooms() const { return rooms_; }
    wire::Scoreboard &board() const { return board_; }
    const Listeners &listeners() const { return listeners_; }
    Listeners::Accepted accept_one(std::size_t listener);  // into no slot
    // What has just been accepted; on false it is still the caller's.
    [[nodiscard]] bool hand_on(const Listeners::Accepted &accepted, Moment since);
    void drain_on(Moment now);
    // [steward] The manager's new hand-off queues; none: there is no hand-off until it sends some.
    Result<void> renew_rooms(const std::vector<Fd> &ends);
    Connection *reserve() { return table_.reserve(); }  // nullptr: full. For occupy(), or
    void give_back(Connection &reserved);
    void occupy(Connection &reserved, Fd socket, bool is_unix);
    void adopt(Connection &reserved, wire::Room::Take taken, Moment now);  // what has come out of a room
    Connection *claim(ConnectionKey key) { return table_.claim(key); }
    // The parked connections that a thread would be told of next, at most `most`: claimed, but for partial ones where that
    // takes no event from the threads.
    struct Readable {
        std::vector<Connection *> claimed;
        std::vector<ConnectionKey> partial;
    };
    Readable look_at_readable(std::size_t most);
    std::optional<Moment> partial_since(ConnectionKey key) const { return table_.partial_since(key); }
    void put_back(Connection &connection);  // a claimed one, as it was
    // A thread's turn: even while it waits for an event, odd while it does not; it grows.
    std::uint64_t turn(unsigned thread) const { return turns_[thread].value.load(std::memory_order_seq_cst); }
    void rest_steward(bool resting) { steward_rests_.store(resting, std::memory_order_seq_cst); }
    int steward_bell() const { return bell_.get(); }  // readable: a thread has something to do, and the steward rested

    void close_in_child();  // in a process that was forked off: everything of ours that is open, and nothing else

    bool is_draining() const { return draining_.load(std::memory_order_acquire); }
    bool hands_over() const { return hands_over_.load(std::memory_order_acquire); }  // draining, and others go on
    bool is_finished() const { return is_draining() && table_.in_use() == 0; }  // nothing more to do: threads leave

  private:
    Coming reserve(Connection *&slot);  // came: it is ours
    bool is_full() const { return table_.in_use() >= setup_.limits.connections; }
    static constexpr std::size_t kEventsAtOnce = 16;
    struct alignas(64) Turn {
        std::atomic<std::uint64_t> value{1};
        // The thread's own: what epoll has reported and the thread has not been given yet.
        std::array<epoll_event, kEventsAtOnce> events;
        std::size_t next = 0, end = 0;
    };

    void wait_for_events(Turn &turn);
    Event event_of(const epoll_event &event);
    struct Arming {
        int socket, operation;
        epoll_event event;
    };
    Arming arming_of(Connection &connection) const;  // by its owner, while it is nobody else's
    bool arm(Arming arming) const;                   // false: nobody will be told of what comes; errno
    void leave_epoll(Connection &connection);
    Moment deadline_of(Connection &connection, ConnectionState state, Moment now) const;
    [[noreturn]] void give_up_closed(const std::string &unable_to, int code) const;
    [[noreturn]] void give_up(const std::string &sentence) const;
    bool lacks_descriptors() const;
    void note_starved(Moment now);
    void accept_last(Moment now);
    void wake_all();
    void note_connections();
    Result<void> open_doors();
    Result<void> open_doors_locked();
    void close_doors_locked();
    bool some_thread_waits() const;
    void leave_ended_rooms();
    void end_kept(Connection &connection, Moment now);
    void hand_over_movable(Moment now);

    const wire::WorkerSetup &setup_;
    const ErrorLog &log_;
    unsigned threads_;
    bool one_shot_;  // several handler threads
    wire::Scoreboard &board_;
    std::function<void()> before_giving_up_ = [] {};
    Listeners listeners_;
    Rooms rooms_;
    ConnectionTable table_;
    std::vector<Turn> turns_;
    Fd epoll_, wake_, bell_;
    std::mutex doors_mutex_;
    bool doors_open_ = false, leaving_ = false;  // leaving: they stay closed
    unsigned looks_ = 0;                         // [steward] that have seen somebody at the doors while paused
    Moment starved_since_, starved_seen_;        // [steward] somebody waited there, and no descriptor was left
    std::atomic<bool> draining_{false}, hands_over_{false}, paused_{false}, steward_rests_{false};
};

}  // namespace hbnb::worker
