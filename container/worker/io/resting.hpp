// The connections at rest: which of a worker's connections rests where (worker/io/connection.hpp has the states), until
// when, and who may take it from there. One function says where a connection rests (rest_state), one lets it rest
// (rest), one closes it (close).
// At rest a connection is watched in the worker's epoll set under its key; its owner is the thread that claims it.
// All functions: any thread, those that take a Connection only by its owner, but those that are marked.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "wire/hand_off_queue.hpp"
#include "wire/scoreboard.hpp"
#include "wire/worker_setup.hpp"
#include "worker/error_log.hpp"
#include "worker/io/connection.hpp"
#include "worker/io/epoll.hpp"

namespace hbnb::worker {

bool is_readable(const Fd &socket);

class RestingConnections {
  public:
    static constexpr std::size_t kRoomMade = 64;  // at once

    RestingConnections(const wire::WorkerSetup &setup, const ErrorLog &log, wire::Scoreboard &board, Epoll &epoll);
    // After each connection's end here, on its last owner's thread. Set before any thread.
    void after_close(std::function<void()> act) { after_close_ = std::move(act); }

    std::size_t in_use() const { return table_.in_use(); }
    bool is_full() const { return in_use() >= limit_; }

    // A slot is reserved before its connection is accepted or taken. nullptr: full. Else it is opened, or given back.
    Connection *reserve() { return table_.reserve(); }
    void give_back(Connection &reserved);
    // As the entry says: it goes on as what it was. A worker's word is bounded: no time is longer than one that begins
    // now.
    void open(Connection &reserved, Fd socket, const wire::HandOffQueue::Entry &entry, Moment now);
    void close(Connection &connection);

    // Where rest_state says. false: something came meanwhile; it is still the caller's, which reads again.
    [[nodiscard]] bool rest(Connection &connection, Moment now);
    // The same by an owner that does not read: epoll tells again of what has come.
    void leave_at_rest(Connection &connection, Moment now);
    void put_back(Connection &connection);  // a claimed one, as it was
    // Its peer may send nothing more; what is queued is served, then the connection closes. shutdown(SHUT_RD) is the
    // one moment that decides whether a request was in time: its sender sees EPIPE, or has its answer.
    void end_reading(Connection &connection);
    // Of a movable one: out of epoll, and what a hand-off queue's message says of it.
    wire::HandOffQueue::Entry take_out(Connection &connection, Moment since);

    Connection *claim(ConnectionKey key) { return table_.claim(key); }
    // Where they move: all of them, or those between two requests only.
    std::vector<Connection *> claim_movable(bool fresh_as_well);
    std::optional<Moment> partial_since(ConnectionKey key) const { return table_.partial_since(key); }
    // Those that a thread would be told of next, at most `most`: claimed, but for partial ones where that takes no
    // event from the threads.
    struct Readable {
        std::vector<Connection *> claimed;
        std::vector<ConnectionKey> partial;
    };
    Readable look_at_readable(std::size_t most);

    // [control]
    void close_overdue(Moment now);
    void make_room(Moment now);  // those that have been idle longest end: what they were sent before is answered still
    void end_idle(Connection &connection, Moment now);  // claimed

    void close_in_child() { table_.close_in_child(); }

  private:
    bool watch(Connection &connection) const;
    void forget(Connection &connection) const;
    Moment deadline_of(Connection &connection, ConnectionState state, Moment now) const;
    void note_connections();

    const wire::RequestTimeouts &timeouts_;
    std::size_t limit_;
    const ErrorLog &log_;
    wire::Scoreboard &board_;
    Epoll &epoll_;
    std::function<void()> after_close_ = [] {};
    ConnectionTable table_;
};

}  // namespace hbnb::worker
