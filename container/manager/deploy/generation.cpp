#include "manager/deploy/generation.hpp"

#include <algorithm>

namespace hbnb::manager {
namespace {

// Of the pool's rule for a worker that says nothing of its requests' deadlines. 0: there is one without.
Duration longest_deadline(const config::Pool &config) {
    Duration longest = config.worker.timeouts.request;
    for (const config::Plugin &plugin : config.plugins) {
        const Duration its = plugin.timeout_request.value_or(config.worker.timeouts.request);
        if (its == Duration{} || longest == Duration{}) return Duration{};
        longest = std::max(longest, its);
    }
    return longest;
}

// A stream of the manager's is not the worker's to open.
std::string file_of(const std::string &log) {
    return log == "stderr" || log == "/dev/stderr" || log == "/dev/stdout" ? "" : log;
}

}  // namespace

pool::Settings pool_settings(const config::Pool &config) {
    pool::Settings settings = config.rules;
    settings.timeout_request = longest_deadline(config);
    return settings;
}

pool::AdmissionSettings admission_settings(const config::Pool &config) {
    return {config.waiting.length_max, config.waiting.age_max, config.rules.timeout_drain};
}

WorkerPlan plan_worker(const PoolGeneration &generation, pool::WorkerId worker) {
    const config::Pool &config = generation.config;
    WorkerPlan plan;
    plan.wrapper = generation.wrapper;
    wire::WorkerSetup &setup = plan.setup;
    setup.pool = config.name;
    setup.generation = generation.number;
    setup.worker = worker;
    setup.threads = config.rules.threads;
    setup.purpose = generation.purpose;
    setup.log_level = generation.log.level;
    setup.access_log = file_of(generation.log.access);
    setup.error_log = file_of(generation.log.error);
    static_cast<wire::WorkerSettings &>(setup) = config.worker;
    setup.by_file = !generation.wrapper.empty();
    setup.debuggable = setup.debuggable || setup.limits.core > 0;
    setup.hand_off.age_max = config.waiting.age_max;
    if (generation.hand_off) generation.hand_off->lend_to(plan);
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
