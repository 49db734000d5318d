// A pool runner's part in the hand-off between its workers (manager/sockets/waiting_room.hpp).
#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "manager/runtime/pool_runner.hpp"

namespace hbnb::manager {
namespace {

constexpr Duration kLate = std::chrono::milliseconds(4);  // two ticks of a steward: a free thread has not seen it
constexpr Duration kNudgeAgain = std::chrono::seconds(1);

}  // namespace

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

// Whoever is woken by what comes into the room may die or be told to leave first: a nudge wakes somebody else. When the
// room becomes non-empty, a sample is due at once.
void PoolRunner::look_at_room(Waiting waiting, Moment now) {
    const auto &room = in_force().room;
    if (!hands_off()) return;
    const pool::View view = pool_.view();
    const config::Pool &config = in_force().config;
    room->set_door(
        std::min(room->capacity(), door_depth(config.waiting, view.max * config.rules.threads, service_time())));
    const bool late_at_doors = std::exchange(waited_at_doors_, waiting.at_doors > 0) && waiting.at_doors > 0;
    const Moment head = now - room->longest_wait(now);
    const bool late_in_room = room->has_connection() && now - head > kLate &&
                              (head != nudged_head_ || now - nudged_ > kNudgeAgain);  // it may be of no use
    if (view.seen.idle > 0 && (late_in_room || (late_at_doors && waiting.in_room == 0))) {
        room->nudge(now, 1);
        nudged_ = now;
        nudged_head_ = head;
    }
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
