// A deployment carried out: configuration and plugins read, the pools told of the generation, and what pool::Rollout
// says done about what they answer. It knows the pools and the rest of the manager by seams, so unit tests play them
// without a process.
//
// There are two kinds. One that was asked for brings a configuration, and its end is the last reload's in status. One
// that brings new sockets only (manager/sockets/socket_keeper.hpp) was not asked for, and keeps bounds set by hand.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings/config.hpp"
#include "manager/deploy/reload.hpp"
#include "manager/host/error_log.hpp"
#include "pool/deploy/rollout.hpp"
#include "wire/status.hpp"

namespace hbnb::manager {

// The pools, as a deployment deals with them. A pool that leaves is not here.
class DeployedPools {
  public:
    DeployedPools() = default;
    DeployedPools(const DeployedPools &) = delete;
    DeployedPools &operator=(const DeployedPools &) = delete;
    virtual ~DeployedPools() = default;

    virtual bool has(const std::string &pool) const = 0;
    virtual std::optional<pool::PoolStanding> standing(const std::string &pool, pool::Generation generation) const = 0;
    // Each of a pool that is here, else nothing happens.
    virtual void reload(const std::string &pool, SharedGeneration generation, bool keeps_bounds) = 0;
    virtual void commit(const std::string &pool, pool::Generation generation) = 0;
    virtual void abandon(const std::string &pool, pool::Generation generation) = 0;
    virtual void stop(const std::string &pool) = 0;
    virtual void add(SharedGeneration generation) = 0;                          // and starts it
    virtual void set_unproven(std::optional<pool::Generation> generation) = 0;  // on which not every pool has agreed
};

// They outlive the deployment.
struct DeploymentParts {
    ErrorLog &log;
    DeployedPools &pools;
    std::function<Result<Prepared>(pool::Generation)> prepare;
    std::function<void(config::Config, Logs)> take;  // they are in force from now on
    std::function<void(bool running)> changed;       // one that was asked for has begun, or has ended
    std::function<void(std::optional<std::string> failure)>
        sockets_ended;  // one of new sockets; nullopt: they are served
};

// Owned by Manager. Nothing begins before ready(), or after stop().
class Deployment {
  public:
    Deployment(std::string from, DeploymentParts parts) : from_(std::move(from)), parts_(std::move(parts)) {}

    // The generation it will be; later where one is not committed yet, or the container starts.
    pool::Generation ask();
    void bring_sockets(std::vector<SharedGeneration> generations);  // all of next(); where is_idle()
    pool::Generation next() { return rollout_.next(); }

    void ready();
    void stop();
    void pool_advanced();  // one has proven or serves more than before
    // Whether it was this deployment's.
    bool pool_failed(pool::Generation generation, const std::string &sentence);

    bool is_idle() const { return rollout_.is_idle(); }
    Logs *logs();                          // of a configuration that is not in force yet; null: there is none
    const config::Config *config() const;  // likewise
    pool::Generation in_force() const { return rollout_.in_force(); }
    const wire::ReloadStatus &last() const { return last_; }

  private:
    enum class Phase { starting, ready, stopping };

    void begin();
    void offer(std::vector<SharedGeneration> generations, bool keeps_bounds);
    void carry_out(const pool::Commit &command);
    void carry_out(const pool::Finish &command);
    void carry_out(const pool::Drop &command);
    void fail(const std::string &sentence);
    void tell_failure(const std::string &sentence);

    std::string from_;  // the configuration's file
    DeploymentParts parts_;
    pool::Rollout rollout_;
    Phase phase_ = Phase::starting;
    std::optional<config::Config> config_;  // of the deployment in hand; nullopt: new sockets only
    Logs logs_;
    wire::ReloadStatus last_;
};

}  // namespace hbnb::manager
