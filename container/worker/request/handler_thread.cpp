#include "worker/request/handler_thread.hpp"

#include "base/clock.hpp"

namespace hbnb::worker {
namespace {

// Who waits in the room comes first, but not always: in an overload the room is never empty, and a connection that is in the
// middle of a request, or of a body that nobody wanted, cannot be handed over; it waits for this worker's events.
constexpr unsigned kTakenMax = 3;

}  // namespace

HandlerThread::HandlerThread(Application &application, Reactor &reactor, unsigned number, std::vector<void *> instances)
    : application_(application),
      reactor_(reactor),
      number_(number),
      stream_(application.setup.timeouts, application.setup.limits, application.watches[number]),
      responder_(application, number, std::move(instances), stream_) {}

void HandlerThread::run() {
    application_.watches[number_].adopt();
    bool more_may_wait = false;
    unsigned taken = 0;  // from the room, since the last event
    while (!reactor_.is_finished()) {
        if (more_may_wait && taken < kTakenMax && !reactor_.is_draining()) {
            ++taken;
            more_may_wait = take(RoomKind::waiting);
        } else {
            taken = 0;
            more_may_wait = handle(reactor_.wait(number_));
        }
    }
}

bool HandlerThread::handle(const Reactor::Event &event) {
    switch (event.kind) {
        case Reactor::Event::Kind::none: return false;
        case Reactor::Event::Kind::listener: accept(event.listener); return false;
        case Reactor::Event::Kind::room: return take(event.room) && event.room == RoomKind::waiting;
        case Reactor::Event::Kind::connection: serve(*event.connection); return false;
    }
    return false;
}

void HandlerThread::accept(std::size_t listener) {
    const Reactor::Arrival arrival = reactor_.accept(listener);
    if (is_paused_for(arrival.outcome)) return;  // others of the pool may take what comes
    if (arrival.connection != nullptr) {
        serve(*arrival.connection);  // its request is there already, nearly always
    }
}

bool HandlerThread::take(RoomKind room) {
    Reactor::Arrival arrival = reactor_.take(room);
    if (is_paused_for(arrival.outcome)) return false;
    if (arrival.outcome == Reactor::Coming::nudged) look_around();
    if (arrival.connection != nullptr) serve(*arrival.connection);
    return arrival.outcome != Reactor::Coming::nothing;
}

bool HandlerThread::is_paused_for(Reactor::Coming outcome) {
    if (outcome == Reactor::Coming::full) reactor_.pause(monotonic_now(), Reactor::Want::slot);
    if (outcome == Reactor::Coming::no_descriptor) reactor_.pause(monotonic_now(), Reactor::Want::descriptor);
    return outcome == Reactor::Coming::full || outcome == Reactor::Coming::no_descriptor;
}

// Behind a nudge the waiting room is looked at next anyway.
void HandlerThread::look_around() {
    for (std::size_t listener = 0; listener < reactor_.listeners().count(); ++listener) accept(listener);
    const Reactor::Arrival kept = reactor_.take(RoomKind::kept);
    if (kept.connection != nullptr) serve(*kept.connection);
}

void HandlerThread::serve(Connection &connection, Purpose purpose) {
    stream_.attach(connection);
    for (;;) {
        const bool in_haste = purpose == Purpose::shed;
        const RequestStream::Head head = stream_.next_head(in_haste ? monotonic_now() + kShedTime : Moment{});
        bool usable = true;
        if (head == RequestStream::Head::request)
            usable = purpose == Purpose::shed ? responder_.shed() : responder_.serve();
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
        if (!idle && (stream_.has_input() || rest_state(connection) == ConnectionState::partial)) continue;
        const fcgi::Session &session = *connection.session;
        if (session.is_over() && session.stdin_ended()) break;
        if (settle(connection, idle) == Next::parked) return;
    }
    reactor_.close(connection);
}

HandlerThread::Next HandlerThread::settle(Connection &connection, bool idle) {
    const auto state = rest_state(connection);
    const Moment now = idle ? monotonic_now() : responder_.ended();  // a look at the clock less
    if (is_movable(state) && reactor_.is_draining() && !connection.reading_ended) {
        if (reactor_.hands_over() && reactor_.hand_over(connection, RoomKind::kept, now)) return Next::parked;
        if (state == ConnectionState::kept && !reactor_.hands_over()) {
            reactor_.end_reading(connection);  // what was sent before this instant is answered, then the end is read
            return Next::read_again;
        }
    }
    if (connection.reading_ended && !idle) return Next::read_again;
    return reactor_.park(connection, state, now) ? Next::parked : Next::read_again;
}

}  // namespace hbnb::worker
