#include "worker/io/resting.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace hbnb::worker {
namespace {

fcgi::SessionSettings session_settings(const wire::WorkerSetup &setup) {
    fcgi::SessionSettings settings;
    settings.params_bytes_max = setup.limits.params_bytes;
    settings.late_body_bytes_max = setup.limits.body_bytes + (1 << 20);
    settings.max_connections = setup.limits.connections;
    settings.max_requests = setup.limits.connections;
    return settings;
}

}  // namespace

bool is_readable(const Fd &socket) {
    pollfd one{socket.get(), POLLIN, 0};
    return ::poll(&one, 1, 0) > 0;
}

RestingConnections::RestingConnections(const wire::WorkerSetup &setup, const ErrorLog &log, wire::Scoreboard &board,
                                       Epoll &epoll)
    : timeouts_(setup.timeouts),
      limit_(setup.limits.connections),
      log_(log),
      board_(board),
      epoll_(epoll),
      table_(setup.limits.connections, session_settings(setup)) {}

// ---- coming and going

void RestingConnections::open(Connection &reserved, Fd socket, const wire::HandOffQueue::Entry &entry, Moment now) {
    table_.open(reserved, std::move(socket), entry.is_unix);
    note_connections();
    reserved.has_served = !entry.is_fresh;
    reserved.waits_since = entry.since;
    if (entry.due == Moment{}) return;
    reserved.rest_for = entry.is_fresh ? ConnectionState::fresh : ConnectionState::idle;
    reserved.rest_due = std::min(entry.due, now + (entry.is_fresh ? timeouts_.read : timeouts_.idle));
}

void RestingConnections::give_back(Connection &reserved) {
    table_.close(reserved);
    note_connections();
}

// Out of epoll by name: a descriptor's end takes it out only where no handler's child holds another.
// A plugin that shares a TCP socket with us, as it has sent it through a queue, may have made it linger since.
void RestingConnections::close(Connection &connection) {
    forget(connection);
    const linger none{};
    if (connection.was_taken) ::setsockopt(connection.socket.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
    table_.close(connection);
    note_connections();
    after_close_();
}

void RestingConnections::note_connections() { board_.connections.store(in_use(), std::memory_order_relaxed); }

// ---- resting

bool RestingConnections::rest(Connection &connection, Moment now) {
    if ((!connection.is_registered || epoll_.is_one_shot()) && !watch(connection)) {
        // Nobody would be told of what comes here: its peer shall see that at once. The slot is free at its deadline.
        log_.write(LogLevel::error, os_error("wait for a connection, which is closed", errno).message);
        ::shutdown(connection.socket.get(), SHUT_RDWR);
    }
    const ConnectionState state = rest_state(connection);
    return table_.park(connection, state, now, deadline_of(connection, state, now));
}

void RestingConnections::leave_at_rest(Connection &connection, Moment now) {
    while (!rest(connection, now)) {
    }
}

// What comes in drops gets no more time than what stops coming: from the first wait for it to its last byte. Nor does
// it get more by records that are no part of a request, or by moving to another worker.
Moment RestingConnections::deadline_of(Connection &connection, ConnectionState state, Moment now) const {
    if (state == ConnectionState::lingering) return now + kLingerTime;
    const bool is_late_head = state == ConnectionState::partial && connection.rest_for == ConnectionState::fresh;
    if (!connection.rest_due || (connection.rest_for != state && !is_late_head)) {
        connection.rest_due = now + (state == ConnectionState::idle ? timeouts_.idle : timeouts_.read);
        connection.rest_for = state;
    }
    return *connection.rest_due;
}

void RestingConnections::put_back(Connection &connection) {
    const ConnectionKey key = connection.key;
    const ConnectionState state = rest_state(connection);
    // Level-triggered, what is reported while it is ours is reported again; a thread may have such an event in hand.
    // One-shot, it may be another thread's from the moment on that it is watched: nothing of it is touched then.
    const bool again = connection.is_registered;
    const int socket = connection.socket.get();
    connection.is_registered = true;
    if (!epoll_.is_one_shot() && !again) epoll_.watch(socket, key.epoll_data(), again);
    table_.begin_return(connection);
    if (epoll_.is_one_shot()) epoll_.watch(socket, key.epoll_data(), again);
    table_.end_return(connection, key, state);
}

bool RestingConnections::watch(Connection &connection) const {
    const bool again = connection.is_registered;
    connection.is_registered = true;
    return epoll_.watch(connection.socket.get(), connection.key.epoll_data(), again);
}

void RestingConnections::forget(Connection &connection) const {
    if (connection.is_registered) epoll_.forget(connection.socket.get());
    connection.is_registered = false;
}

void RestingConnections::end_reading(Connection &connection) {
    connection.reading_ended = true;
    ::shutdown(connection.socket.get(), SHUT_RD);
}

wire::HandOffQueue::Entry RestingConnections::take_out(Connection &connection, Moment since) {
    forget(connection);
    const ConnectionState state = rest_state(connection);
    return {since, 0, connection.is_unix, state == ConnectionState::fresh, deadline_of(connection, state, since)};
}

// ---- claiming

std::vector<Connection *> RestingConnections::claim_movable(bool fresh_as_well) {
    return table_.claim_parked([&](const Connection &, ConnectionState state) {
        return state == ConnectionState::idle || (state == ConnectionState::fresh && fresh_as_well);
    });
}

RestingConnections::Readable RestingConnections::look_at_readable(std::size_t most) {
    Readable readable;
    for (const Tag tag : epoll_.look(most)) {
        if (!is_connection(tag)) continue;
        // One-shot: the event is ours now, whatever state the connection is in.
        const auto key = ConnectionKey::of_epoll_data(tag);
        Connection *mine = epoll_.is_one_shot() ? table_.claim(key) : table_.claim_movable(key);
        if (mine != nullptr)
            readable.claimed.push_back(mine);
        else if (table_.partial_since(key))
            readable.partial.push_back(key);
    }
    return readable;
}

// ---- ending

void RestingConnections::close_overdue(Moment now) {
    const auto overdue = table_.claim_parked([&](const Connection &connection, ConnectionState) {
        return connection.deadline_ns.load(std::memory_order_relaxed) <= now.since_boot.count();
    });
    for (Connection *connection : overdue) {
        const bool readable = is_readable(connection->socket);
        const ConnectionState state = rest_state(*connection);
        const bool ends_well = state == ConnectionState::idle || (state == ConnectionState::fresh && readable);
        if (readable && !epoll_.some_thread_waits()) {
            put_back(*connection);  // it has said something in time, and nobody could listen
        } else if (ends_well) {
            end_idle(*connection, now);
        } else {
            close(*connection);
        }
    }
}

void RestingConnections::make_room(Moment now) {
    for (std::size_t i = 0; i < kRoomMade; ++i) {
        Connection *idle = table_.claim_longest_idle();
        if (idle == nullptr) return;
        end_idle(*idle, now);
    }
}

// Readable from now on: a handler thread serves what is queued, and closes it.
void RestingConnections::end_idle(Connection &connection, Moment now) {
    end_reading(connection);
    leave_at_rest(connection, now);
}

}  // namespace hbnb::worker
