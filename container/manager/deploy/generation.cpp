#include "manager/deploy/generation.hpp"

#include <algorithm>

namespace hbnb::manager {
namespace {

// Of the pool's rule for a worker that says nothing of its requests' deadlines. 0: there is one without.
Duration longest_deadline(const config::Pool &config) {
    Duration longest = config.timeouts.request;
    for (const config::Plugin &plugin : config.plugins) {
        const Duration its = plugin.timeout_request.value_or(config.timeouts.request);
        if (its == Duration{} || longest == Duration{}) return Duration{};
        longest = std::max(longest, its);
    }
    return longest;
}

}  // namespace

namespace {

// A stream of the manager's is not the worker's to open.
std::string file_of(const std::string &log) {
    return log == "stderr" || log == "/dev/stderr" || log == "/dev/stdout" ? "" : log;
}

}  // namespace

pool::Settings pool_settings(const config::Pool &config) {
    pool::Settings settings;
    settings.min = config.workers.min;
    settings.max = config.workers.max;
    settings.spare = config.workers.spare;
    settings.threads = config.workers.threads;
    settings.shrink_after = config.scaling.shrink_after;
    settings.retire_requests = config.retire.requests;
    settings.retire_jitter_percent = config.retire.jitter_percent;
    settings.retire_age = config.retire.age;
    settings.retire_memory = config.retire.memory;
    settings.timeout_start = config.timeouts.start;
    settings.timeout_request = longest_deadline(config);
    settings.timeout_drain = config.timeouts.drain;
    return settings;
}

WorkerPlan plan_worker(const PoolGeneration &generation, pool::WorkerId worker) {
    const config::Pool &config = generation.config;
    WorkerPlan plan;
    wire::WorkerSetup &setup = plan.setup;
    setup.pool = config.name;
    setup.generation = generation.number;
    setup.worker = worker;
    setup.threads = config.workers.threads;
    setup.purpose = generation.purpose;
    setup.log_level = generation.log.level;
    setup.access_log = file_of(generation.log.access);
    setup.error_log = file_of(generation.log.error);
    setup.limits = {config.limits.params, config.limits.body,          config.limits.connections,
                    config.limits.memory, config.limits.response_head, config.limits.core};
    setup.debuggable = config.workers.debuggable || config.limits.core > 0;
    setup.timeouts = {config.timeouts.request, config.timeouts.read, config.timeouts.write, config.timeouts.idle};
    setup.room.age_max = config.waiting.age_max;
    if (generation.room) generation.room->lend_to(plan);
    for (std::size_t i = 0; i < config.listen.size(); ++i) {
        setup.listeners.push_back(setup_of(config.listen[i], -1));
        plan.listeners.push_back(generation.listeners.at(i)->fd());
    }
    for (const auto &stored : generation.plugins) {
        setup.plugins.push_back({stored.copy->file, stored.copy->hash, stored.plugin.mount, stored.plugin.config, -1,
                                 stored.plugin.timeout_request});
        plan.plugins.push_back(stored.copy->memfd.get());
    }
    return plan;
}

}  // namespace hbnb::manager
