#include "manager/sockets/hand_off.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

namespace hbnb::manager {

Result<std::shared_ptr<WaitingRoom>> WaitingRoom::make(unsigned length) {
    auto waiting = wire::RoomEnds::make(length);
    if (!waiting) return waiting.error();
    auto kept = wire::RoomEnds::make(length);
    if (!kept) return kept.error();
    Fd board_file;
    auto board = wire::RoomBoardMapping::create(board_file);
    if (!board) return board.error();
    std::shared_ptr<WaitingRoom> made(
        new WaitingRoom(length, std::move(*waiting), std::move(*kept), std::move(*board), std::move(board_file)));
    made->set_door(length);
    return made;
}

void WaitingRoom::lend_to(WorkerPlan &plan) const {
    plan.room = {waiting_.in.get(), waiting_.out.get(), kept_.in.get(), kept_.out.get(), board_file_.get()};
}

std::vector<int> WaitingRoom::ends() const {
    if (!is_on_) return {};
    return {waiting_.in.get(), waiting_.out.get(), kept_.in.get(), kept_.out.get()};
}

std::optional<std::string> WaitingRoom::damage() const {
    auto found = waiting_.damage();
    return found ? found : kept_.damage();
}

std::optional<std::string> WaitingRoom::look_after(Moment now) {
    if (!is_on_) return std::nullopt;
    const auto found = damage();
    if (!found) return std::nullopt;
    const std::string broken = "the hand-off queues " + *found + " by one of the pool's workers";
    std::erase_if(renewals_, [now](Moment then) { return now - then >= kRenewalsWithin; });
    if (renewals_.size() >= kRenewalsMax) {
        give_up();
        return broken + " more than " + std::to_string(kRenewalsMax) +
               " times in ten seconds: hand-off is off, requests wait at their worker; take out the plugin that does "
               "this, a reload brings it back";
    }
    renewals_.push_back(now);
    if (const auto made = renew(now); !made) {
        give_up();
        return broken + ", and others cannot be made: " + made.error().message +
               ": hand-off is off, requests wait at their worker; a reload brings it back";
    }
    ++renewed_;
    return broken + ": others take their place; after " + std::to_string(kRenewalsMax) +
           " times in ten seconds hand-off would be off";
}

// The old ones are ended first: what lies in them then is all, and moves.
Result<void> WaitingRoom::renew(Moment now) {
    auto waiting = wire::RoomEnds::make(length_);
    if (!waiting) return waiting.error();
    auto kept = wire::RoomEnds::make(length_);
    if (!kept) return kept.error();
    waiting_.end();
    kept_.end();
    waiting_.move_to(waiting->room(), now);
    kept_.move_to(kept->room(), now);
    waiting_ = std::move(*waiting);
    kept_ = std::move(*kept);
    ++edition_;
    return {};
}

void WaitingRoom::give_up() {
    waiting_.end();
    kept_.end();
    is_on_ = false;
    ++edition_;
}

Result<void> WaitingRoom::start_over(Moment now) {
    renewals_.clear();
    if (is_on_) return {};
    if (auto made = renew(now); !made) return made.error();
    is_on_ = true;
    return {};
}

Result<Fd> WaitingRoom::reading_end() const {
    Fd end(::fcntl(waiting_.out.get(), F_DUPFD_CLOEXEC, 0));
    if (!end.is_open()) return os_error("watch the waiting room", errno);
    return end;
}

Duration WaitingRoom::longest_wait(Moment now) const {
    const auto head = waiting_.room().head(now);
    return head && *head != Moment{} ? std::max(now - *head, Duration{}) : Duration{};
}

Result<WaitingRooms> make_rooms(const config::Config &config) {
    WaitingRooms rooms;
    for (const auto &pool : config.pools) {
        if (pool.waiting.length_max == 0) continue;
        auto room = WaitingRoom::make(pool.waiting.length_max);
        if (!room) return room.error();
        rooms[pool.name] = std::move(*room);
    }
    return rooms;
}

}  // namespace hbnb::manager
