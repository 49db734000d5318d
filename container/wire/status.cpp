#include "wire/status.hpp"

#include <nlohmann/json.hpp>

namespace hbnb::wire {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ServedPlugin, name, version, mount, file, hash)  // word for word as in messages.cpp
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(CurrentRequest, method, uri, route, plugin, request_id, since_ms)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(WorkerStatus, id, pid, state, generation, age_s, requests, busy,
                                                threads, memory, connections, held, accepted, refused,
                                                log_lines_dropped, handed_over, kept_back, shed, current)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(PoolStatus, name, generation, target, min, max, overridden, reason,
                                                reason_since_ms, starting, serving, draining, ending, busy, idle,
                                                waiting, held, waiting_max, hand_off, queues_renewed, waiting_ms, shed,
                                                overloaded, requests, workers_started, workers_crashed, listeners,
                                                plugins, workers)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(ReloadStatus, result, sentence, generation)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Status, version, pid, uptime_s, state, generation, last_reload,
                                                access_lines_lost, log_lines_dropped, pools)

std::string encode(const Status &status) {
    // Texts of a worker may hold any bytes.
    return nlohmann::json(status).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Result<Status> decode_status(std::string_view json) {
    try {
        return nlohmann::json::parse(json).get<Status>();
    } catch (const nlohmann::json::exception &error) {
        return Error{std::string("unable to read the container's status: ") + error.what()};
    }
}

}  // namespace hbnb::wire
