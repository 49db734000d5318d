#include "worker/request/handler_thread.hpp"

namespace hbnb::worker {
namespace {

// What waits in the queue comes first, but not always: in an overload the queue is never empty, and a connection that
// is in the middle of a request, or of a body that nobody wanted, cannot be handed over; it waits for this worker's
// events.
constexpr unsigned kTakenMax = 3;

}  // namespace

HandlerThread::HandlerThread(Application &application, WorkerIo &io, unsigned number, std::vector<void *> instances)
    : application_(application), io_(io), number_(number), server_(application, io, number, std::move(instances)) {}

void HandlerThread::run() {
    application_.watches[number_].adopt();
    bool more_may_wait = false;
    unsigned taken = 0;  // from the queue, since the last event
    while (!io_.is_finished()) {
        if (more_may_wait && taken < kTakenMax && !io_.is_draining()) {
            ++taken;
            more_may_wait = take(QueueKind::waiting);
        } else {
            taken = 0;
            more_may_wait = handle(io_.wait(number_));
        }
    }
}

bool HandlerThread::handle(const WorkerIo::Event &event) {
    if (event.connection != nullptr) {
        server_.answer(*event.connection);
        return false;
    }
    switch (event.source.kind) {
        case Intake::Source::Kind::none: return false;
        case Intake::Source::Kind::listener: accept(event.source.listener); return false;
        case Intake::Source::Kind::queue: return take(event.source.queue) && event.source.queue == QueueKind::waiting;
    }
    return false;
}

void HandlerThread::accept(std::size_t listener) {
    const WorkerIo::Arrival arrival = io_.accept(listener);
    if (is_paused_for(arrival.outcome)) return;  // others of the pool may take what comes
    if (arrival.connection != nullptr) {
        server_.answer(*arrival.connection);  // its request is there already, nearly always
    }
}

bool HandlerThread::take(QueueKind queue) {
    WorkerIo::Arrival arrival = io_.take(queue);
    if (is_paused_for(arrival.outcome)) return false;
    if (arrival.outcome == WorkerIo::Coming::wake_token) look_around();
    if (arrival.connection != nullptr) server_.answer(*arrival.connection);
    return arrival.outcome != WorkerIo::Coming::nothing;
}

bool HandlerThread::is_paused_for(WorkerIo::Coming outcome) {
    if (outcome == WorkerIo::Coming::full) io_.pause(Intake::Want::slot);
    if (outcome == WorkerIo::Coming::no_descriptor) io_.pause(Intake::Want::descriptor);
    return outcome == WorkerIo::Coming::full || outcome == WorkerIo::Coming::no_descriptor;
}

// Behind a wake token the hand-off queue is looked at next anyway.
void HandlerThread::look_around() {
    for (std::size_t listener = 0; listener < io_.intake().listeners().count(); ++listener) accept(listener);
    const WorkerIo::Arrival idle = io_.take(QueueKind::idle);
    if (idle.connection != nullptr) server_.answer(*idle.connection);
}

}  // namespace hbnb::worker
