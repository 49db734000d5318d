// A pool runner's part in the hand-off between its workers (manager/sockets/waiting_room.hpp).
#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "manager/runtime/pool_runner.hpp"

namespace hbnb::manager {
bool PoolRunner::hands_off() const { return in_force().room && in_force().room->is_on(); }

// Another runner may look after the same queues, of a pool that comes back while it leaves: the edition tells.
void PoolRunner::look_after_queues(Moment now) {
    const auto &room = in_force().room;
    if (!room) return;
    if (const auto done = room->look_after(now)) say(LogLevel::error, *done);
    if (std::exchange(queues_edition_, room->edition()) == room->edition()) return;
    room_watch_ = Watch();
    room_end_.reset();
    for (auto &[id, held] : workers_) held.link->send_queues(room->ends());
}

void PoolRunner::start_queues_over() {
    const auto &room = in_force().room;
    if (!room) return;
    if (const auto on = room->start_over(monotonic_now()); !on)
        say(LogLevel::error, on.error().message + ": hand-off stays off, requests wait at their worker");
}

std::optional<pool::QueueSample> PoolRunner::look_at_queue(Moment now) const {
    const auto &room = in_force().room;
    if (!room) return std::nullopt;
    return pool::QueueSample{room->is_on(), room->capacity(), room->depth(), room->longest_wait(now),
                             room->has_connection()};
}

// When the queue becomes non-empty, a sample is due at once.
void PoolRunner::watch_room() {
    const auto &room = in_force().room;
    if (!room->is_empty()) {
        room_watch_ = Watch();
    } else if (!room_watch_.is_on()) {
        if (!room_end_.is_open()) {
            auto end = room->reading_end();
            if (!end) return say_seldom("the waiting room", 1, LogLevel::warning, end.error().message);
            room_end_ = std::move(*end);
        }
        room_watch_ = Watch(loop_, room_end_.get(), [this] {
            room_watch_ = Watch();
            sample(monotonic_now());
        });
    }
}

}  // namespace hbnb::manager
