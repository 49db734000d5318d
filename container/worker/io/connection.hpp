// The connections of one worker, and who may touch each of them.
//
// A connection is one atomic word {serial, state}. Only the thread that moved it to `active` touches anything
// else of it; everybody else may only try to claim it, by compare-and-swap.
//
//   state       in epoll  meaning                                                     deadline (closed then)
//   free        no        the slot is unused                                          none
//   fresh       yes       nothing of a request has been read of it, and none was      timeouts.read, from the first
//                         answered: accepted, or asked for GET_VALUES only            wait on, in whatever worker
//   idle        yes       between two requests                                        timeouts.idle
//   partial     yes       part of a request's head has been read, or the rest of an   timeouts.read, from
//                         answered body is still coming                               the first wait on
//   lingering   yes       answered with keep = 0; the end of STDIN has not come yet   kLingerTime
//   active      perhaps   a thread owns it: reading, inside the handler, handing it   none here: limits of the request
//                         over, closing
//   ready       yes       active, and epoll has reported it meanwhile: its owner      none
//                         reads again instead of parking it
//   returning   one-shot: the control thread puts it back as it was: only epoll can   as before
//               not yet   bring a thread to claim it, so that it may be armed now
//
//   free -> active: accepted, or taken · active -> fresh, idle, partial, lingering: parked · these four -> active:
//   claimed (epoll reported it, or the control thread found it overdue, or drains) · active -> ready: reported while
//   owned · ready -> active: its owner has seen that · active, ready -> free: closed, or handed over; the serial grows.
// An event whose serial is not the slot's is ignored. A connection is armed in epoll BEFORE it is parked, while it is
// still owned, so that nobody arms a descriptor that another thread has closed; `ready` keeps the event that comes in
// between. The control thread, which would not read again, goes by `returning` instead: active -> returning, armed, ->
// as it was.
//
// fresh and idle are movable: no byte of a request is in this process, so the connection can be handed over as a
// descriptor, at any time, also while the worker drains. partial and active cannot move; a partial one that is readable
// while no thread of its worker waits for events is *held*: counted by the control thread, served here later. Handing
// over, by the owner of a claimed movable one: out of epoll, into a queue (wire/hand_off_queue.hpp), free, close; in
// this order, as the worker that takes it shares the open file with this one: a leftover in this epoll set would go on
// waking this worker for its requests. A refused one goes back into epoll and is parked. So a connection is in exactly
// one of: a word that is not `free` in one process, a message in a queue.
// The message says which of the two it is, and its deadline. So no clock begins anew by moving, and the worker that
// takes it parks it by its own state: a fresh one has the read limit, and is not shut for reading when that worker
// drains, as its peer may be about to send. With no worker to take it, it stays until its read limit.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/fd.hpp"
#include "base/moment.hpp"
#include "fcgi/session.hpp"

namespace hbnb::worker {

enum class ConnectionState : std::uint32_t { free, fresh, idle, partial, lingering, active, ready, returning };

inline bool is_movable(ConnectionState state) {
    return state == ConnectionState::fresh || state == ConnectionState::idle;
}

inline constexpr Duration kLingerTime = std::chrono::seconds(2);

struct ConnectionKey {
    std::uint32_t slot = 0;
    std::uint32_t serial = 0;
    std::uint64_t epoll_data() const { return std::uint64_t{serial} << 32 | slot; }  // serial's top bit is never set
    static ConnectionKey of_epoll_data(std::uint64_t data) {
        return {static_cast<std::uint32_t>(data), static_cast<std::uint32_t>(data >> 32)};
    }
};

struct Connection {
    std::atomic<std::uint64_t> word{0};        // serial << 32 | state
    std::atomic<std::int64_t> deadline_ns{0};  // of the parked states
    std::atomic<std::int64_t> parked_ns{0};    // since when it is parked: the longest-idle one is closed first

    // The owner's:
    ConnectionKey key;
    Fd socket;
    bool is_unix = false;
    bool is_registered = false;  // with epoll
    Moment waits_since{};        // its request came out of the hand-off queue, and waited there since; else Moment{}
    bool has_served = false;     // a request was answered here
    bool reading_ended = false;  // shutdown(SHUT_RD) was called: what is queued is the last
    bool was_taken = false;      // from a queue: some process of the pool may share its descriptor
    // Until when what it waits for has to be here, from the first wait for it on, in whatever worker that was; and the
    // state in which it waits so. Another state begins another time; a head that follows silence has what that left.
    std::optional<Moment> rest_due;
    ConnectionState rest_for = ConnectionState::free;
    std::optional<fcgi::Session> session;
};

// Where it rests. One that is shut for reading is partial: what is queued is its last, and it does not move.
inline ConnectionState rest_state(const Connection &connection) {
    const fcgi::Session &session = *connection.session;
    if (session.is_over()) return ConnectionState::lingering;
    if (!session.is_at_rest() || connection.reading_ended) return ConnectionState::partial;
    return connection.has_served ? ConnectionState::idle : ConnectionState::fresh;
}

class ConnectionTable {
  public:
    ConnectionTable(std::size_t limit, fcgi::SessionSettings session);

    // A slot is reserved before its connection is accepted or taken, so that none has to be thrown away for want of
    // one.
    Connection *reserve();  // nullptr: the table is full. The caller owns it, opens or closes it
    void open(Connection &reserved, Fd socket, bool is_unix);
    Connection *open(Fd socket, bool is_unix);  // both at once
    void close(Connection &connection);         // by its owner
    Connection *claim(
        ConnectionKey key);  // epoll reported it. nullptr: owned (it is ready then), or another one by now
    // By its owner, which has armed it. false: it is ready and still the caller's.
    [[nodiscard]] bool park(Connection &connection, ConnectionState state, Moment now, Moment deadline);
    // With the times it had before; in between its owner arms it, and owns it no more: key is from before.
    void begin_return(Connection &connection);
    void end_return(Connection &connection, ConnectionKey key, ConnectionState state);

    // all sockets, whichever thread owns them; without a lock, which nobody may be there to give back
    void close_in_child();

    std::size_t in_use() const { return in_use_.load(std::memory_order_seq_cst); }

    // [control] Claims each parked connection that `wanted` picks; the control thread owns them then.
    using Pick = std::function<bool(const Connection &, ConnectionState)>;
    std::vector<Connection *> claim_parked(const Pick &wanted);
    Connection *claim_longest_idle();              // any thread; nullptr: none is idle
    Connection *claim_movable(ConnectionKey key);  // any thread; nullptr: it is not that one any more, or cannot move
    std::optional<Moment> partial_since(
        ConnectionKey key) const;  // parked so; nullopt: not that one any more, or not so

  private:
    Connection *try_claim(Connection &connection, std::uint64_t word);
    Connection &at(std::uint32_t slot) const {
        return blocks_[slot / kBlock].load(std::memory_order_acquire)[slot % kBlock];
    }
    void add_slot();

    static constexpr std::size_t kBlock = 16;  // slots made at once

    std::size_t limit_;
    fcgi::SessionSettings session_;
    // Each begins as nullptr and is made once: an event's slot is found without the mutex.
    std::vector<std::atomic<Connection *>> blocks_;
    std::mutex mutex_;  // guards what follows
    std::vector<std::unique_ptr<Connection[]>> made_;
    std::uint32_t slots_ = 0;  // that have been in use
    std::vector<std::uint32_t> unused_;
    std::atomic<std::size_t> in_use_{0};
};

}  // namespace hbnb::worker
