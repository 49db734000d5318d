#include "manager/deploy/deployment.hpp"

#include <algorithm>
#include <utility>

namespace hbnb::manager {

pool::Generation Deployment::ask() {
    rollout_.ask();
    const bool later = rollout_.is_candidate() || phase_ == Phase::starting;
    begin();
    return later ? rollout_.generation() + 1 : rollout_.generation();
}

void Deployment::ready() {
    phase_ = Phase::ready;
    begin();
}

void Deployment::stop() {
    phase_ = Phase::stopping;
    if (rollout_.is_candidate()) fail("the container is stopping");
}

void Deployment::begin() {
    if (phase_ != Phase::ready || !rollout_.is_due()) return;
    last_ = {"running", "", rollout_.begin()};
    config_.reset();
    parts_.log.write(LogLevel::info, "reload: generation " + std::to_string(last_.generation) + " from " + from_);
    parts_.changed(true);
    auto prepared = parts_.prepare(last_.generation);
    if (!prepared) return tell_failure(prepared.error().message);
    config_ = std::move(prepared->config);
    logs_ = std::move(prepared->logs);
    parts_.pools.set_unproven(last_.generation);
    offer(std::move(prepared->pools), false);
}

void Deployment::bring_sockets(std::vector<SharedGeneration> generations) {
    config_.reset();
    offer(std::move(generations), true);
}

void Deployment::offer(std::vector<SharedGeneration> generations, bool keeps_bounds) {
    std::vector<std::string> reloaded, added;
    for (const auto &generation : generations)
        (parts_.pools.has(generation->config.name) ? reloaded : added).push_back(generation->config.name);
    rollout_.offer(std::move(reloaded), std::move(added));
    for (auto &generation : generations) {
        const std::string name = generation->config.name;
        if (parts_.pools.has(name)) {
            parts_.pools.reload(name, std::move(generation), keeps_bounds);
        } else {
            parts_.pools.add(std::move(generation));
        }
    }
}

void Deployment::pool_advanced() {
    while (!rollout_.is_idle()) {
        std::vector<std::optional<pool::PoolStanding>> standings;
        for (const auto *names : {&rollout_.reloaded(), &rollout_.added()})
            for (const auto &name : *names) standings.push_back(parts_.pools.standing(name, rollout_.generation()));
        const auto command = rollout_.advance(standings);
        if (!command) return;
        std::visit([this](const auto &one) { carry_out(one); }, *command);
    }
}

void Deployment::carry_out(const pool::Commit &command) {
    parts_.pools.set_unproven(std::nullopt);
    for (const auto &name : command.pools) parts_.pools.commit(name, command.generation);
    if (config_) parts_.take(*config_, std::move(logs_));
}

void Deployment::carry_out(const pool::Finish &command) {
    if (config_) {
        last_.result = "ok";
        parts_.log.write(LogLevel::info, "reload: generation " + std::to_string(command.generation) + " serves");
        if (phase_ == Phase::ready) parts_.changed(false);
    } else {
        parts_.sockets_ended(std::nullopt);
    }
    begin();  // if it was asked for meanwhile
}

void Deployment::carry_out(const pool::Drop &command) {
    parts_.pools.set_unproven(std::nullopt);
    for (const auto &name : command.reloaded) parts_.pools.abandon(name, command.generation);
    for (const auto &name : command.added) parts_.pools.stop(name);
}

bool Deployment::pool_failed(pool::Generation generation, const std::string &sentence) {
    if (!rollout_.is_of(generation)) return false;
    fail(sentence);
    return true;
}

// A pool has failed, or the container stops. After the commit it can only be a stop.
void Deployment::fail(const std::string &sentence) {
    if (const auto drop = rollout_.fail()) carry_out(*drop);
    logs_ = {};
    if (phase_ == Phase::stopping) {
        if (config_) last_ = {"failed", sentence, rollout_.generation()};
        return;
    }
    config_ ? tell_failure(sentence) : parts_.sockets_ended(sentence);
    begin();
}

// A wrong file has many problems: a line each.
void Deployment::tell_failure(const std::string &sentence) {
    last_.result = "failed";
    last_.sentence = sentence;
    std::size_t begin = 0;
    while (begin <= sentence.size()) {
        const std::size_t end = std::min(sentence.find('\n', begin), sentence.size());
        parts_.log.write(LogLevel::error,
                         "reload failed, what ran before goes on: " + sentence.substr(begin, end - begin));
        begin = end + 1;
    }
    if (phase_ == Phase::ready) parts_.changed(false);
}

Logs *Deployment::logs() { return rollout_.is_candidate() && config_ ? &logs_ : nullptr; }

const config::Config *Deployment::config() const { return rollout_.is_candidate() && config_ ? &*config_ : nullptr; }

}  // namespace hbnb::manager
