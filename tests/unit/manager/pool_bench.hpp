// A Driver without processes, sockets and clock: its workers and queues are values that a test sets and reads, and time
// passes when the test says so.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "manager/runtime/driver.hpp"
#include "manager/runtime/pool_status.hpp"
#include "unit/manager/sandbox.hpp"

namespace hbnb::test {

using namespace std::chrono_literals;

// One worker as the test plays it. Gone with the driver's link.
struct PlayedWorker {
    pool::Generation generation = 0;
    bool proves = false;
    wire::ScoreboardSnapshot board;
    bool is_stopped = false, is_killed = false;
    unsigned memory_looks = 0;                // how often its memory was looked at
    bool is_heard = true, is_traced = false;  // its control thread's rounds go on; a debugger holds it
    std::vector<bool> drains;                 // each time it was told: hand over or not
    std::vector<std::vector<int>> queues;     // each time it was told of other queues
};

class PlayedWorkers final : public manager::WorkerStarter {
  public:
    Result<std::unique_ptr<manager::Link>> start(const manager::PoolGeneration &generation, pool::WorkerId worker,
                                                 bool proves) override;
    std::string refusal;  // none can be started, for this reason; empty: all can
    std::map<pool::WorkerId, PlayedWorker> living;
    unsigned attempts = 0;
};

struct PlayedQueues final : manager::Queues {
    void use(manager::Listeners, std::shared_ptr<manager::HandOff>) override { ++uses; }
    manager::QueuesSeen look(Moment) override;
    void set_limit(unsigned connections) override { limit = connections; }
    void wake(unsigned workers, Moment) override { woken += workers; }
    void watch() override { ++watches; }
    bool is_on() const override { return seen.queue && seen.queue->is_on; }
    Result<void> start_over(Moment) override;

    manager::QueuesSeen seen{0, pool::QueueSample{true, 100, 0, {}, false}, {}, {}};  // damage and ends: once
    std::string start_over_refusal;
    unsigned uses = 0, limit = 0, woken = 0, watches = 0;
};

std::shared_ptr<const manager::PoolGeneration> pool_generation(pool::Generation number, unsigned min, unsigned max,
                                                               const std::string &name = "shop");

class PoolBench {
  public:
    PoolBench(unsigned min, unsigned max) : PoolBench(pool_generation(1, min, max)) {}
    explicit PoolBench(std::shared_ptr<const manager::PoolGeneration> first);
    PoolBench(const PoolBench &) = delete;
    PoolBench &operator=(const PoolBench &) = delete;

    void start() { driver.start(now); }
    void start_ready();        // started, and all its workers have said ready
    void pass(Duration time);  // with a sample every 50 ms, and tick() whenever it is due
    void sample(Duration after = 50ms);

    void says_ready(pool::WorkerId worker);
    void all_ready();
    void refuses(pool::WorkerId worker, const std::string &reason);
    void exits(pool::WorkerId worker, int code = 0);
    void crashes(pool::WorkerId worker);
    void leave();  // each that was told to drain or killed exits

    template <class Kind>
    std::vector<Kind> told() const {
        std::vector<Kind> found;
        for (const auto &command : outcomes)
            if (const auto *kind = std::get_if<Kind>(&command)) found.push_back(*kind);
        return found;
    }
    std::string log_text() const { return read_file(sandbox / "log"); }
    bool logged(const std::string &part) const { return log_text().find(part) != std::string::npos; }
    wire::PoolStatus status() const { return manager::status_of(driver, now); }

    const Sandbox sandbox;
    manager::ErrorLog log{LogLevel::debug};
    manager::Shared shared;
    PlayedWorkers workers;
    PlayedQueues queues;
    std::optional<Moment> wake_at;
    std::vector<pool::Command> outcomes;
    Moment now{1h};
    manager::Driver driver;
};

}  // namespace hbnb::test
