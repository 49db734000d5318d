#include "worker/request/connection_server.hpp"

#include "base/clock.hpp"

namespace hbnb::worker {

ConnectionServer::ConnectionServer(Application &application, WorkerIo &io, unsigned number,
                                   std::vector<void *> instances)
    : application_(application),
      io_(io),
      stream_(application.setup.timeouts, application.setup.limits, application.watches[number]),
      responder_(application, number, std::move(instances), stream_) {}

void ConnectionServer::serve(Connection &connection, Purpose purpose) {
    stream_.attach(connection);
    for (;;) {
        const bool in_haste = purpose == Purpose::shed;
        const RequestStream::Head head = stream_.next_head(in_haste ? monotonic_now() + kShedTime : Moment{});
        if (!respond(head, purpose)) break;
        connection.waits_since = {};
        const bool idle = head == RequestStream::Head::incomplete;
        if (!idle) {
            connection.has_served = true;
            connection.rest_due.reset();
        }
        if (!idle && (stream_.has_input() || rest_state(connection) == ConnectionState::partial)) continue;
        const fcgi::Session &session = *connection.session;
        if (session.is_over() && session.stdin_ended()) break;
        if (settle(connection, idle) == Next::parked) return;
    }
    io_.resting().close(connection);
}

bool ConnectionServer::respond(RequestStream::Head head, Purpose purpose) {
    bool usable = true;
    switch (head) {
        case RequestStream::Head::request:
            usable = purpose == Purpose::shed ? responder_.shed() : responder_.serve();
            break;
        case RequestStream::Head::too_large: usable = responder_.refuse_head(); break;
        case RequestStream::Head::closed: usable = false; break;
        case RequestStream::Head::incomplete: break;
    }
    if (!stream_.problem().empty()) {
        application_.board.refused.fetch_add(1, std::memory_order_relaxed);
        if (const auto unsaid = application_.broken_streams.say(monotonic_now()))
            application_.error_log.write(LogLevel::warning,
                                         "connection closed: " + stream_.problem() + OnceASecond::and_more(*unsaid));
    }
    return usable;
}

ConnectionServer::Next ConnectionServer::settle(Connection &connection, bool idle) {
    const Moment now = idle ? monotonic_now() : responder_.ended();  // a look at the clock less
    if (io_.is_draining() && is_movable(rest_state(connection))) {
        if (io_.hands_over() && io_.hand_over(connection, QueueKind::idle, now)) return Next::parked;
        if (connection.has_served && !io_.hands_over()) {
            io_.resting().end_reading(
                connection);  // what was sent before this instant is answered, then the end is read
            return Next::read_again;
        }
    }
    return io_.resting().rest(connection, now) ? Next::parked : Next::read_again;
}

}  // namespace hbnb::worker
