#include "pool/deploy/rollout.hpp"

#include <algorithm>
#include <utility>

namespace hbnb::pool {

Generation Rollout::begin() {
    state_ = State::idle;
    asked_ = false;
    return next();
}

Generation Rollout::next() { return ++generation_; }

void Rollout::offer(std::vector<std::string> reloaded, std::vector<std::string> added) {
    state_ = State::candidate;
    reloaded_ = std::move(reloaded);
    added_ = std::move(added);
}

std::optional<std::variant<Commit, Finish>> Rollout::advance(
    const std::vector<std::optional<PoolStanding>> &standings) {
    const auto all = [&](bool PoolStanding::*holds) {
        return std::all_of(standings.begin(), standings.end(),
                           [&](const auto &standing) { return standing && (*standing).*holds; });
    };
    if (is_candidate() && all(&PoolStanding::proven)) {
        state_ = State::committed;
        in_force_ = generation_;
        return Commit{generation_, reloaded_};
    }
    if (state_ == State::committed && all(&PoolStanding::serves)) {
        state_ = State::idle;
        return Finish{generation_};
    }
    return std::nullopt;
}

std::optional<Drop> Rollout::fail() {
    const bool was_candidate = is_candidate();
    state_ = State::idle;
    if (!was_candidate) return std::nullopt;
    return Drop{generation_, reloaded_, added_};
}

}  // namespace hbnb::pool
