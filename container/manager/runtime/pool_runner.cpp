#include "manager/runtime/pool_runner.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/clock.hpp"
#include "manager/process/worker_link.hpp"

namespace hbnb::manager {

PoolRunner::PoolRunner(Loop &loop, ErrorLog &log, PoolSupplies &supplies, SharedGeneration first, PoolOutcomes outcomes)
    : loop_(loop),
      log_(log),
      supplies_(supplies),
      outcomes_(std::move(outcomes)),
      wakeup_(loop),
      queues_(loop, log, first->config.name, supplies.backlog, supplies.shared.ticks,
              [this] { driver_.sample(monotonic_now()); }),
      driver_({log, supplies.shared, *this, queues_, [this](std::optional<Moment> moment) { set_wakeup(moment); },
               [this](const pool::Command &command) { tell(command); }},
              first, monotonic_now()) {}

Result<std::unique_ptr<Link>> PoolRunner::start(const PoolGeneration &generation, pool::WorkerId worker, bool proves) {
    WorkerPlan plan = plan_worker(generation, worker);
    if (proves) plan.setup.purpose = wire::Purpose::prove;
    plan.program = supplies_.worker_program;
    plan.dev_null = supplies_.dev_null.get();
    if (!generation.log.access.empty()) plan.access_log = supplies_.access_log.get();
    auto link = WorkerLink::start(
        loop_, log_, std::move(plan),
        {[this, worker](const wire::Message &message) { driver_.said(worker, message, monotonic_now()); },
         [this, worker](const std::string &why) { driver_.broken(worker, why, monotonic_now()); },
         [this, worker](pool::ExitStatus status) { driver_.exited(worker, status, monotonic_now()); }});
    if (!link) return link.error();
    return std::unique_ptr<Link>(std::move(*link));
}

void PoolRunner::set_wakeup(std::optional<Moment> moment) {
    if (!moment) return wakeup_.cancel();
    wakeup_.at(*moment, [this] { driver_.tick(monotonic_now()); });
}

void PoolRunner::tell(const pool::Command &command) {
    loop_.post([this, command] {
        if (std::holds_alternative<pool::PoolReady>(command)) return outcomes_.ready();
        if (const auto *failed = std::get_if<pool::StartFailed>(&command))
            return outcomes_.start_failed(failed->sentence);
        if (const auto *failed = std::get_if<pool::ReloadFailed>(&command))
            return outcomes_.reload_failed(failed->generation, failed->sentence);
        if (const auto *superseded = std::get_if<pool::ReloadSuperseded>(&command))
            return outcomes_.reload_failed(
                superseded->generation,
                "unable to reload: generation " + std::to_string(superseded->by) + " came in between");
        if (std::holds_alternative<pool::Stopped>(command)) return outcomes_.stopped(*this);
        outcomes_.reload_advanced();
    });
}

bool PoolRunner::owns(pid_t pid) const {
    const auto &workers = driver_.workers();
    return std::any_of(workers.begin(), workers.end(),
                       [&](const auto &entry) { return entry.second.link->pid() == pid; });
}

}  // namespace hbnb::manager
