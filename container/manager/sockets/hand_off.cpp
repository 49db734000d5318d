#include "manager/sockets/hand_off.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

namespace hbnb::manager {

Result<std::shared_ptr<HandOff>> HandOff::make(unsigned length) {
    auto waiting = wire::HandOffQueueEnds::make(length);
    if (!waiting) return waiting.error();
    auto idle = wire::HandOffQueueEnds::make(length);
    if (!idle) return idle.error();
    Fd board_file;
    auto board = wire::PoolBoardMapping::create(board_file);
    if (!board) return board.error();
    std::shared_ptr<HandOff> made(
        new HandOff(length, std::move(*waiting), std::move(*idle), std::move(*board), std::move(board_file)));
    made->set_limit(length);
    return made;
}

void HandOff::lend_to(WorkerPlan &plan) const {
    plan.hand_off = {waiting_.in.get(), waiting_.out.get(), idle_.in.get(), idle_.out.get(), board_file_.get()};
}

std::vector<int> HandOff::ends() const {
    if (!is_on_) return {};
    return {waiting_.in.get(), waiting_.out.get(), idle_.in.get(), idle_.out.get()};
}

std::optional<std::string> HandOff::damage() const {
    auto found = waiting_.damage();
    return found ? found : idle_.damage();
}

std::optional<std::string> HandOff::look_after(Moment now) {
    if (!is_on_) return std::nullopt;
    const auto found = damage();
    if (!found) return std::nullopt;
    const std::string broken = "the hand-off queues " + *found + " by one of the pool's workers";
    if (!renewals_.may_begin(now)) {
        give_up();
        return broken + " more than " + std::to_string(pool::Renewals::kMax) +
               " times in ten seconds: hand-off is off, requests wait at their worker; take out the plugin that does "
               "this, a reload brings it back";
    }
    if (const auto made = renew(now); !made) {
        give_up();
        return broken + ", and others cannot be made: " + made.error().message +
               ": hand-off is off, requests wait at their worker; a reload brings it back";
    }
    ++renewed_;
    return broken + ": others take their place; after " + std::to_string(pool::Renewals::kMax) +
           " times in ten seconds hand-off would be off";
}

// The old ones are ended first: what lies in them then is all, and moves.
Result<void> HandOff::renew(Moment now) {
    auto waiting = wire::HandOffQueueEnds::make(length_);
    if (!waiting) return waiting.error();
    auto idle = wire::HandOffQueueEnds::make(length_);
    if (!idle) return idle.error();
    waiting_.end();
    idle_.end();
    waiting_.move_to(waiting->queue(), now);
    idle_.move_to(idle->queue(), now);
    waiting_ = std::move(*waiting);
    idle_ = std::move(*idle);
    ++edition_;
    return {};
}

void HandOff::give_up() {
    waiting_.end();
    idle_.end();
    is_on_ = false;
    ++edition_;
}

Result<void> HandOff::start_over(Moment now) {
    renewals_.start_over();
    if (is_on_) return {};
    if (auto made = renew(now); !made) return made.error();
    is_on_ = true;
    return {};
}

Result<Fd> HandOff::reading_end() const {
    Fd end(::fcntl(waiting_.out.get(), F_DUPFD_CLOEXEC, 0));
    if (!end.is_open()) return os_error("watch the hand-off queue", errno);
    return end;
}

Duration HandOff::longest_wait(Moment now) const {
    const auto head = waiting_.queue().head(now);
    return head && *head != Moment{} ? std::max(now - *head, Duration{}) : Duration{};
}

Result<HandOffs> make_hand_offs(const config::Config &config) {
    HandOffs hand_offs;
    for (const auto &pool : config.pools) {
        if (pool.waiting.length_max == 0) continue;
        auto hand_off = HandOff::make(pool.waiting.length_max);
        if (!hand_off) return hand_off.error();
        hand_offs[pool.name] = std::move(*hand_off);
    }
    return hand_offs;
}

}  // namespace hbnb::manager
