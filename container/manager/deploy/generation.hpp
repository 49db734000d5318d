// One immutable set of (configuration, plugin copies, listening sockets) that the workers of one pool are started from.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "config/settings/config.hpp"
#include "manager/deploy/plugin_store.hpp"
#include "manager/process/worker_link.hpp"
#include "manager/sockets/hand_off.hpp"
#include "manager/sockets/listener.hpp"
#include "pool/admission/admission.hpp"
#include "pool/settings.hpp"
#include "pool/worker.hpp"

namespace hbnb::manager {

// Shared by the driver's table and by nothing else for long: the old one lives until the last worker of the pool is of
// the new one.
struct PoolGeneration {
    pool::Generation number = 0;
    config::Pool config;
    config::Log log;
    std::vector<StoredPlugin> plugins;
    std::vector<std::string> wrapper;   // config.workers.wrapper, its program found
    std::shared_ptr<HandOff> hand_off;  // of the pool, over all generations; null: it has none
    Listeners listeners;  // beside config.listen, which names one that was kept for its queue (keep_queues) once more
    wire::Purpose purpose = wire::Purpose::serve;  // check: nobody of it ever serves
};

using SharedGeneration = std::shared_ptr<const PoolGeneration>;

pool::Settings pool_settings(const config::Pool &config);
pool::AdmissionSettings admission_settings(const config::Pool &config);

// Everything of the plan that the generation knows; program, access log writer and /dev/null are added by the caller.
WorkerPlan plan_worker(const PoolGeneration &generation, pool::WorkerId worker);

}  // namespace hbnb::manager
