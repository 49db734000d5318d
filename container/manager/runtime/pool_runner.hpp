// One pool in the manager's loop: its driver with the real parts, the timer of its rules, and what a worker tells.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "manager/host/log_writer.hpp"
#include "manager/host/loop.hpp"
#include "manager/runtime/driver.hpp"
#include "manager/sockets/pool_queues.hpp"

namespace hbnb::manager {

// What all pools share; owned by Manager, outlives them.
struct PoolSupplies {
    std::string worker_program;
    Fd dev_null;
    BacklogSource backlog;
    Shared shared;
    std::unique_ptr<LogWriter> access_log = std::make_unique<LogWriter>();  // of all workers whose generation has one
};

class PoolRunner;

// How a pool's affairs end. Called from the loop, never from inside a call into the driver.
struct PoolOutcomes {
    std::function<void()> ready;
    std::function<void(const std::string &)> start_failed;
    std::function<void()> reload_advanced;  // is_proven() or serves() says more now
    std::function<void(pool::Generation, const std::string &)> reload_failed;
    std::function<void(PoolRunner &)> stopped;  // only that ends the runner
};

// Owned by Manager, as long as the pool is configured or has a worker.
class PoolRunner final : private WorkerStarter {
  public:
    PoolRunner(Loop &loop, ErrorLog &log, PoolSupplies &supplies, SharedGeneration first, PoolOutcomes outcomes);

    Driver &driver() { return driver_; }
    const Driver &driver() const { return driver_; }
    bool owns(pid_t pid) const;

  private:
    Result<std::unique_ptr<Link>> start(const PoolGeneration &generation, pool::WorkerId worker, bool proves) override;
    void set_wakeup(std::optional<Moment> moment);
    void tell(const pool::Command &command);

    Loop &loop_;
    ErrorLog &log_;
    PoolSupplies &supplies_;
    PoolOutcomes outcomes_;
    Timer wakeup_;
    PoolQueues queues_;
    Driver driver_;
};

}  // namespace hbnb::manager
