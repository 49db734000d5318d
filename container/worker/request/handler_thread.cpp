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
      server_(application, reactor, number, std::move(instances)) {}

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
        case Reactor::Event::Kind::connection: server_.answer(*event.connection); return false;
    }
    return false;
}

void HandlerThread::accept(std::size_t listener) {
    const Reactor::Arrival arrival = reactor_.accept(listener);
    if (is_paused_for(arrival.outcome)) return;  // others of the pool may take what comes
    if (arrival.connection != nullptr) {
        server_.answer(*arrival.connection);  // its request is there already, nearly always
    }
}

bool HandlerThread::take(RoomKind room) {
    Reactor::Arrival arrival = reactor_.take(room);
    if (is_paused_for(arrival.outcome)) return false;
    if (arrival.outcome == Reactor::Coming::nudged) look_around();
    if (arrival.connection != nullptr) server_.answer(*arrival.connection);
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
    if (kept.connection != nullptr) server_.answer(*kept.connection);
}

}  // namespace hbnb::worker
