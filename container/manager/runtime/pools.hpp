// The container's pools: finds them, tells all of them, and is what a deployment sees of them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "manager/deploy/deployment.hpp"
#include "manager/runtime/pool_runner.hpp"
#include "manager/sockets/socket_keeper.hpp"
#include "wire/status.hpp"

namespace hbnb::manager {

// Owned by Manager.
class Pools final : public DeployedPools {
  public:
    using Outcomes = std::function<PoolOutcomes(const std::string &pool, pool::Generation first)>;

    Pools(Loop &loop, ErrorLog &log, PoolSupplies &supplies, Outcomes outcomes)
        : loop_(loop), log_(log), supplies_(supplies), outcomes_(std::move(outcomes)) {}

    bool has(const std::string &pool) const override { return find(pool) != nullptr; }
    std::optional<pool::PoolStanding> standing(const std::string &pool, pool::Generation generation) const override;
    void reload(const std::string &pool, SharedGeneration generation, bool keeps_bounds) override;
    void commit(const std::string &pool, pool::Generation generation) override;
    void abandon(const std::string &pool, pool::Generation generation) override;
    void stop(const std::string &pool) override;  // a socket of its that another pool has now keeps its file
    void add(SharedGeneration generation) override;
    void set_unproven(std::optional<pool::Generation> generation) override { supplies_.shared.unproven = generation; }

    void make(SharedGeneration generation);  // without starting it
    void start();                            // all
    void sample(Moment now);                 // all
    void stop_all();
    void stop_all_now();
    void remove(const PoolRunner &pool);  // it has stopped
    // A configuration is in force: sockets' owners and modes are changed, and pools that it does not name stop.
    void take(const config::Config &config);

    std::size_t size() const { return pools_.size(); }
    std::size_t workers() const;
    bool owns(pid_t pid) const;
    HandOffs hand_offs() const;
    Listeners listeners() const;
    std::vector<KeptSockets> sockets(const config::Config &config) const;
    // The generation that runs, with other sockets.
    SharedGeneration with_sockets(KeptSockets sockets, pool::Generation number) const;
    std::string summary() const;
    std::vector<wire::PoolStatus> status(Moment now) const;
    Result<Bounds> scale(const ScaleOrder &order);
    void scale_all(int change);  // workers, of each

  private:
    Driver *find(const std::string &name) const;  // nullptr: not here, or leaving
    void stop(Driver &pool);

    Loop &loop_;
    ErrorLog &log_;
    PoolSupplies &supplies_;
    Outcomes outcomes_;
    std::vector<std::unique_ptr<PoolRunner>> pools_;
};

}  // namespace hbnb::manager
