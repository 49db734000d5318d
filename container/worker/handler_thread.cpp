#include "worker/handler_thread.hpp"

#include "base/clock.hpp"

namespace hbnb::worker {

HandlerThread::HandlerThread(Application &application, Reactor &reactor, unsigned number, std::vector<void *> instances)
    : application_(application),
      reactor_(reactor),
      stream_(application.setup.timeouts, application.setup.limits),
      responder_(application, number, std::move(instances), stream_) {}

void HandlerThread::run() {
    while (!reactor_.is_finished()) {
        const Reactor::Event event = reactor_.wait();
        switch (event.kind) {
            case Reactor::Event::Kind::none: break;
            case Reactor::Event::Kind::listener: accept(event.listener); break;
            case Reactor::Event::Kind::connection: serve(*event.connection); break;
        }
    }
}

void HandlerThread::accept(std::size_t listener) {
    Reactor::AcceptResult accepted = reactor_.accept(listener);
    if (accepted.outcome == Reactor::Accepting::full) {
        // Room is made by the connection that has been idle longest; where none is idle, others of the pool may accept.
        if (Connection *idle = reactor_.take_longest_kept()) {
            reactor_.end_reading(*idle);
            serve(*idle);
            return;  // the listener is still readable: the next event accepts
        }
        reactor_.pause_listening();
        return;
    }
    if (accepted.connection != nullptr) serve(*accepted.connection);  // its request is there already, nearly always
}

void HandlerThread::serve(Connection &connection) {
    stream_.attach(connection);
    for (;;) {
        const RequestStream::Head head = stream_.next_head();
        bool usable = true;
        if (head == RequestStream::Head::request) usable = responder_.serve();
        if (head == RequestStream::Head::too_large) usable = responder_.refuse_head();
        if (head == RequestStream::Head::closed) usable = false;
        if (!stream_.problem().empty()) {
            application_.board.refused.fetch_add(1, std::memory_order_relaxed);
            application_.error_log.write(LogLevel::warning, "connection closed: " + stream_.problem());
        }
        if (!usable) break;
        const bool idle = head == RequestStream::Head::incomplete;
        if (!idle) {
            connection.has_served = true;
            connection.rest_due.reset();
        }
        if (!idle && stream_.has_input()) continue;
        const fcgi::Session &session = *connection.session;
        if (session.is_over() && session.stdin_ended()) break;
        if (settle(connection, idle) == Next::parked) return;
    }
    reactor_.close(connection);
}

HandlerThread::Next HandlerThread::settle(Connection &connection, bool idle) {
    const fcgi::Session &session = *connection.session;
    const bool at_rest = session.is_at_rest() && connection.has_served;
    const auto state = session.is_over() ? ConnectionState::lingering
                       : at_rest         ? ConnectionState::kept
                                         : ConnectionState::partial;
    if (state == ConnectionState::kept && reactor_.is_draining() && !connection.reading_ended) {
        reactor_.end_reading(connection);  // what was sent before this instant is answered, then the end is read
        return Next::read_again;
    }
    if (connection.reading_ended && !idle) return Next::read_again;
    return reactor_.park(connection, state, monotonic_now()) ? Next::parked : Next::read_again;
}

}  // namespace hbnb::worker
