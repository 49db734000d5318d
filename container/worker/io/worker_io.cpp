#include "worker/io/worker_io.hpp"

#include <unistd.h>

#include <cerrno>

#include "base/clock.hpp"
#include "wire/messages.hpp"

namespace hbnb::worker {

WorkerIo::WorkerIo(const wire::WorkerSetup &setup, unsigned threads, const ErrorLog &log, wire::Scoreboard &board)
    : log_(log),
      threads_(threads),
      board_(board),
      epoll_(threads),
      intake_(setup, log, board, epoll_),
      resting_(setup, log, board, epoll_) {
    resting_.after_close([this] { after_close(); });
}

Result<void> WorkerIo::open() {
    if (auto opened = epoll_.open(); !opened) return opened;
    return intake_.open();
}

Result<void> WorkerIo::listen() { return intake_.begin(); }

WorkerIo::Event WorkerIo::wait(unsigned thread) {
    const auto [tag, error] = epoll_.wait(thread);
    if (error != 0) give_up_closed("wait for requests", error);
    if (is_connection(tag)) return {{}, resting_.claim(ConnectionKey::of_epoll_data(tag))};
    return {Intake::source_of(tag), nullptr};
}

// A plugin has closed descriptors that are ours.
void WorkerIo::give_up_closed(const std::string &unable_to, int code) const {
    give_up(os_error(unable_to, code).message + "; has a handler closed what is not its own?");
}

// Nothing can be served here any more, and the manager starts another.
void WorkerIo::give_up(const std::string &sentence) const {
    log_.write(LogLevel::error, sentence);
    before_giving_up_();
    ::_exit(wire::kExitBroken);
}

// ---- coming in

// The slot first, then the look whether we leave: so either we see that, or the thread that makes us leave sees the
// slot in use, and nothing comes in after is_finished().
WorkerIo::Coming WorkerIo::reserve(Connection *&slot) {
    slot = resting_.reserve();
    if (slot == nullptr) return Coming::full;
    if (!draining_.load(std::memory_order_seq_cst)) return Coming::came;
    give_back(*slot);
    if (intake_.queues().are_on())
        intake_.queues().send_wake_tokens(monotonic_now(), 1);  // what has woken us is for another worker
    return Coming::nothing;
}

void WorkerIo::give_back(Connection &reserved) {
    resting_.give_back(reserved);
    wake_if_finished();
}

WorkerIo::Arrival WorkerIo::accept(std::size_t listener) {
    Connection *slot = nullptr;
    if (const Coming may = reserve(slot); may != Coming::came) return {may, nullptr};
    auto came = accept_without_slot(listener);
    if (came.what != Intake::What::connection) {
        give_back(*slot);
        return {came.what == Intake::What::no_descriptor ? Coming::no_descriptor : Coming::nothing, nullptr};
    }
    resting_.open(*slot, std::move(came.socket), came.entry, Moment{});
    return {Coming::came, slot};
}

Intake::Came WorkerIo::accept_without_slot(std::size_t listener) {
    auto came = intake_.accept(listener);
    if (came.what == Intake::What::no_source) give_up_closed("accept a connection", EBADF);
    return came;
}

WorkerIo::Arrival WorkerIo::take(QueueKind queue) {
    Connection *slot = nullptr;
    if (const Coming may = reserve(slot); may != Coming::came) return {may, nullptr};
    if (!intake_.has_descriptor()) {
        give_back(*slot);
        return {Coming::no_descriptor, nullptr};
    }
    const Moment now = monotonic_now();
    auto came = intake_.take(queue, now);
    if (came.what != Intake::What::connection) {
        give_back(*slot);
        return {came.what == Intake::What::wake_token ? Coming::wake_token : Coming::nothing, nullptr};
    }
    resting_.open(*slot, std::move(came.socket), came.entry, now);
    slot->was_taken = true;
    if (queue == QueueKind::idle) slot->waits_since = {};  // it was between two requests
    return {Coming::came, slot};
}

void WorkerIo::pause(Intake::Want want) {
    if (want == Intake::Want::slot && !resting_.is_full()) return;  // one has become free meanwhile
    intake_.pause(monotonic_now(), want);
}

void WorkerIo::resume() {
    if (intake_.is_paused() && !resting_.is_full()) intake_.resume();
}

void WorkerIo::make_room(Moment now) {
    const Intake::Look look = intake_.look(now, resting_.is_full());
    if (!look.needs_room) return;
    resting_.make_room(now);
    if (look.starved > intake_.queues().age_max() && resting_.in_use() == 0 && !is_draining())
        give_up(os_error("accept a connection, though this worker has none", EMFILE).message +
                "; do handlers leave files open?");
}

Result<void> WorkerIo::renew_queues(const std::vector<Fd> &ends) {
    if (!ends.empty()) return intake_.renew_queues(ends);
    hands_over_.store(false, std::memory_order_release);  // nobody would take what is handed over
    return {};
}

// ---- going

bool WorkerIo::hand_over(Connection &connection, QueueKind queue, Moment since) {
    if (!intake_.send(queue, connection.socket.get(), resting_.take_out(connection, since))) {
        board_.kept_back.fetch_add(1, std::memory_order_relaxed);
        return false;
    }
    resting_.close(connection);
    return true;
}

void WorkerIo::after_close() {
    resume();
    wake_if_finished();
}

void WorkerIo::wake_if_finished() {
    if (is_finished()) epoll_.wake_all();
}

// What has woken one of our threads just before the intake ended has woken no other, and would wait for the next to
// come: one a thread.
void WorkerIo::accept_last(Moment now) {
    for (std::size_t listener = 0; listener < intake_.listeners().count(); ++listener) {
        for (unsigned i = 0; i < threads_; ++i) {
            const bool may_wait = intake_.listeners().may_wait(listener);
            Connection *connection = may_wait ? nullptr : accept(listener).connection;
            if (connection == nullptr) break;
            const QueueKind queue = is_readable(connection->socket) ? QueueKind::waiting : QueueKind::idle;
            if (hands_over() && hand_over(*connection, queue, now)) continue;
            resting_.leave_at_rest(*connection, now);
        }
    }
}

void WorkerIo::begin_drain(Moment now, bool hands_over) {
    hands_over_.store(hands_over && intake_.queues().are_on(), std::memory_order_release);
    intake_.end(now, threads_);
    accept_last(now);
    draining_.store(true, std::memory_order_seq_cst);
    board_.draining.store(1, std::memory_order_relaxed);
    hand_over_movable(now);
    wake_if_finished();
}

void WorkerIo::hand_over_movable(Moment now) {
    for (Connection *connection : resting_.claim_movable(hands_over())) {
        const QueueKind queue = is_readable(connection->socket) ? QueueKind::waiting : QueueKind::idle;
        if (hands_over() && hand_over(*connection, queue, now)) continue;
        hands_over() ? resting_.put_back(*connection)
                     : resting_.end_idle(*connection, now);  // the queue will have space
    }
}

// One that was in a request when the others were handed over may have rested as if nobody left.
void WorkerIo::drain_on(Moment now) {
    if (is_draining()) hand_over_movable(now);
}

void WorkerIo::close_in_child() {
    resting_.close_in_child();
    intake_.listeners().close_accepted_in_child();
    epoll_.close_in_child();
}

}  // namespace hbnb::worker
