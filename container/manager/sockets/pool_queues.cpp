#include "manager/sockets/pool_queues.hpp"

#include <utility>

#include "base/clock.hpp"

namespace hbnb::manager {

PoolQueues::PoolQueues(Loop &loop, ErrorLog &log, std::string pool, BacklogSource &source, const std::uint64_t &ticks,
                       std::function<void()> sample_due)
    : loop_(loop),
      log_(log),
      pool_(std::move(pool)),
      source_(source),
      ticks_(ticks),
      sample_due_(std::move(sample_due)) {}

void PoolQueues::use(Listeners listeners, std::shared_ptr<HandOff> hand_off) {
    listeners_ = {listeners.begin(), listeners.end()};
    hand_off_ = std::move(hand_off);
}

void PoolQueues::put_right(Moment now) {
    for (const auto &listener : listeners_) {
        if (const auto found = listener->put_right())
            log_.write_seldom(
                "pool " + pool_ + ": listening sockets", 1, LogLevel::error,
                "pool " + pool_ + ": " + *found + " by one of the pool's workers; take out the plugin that does this",
                now);
    }
}

// Another pool may look after the same hand-off queues, one that comes back while it leaves: the edition tells.
QueuesSeen PoolQueues::look(Moment now) {
    QueuesSeen seen;
    put_right(now);
    if (hand_off_) {
        seen.damage = hand_off_->look_after(now);
        if (std::exchange(edition_, hand_off_->edition()) != hand_off_->edition()) {
            watch_ = Watch();
            end_.reset();
            seen.ends = hand_off_->ends();
        }
    }
    seen.backlog = backlog();
    seen.queue = queue(now);
    return seen;
}

std::optional<pool::QueueSample> PoolQueues::queue(Moment now) const {
    if (!hand_off_) return std::nullopt;
    return pool::QueueSample{hand_off_->is_on(),           hand_off_->capacity(),       hand_off_->depth(),
                             hand_off_->longest_wait(now), hand_off_->has_connection(), hand_off_->limit()};
}

unsigned PoolQueues::backlog() {
    unsigned waiting = 0;
    for (const auto &listener : listeners_) waiting += listener->is_unix() ? ask(*listener) : listener->waiting();
    return waiting;
}

unsigned PoolQueues::ask(const Listener &listener) {
    if (!source_.backlog || !source_.pause.is_over(ticks_)) return 0;
    const auto queue = source_.backlog->waiting(listener.fd());
    if (queue) return *queue;
    log_.write(LogLevel::warning, queue.error().message + "; for a minute the pools grow by busy workers alone");
    source_.pause.begin(ticks_);
    return 0;
}

void PoolQueues::set_limit(unsigned connections) {
    if (hand_off_) hand_off_->set_limit(connections);
}

void PoolQueues::wake(unsigned workers, Moment now) {
    if (hand_off_) hand_off_->send_wake_tokens(now, workers);
}

void PoolQueues::watch() {
    if (!is_on()) return;
    if (!hand_off_->is_empty()) {
        watch_ = Watch();
        return;
    }
    if (watch_.is_on()) return;
    if (!end_.is_open()) {
        auto end = hand_off_->reading_end();
        if (!end)
            return log_.write_seldom("pool " + pool_ + ": the hand-off queue", 1, LogLevel::warning,
                                     "pool " + pool_ + ": " + end.error().message, monotonic_now());
        end_ = std::move(*end);
    }
    watch_ = Watch(loop_, end_.get(), [this] {
        watch_ = Watch();
        sample_due_();
    });
}

Result<void> PoolQueues::start_over(Moment now) {
    if (!hand_off_) return {};
    return hand_off_->start_over(now);
}

}  // namespace hbnb::manager
