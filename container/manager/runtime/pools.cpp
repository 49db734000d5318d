#include "manager/runtime/pools.hpp"

#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "manager/runtime/pool_status.hpp"

namespace hbnb::manager {

std::optional<pool::PoolStanding> Pools::standing(const std::string &pool, pool::Generation generation) const {
    const Driver *driver = find(pool);
    if (driver == nullptr) return std::nullopt;
    return pool::PoolStanding{driver->is_proven(generation), driver->serves(generation)};
}

void Pools::reload(const std::string &pool, SharedGeneration generation, bool keeps_bounds) {
    if (Driver *driver = find(pool)) driver->reload(std::move(generation), keeps_bounds, monotonic_now());
}

void Pools::commit(const std::string &pool, pool::Generation generation) {
    if (Driver *driver = find(pool)) driver->commit(generation, monotonic_now());
}

void Pools::abandon(const std::string &pool, pool::Generation generation) {
    if (Driver *driver = find(pool)) driver->abandon(generation, monotonic_now());
}

void Pools::stop(const std::string &pool) {
    if (Driver *driver = find(pool)) stop(*driver);
}

void Pools::stop(Driver &pool) {
    Listeners kept;
    for (const auto &other : pools_) {
        const auto &theirs = other->driver().in_force().listeners;
        if (&other->driver() != &pool) kept.insert(kept.end(), theirs.begin(), theirs.end());
    }
    for (const auto &listener : pool.in_force().listeners) {
        if (std::find(kept.begin(), kept.end(), listener) == kept.end()) listener->remove_file();
    }
    pool.stop(monotonic_now());
}

void Pools::make(SharedGeneration generation) {
    const PoolOutcomes outcomes = outcomes_(generation->config.name, generation->number);
    pools_.push_back(std::make_unique<PoolRunner>(loop_, log_, supplies_, std::move(generation), outcomes));
}

void Pools::add(SharedGeneration generation) {
    make(std::move(generation));
    pools_.back()->driver().start(monotonic_now());
}

void Pools::start() {
    for (const auto &pool : pools_) pool->driver().start(monotonic_now());
}

void Pools::sample(Moment now) {
    for (const auto &pool : pools_) pool->driver().sample(now);
}

void Pools::stop_all() {
    for (const auto &pool : pools_) pool->driver().stop(monotonic_now());
}

void Pools::stop_all_now() {
    for (const auto &pool : pools_) pool->driver().stop_now(monotonic_now());
}

void Pools::remove(const PoolRunner &pool) {
    std::erase_if(pools_, [&](const auto &one) { return one.get() == &pool; });
}

void Pools::take(const config::Config &config) {
    for (const auto &pool : config.pools) {
        const Driver *driver = find(pool.name);
        if (driver == nullptr) continue;
        for (const auto &failure : apply_changes(pool.listen, driver->in_force().listeners))
            log_.write(LogLevel::error, failure);
    }
    for (const auto &pool : pools_) {
        const auto is_same = [&](const auto &one) { return one.name == pool->driver().name(); };
        if (std::none_of(config.pools.begin(), config.pools.end(), is_same)) stop(pool->driver());
    }
}

std::size_t Pools::workers() const {
    std::size_t workers = 0;
    for (const auto &pool : pools_) workers += pool->driver().workers().size();
    return workers;
}

bool Pools::owns(pid_t pid) const {
    return std::any_of(pools_.begin(), pools_.end(), [&](const auto &pool) { return pool->owns(pid); });
}

HandOffs Pools::hand_offs() const {
    HandOffs all;
    for (const auto &pool : pools_) {
        if (const auto &hand_off = pool->driver().in_force().hand_off) all[pool->driver().name()] = hand_off;
    }
    return all;
}

Listeners Pools::listeners() const {
    Listeners all;
    for (const auto &pool : pools_) {
        const Listeners &its = pool->driver().in_force().listeners;
        all.insert(all.end(), its.begin(), its.end());
    }
    return all;
}

std::vector<KeptSockets> Pools::sockets(const config::Config &config) const {
    std::vector<KeptSockets> all;
    for (const auto &pool : config.pools) {
        if (const Driver *driver = find(pool.name))
            all.push_back({pool.name, pool.listen, driver->in_force().listeners});
    }
    return all;
}

SharedGeneration Pools::with_sockets(KeptSockets sockets, pool::Generation number) const {
    PoolGeneration next = find(sockets.pool)->in_force();
    next.number = number;
    next.config.listen = std::move(sockets.wanted);
    next.listeners = std::move(sockets.listeners);
    return std::make_shared<const PoolGeneration>(std::move(next));
}

std::string Pools::summary() const {
    std::string line;
    for (const auto &pool : pools_) line += (line.empty() ? "" : "; ") + summary_of(pool->driver());
    return line;
}

std::vector<wire::PoolStatus> Pools::status(Moment now) const {
    std::vector<wire::PoolStatus> all;
    for (const auto &pool : pools_) all.push_back(status_of(pool->driver(), now));
    return all;
}

Result<Bounds> Pools::scale(const ScaleOrder &order) {
    if (order.pool.empty() && pools_.size() > 1) return Error{"unable to scale: name one of several pools"};
    Driver *pool = order.pool.empty() ? &pools_.front()->driver() : find(order.pool);
    if (pool == nullptr) return Error{"unable to scale: there is no pool " + order.pool};
    return pool->scale(order, monotonic_now());
}

void Pools::scale_all(int change) {
    for (const auto &pool : pools_) {
        const ScaleOrder order{pool->driver().name(), std::nullopt, std::nullopt, change};
        if (const auto bounds = pool->driver().scale(order, monotonic_now()); !bounds)
            log_.write(LogLevel::warning, bounds.error().message);
    }
}

Driver *Pools::find(const std::string &name) const {
    const auto found = std::find_if(pools_.begin(), pools_.end(), [&](const auto &pool) {
        return pool->driver().name() == name && !pool->driver().is_leaving();
    });
    return found == pools_.end() ? nullptr : &(*found)->driver();
}

}  // namespace hbnb::manager
