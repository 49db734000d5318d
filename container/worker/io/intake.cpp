#include "worker/io/intake.hpp"

#include <fcntl.h>

#include <cerrno>

#include "base/clock.hpp"

namespace hbnb::worker {
namespace {

constexpr Duration kStarvedGap = std::chrono::seconds(1);  // what is seen again within it has lasted

}  // namespace

Intake::Intake(const wire::WorkerSetup &setup, const ErrorLog &log, wire::Scoreboard &board, Epoll &epoll)
    : log_(log),
      board_(board),
      epoll_(epoll),
      listeners_(setup.listeners, log),
      queues_(setup.hand_off, setup.worker) {}

Result<void> Intake::open() { return queues_.open(); }

Result<void> Intake::begin() {
    const std::lock_guard lock(mutex_);
    return begin_locked();
}

Result<void> Intake::begin_locked() {
    if (is_watched_ || has_ended_) return {};
    if (auto listening = listeners_.register_all(epoll_); !listening) return listening;
    is_watched_ = true;
    return queues_.register_all(epoll_);
}

void Intake::stop_locked() {
    if (!is_watched_) return;
    listeners_.unregister_all(epoll_);
    queues_.unregister_all(epoll_);
    is_watched_ = false;
}

void Intake::end(Moment now, unsigned threads) {
    {
        const std::lock_guard lock(mutex_);
        has_ended_ = true;
        stop_locked();
    }
    if (queues_.are_on()) queues_.send_wake_tokens(now, threads);  // for what has just woken one of our threads
}

void Intake::pause(Moment now, Want want) {
    {
        const std::lock_guard lock(mutex_);
        // Where something waits in the queue already, a thread has been woken for it.
        if (is_watched_ && want == Want::slot && queues_.are_on() && queues_.of(QueueKind::waiting).depth() == 0)
            queues_.send_wake_tokens(now, 1);
        stop_locked();
        paused_.store(true, std::memory_order_release);
    }
    epoll_.ring();
}

void Intake::resume() {
    if (!is_paused()) return;
    const std::lock_guard lock(mutex_);
    paused_.store(false, std::memory_order_release);
    if (const auto begun = begin_locked(); !begun) log_.write(LogLevel::error, begun.error().message);
}

// The sources are tried now and then while there is no descriptor: a look that finds them open ends nothing.
Intake::Look Intake::look(Moment now, bool is_full) {
    const bool somebody_waits = is_paused() && (listeners_.has_pending() || queues_.has_connection_waiting());
    const bool is_starved = somebody_waits && !is_full && lacks_descriptors();
    if (is_starved && now - starved_seen_ > kStarvedGap) starved_since_ = now;
    if (is_starved) starved_seen_ = now;
    looks_ = somebody_waits && (is_full || is_starved) ? looks_ + 1 : 0;
    if (looks_ < kLooksForOthers) return {};
    looks_ = 0;
    return {true, is_starved ? now - starved_since_ : Duration{}};
}

bool Intake::lacks_descriptors() const {
    const Fd one(::fcntl(epoll_.bell(), F_DUPFD_CLOEXEC, 0));
    return !one.is_open() && errno == EMFILE;
}

bool Intake::has_pending() const {
    if (listeners_.has_pending()) return true;
    return queues_.are_on() && queues_.of(QueueKind::waiting).depth() + queues_.of(QueueKind::idle).depth() > 0;
}

Intake::Came Intake::accept(std::size_t listener) {
    Came came;
    auto accepted = listeners_.accept_one(listener);
    if (accepted.socket.is_open()) {
        board_.accepted.fetch_add(1, std::memory_order_relaxed);
        came.what = What::connection;
        came.socket = std::move(accepted.socket);
        came.entry.is_unix = accepted.is_unix;
        came.entry.is_fresh = true;
    } else if (accepted.is_no_socket) {
        came.what = What::no_source;
    } else if (accepted.out_of_descriptors) {
        came.what = What::no_descriptor;
    }
    if (accepted.is_shut) leave_ended();
    return came;
}

Intake::Came Intake::take(QueueKind queue, Moment now) {
    auto taken = queues_.of(queue).take(now);
    if (taken.connection.is_open()) return {What::connection, std::move(taken.connection), taken.entry};
    if (taken.what == wire::HandOffQueue::Taken::ended) leave_ended();
    return {taken.what == wire::HandOffQueue::Taken::wake_token ? What::wake_token : What::nothing, {}, taken.entry};
}

// Their ends would be reported for ever. Others may have come in a queue's place meanwhile: it is looked at again.
void Intake::leave_ended() {
    const std::lock_guard lock(mutex_);
    if (!is_watched_) return;
    listeners_.unregister_shut(epoll_);
    queues_.unregister_ended(epoll_);
}

void Intake::return_to_listeners() {
    const std::lock_guard lock(mutex_);
    if (!is_watched_) return;
    if (const auto back = listeners_.register_again(epoll_); !back) log_.write(LogLevel::error, back.error().message);
}

Result<void> Intake::renew_queues(const std::vector<Fd> &ends) {
    const std::lock_guard lock(mutex_);
    if (is_watched_) queues_.unregister_all(epoll_);
    const auto replaced = queues_.replace(ends);
    const auto registered = is_watched_ ? queues_.register_all(epoll_) : Result<void>();
    return replaced ? registered : replaced;
}

// A message is taken with its connection, or what it carried is lost.
bool Intake::has_descriptor() const {
    const Fd one(::fcntl(epoll_.bell(), F_DUPFD_CLOEXEC, 0));
    if (!one.is_open()) listeners_.say_out_of_descriptors("the hand-off queue", errno);
    return one.is_open();
}

bool Intake::send(QueueKind queue, int connection, const wire::HandOffQueue::Entry &entry) const {
    if (!queues_.send(queue, connection, entry)) return false;
    board_.handed_over.fetch_add(1, std::memory_order_relaxed);
    return true;
}

}  // namespace hbnb::worker
