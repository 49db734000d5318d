#include "pool/exit_reason.hpp"

namespace hbnb::pool {

std::string_view to_string(ExitReason reason) {
    switch (reason) {
        case ExitReason::drained_scale_down: return "drained_scale_down";
        case ExitReason::drained_reload: return "drained_reload";
        case ExitReason::drained_stop: return "drained_stop";
        case ExitReason::drained_requests: return "drained_requests";
        case ExitReason::drained_age: return "drained_age";
        case ExitReason::drained_memory: return "drained_memory";
        case ExitReason::drained_overdue: return "drained_overdue";
        case ExitReason::crashed: return "crashed";
        case ExitReason::load_failed: return "load_failed";
        case ExitReason::start_timeout: return "start_timeout";
        case ExitReason::drain_timeout: return "drain_timeout";
        case ExitReason::request_timeout: return "request_timeout";
        case ExitReason::suspended: return "suspended";
        case ExitReason::stopped_now: return "stopped_now";
        case ExitReason::protocol: return "protocol";
        case ExitReason::spawn_failed: return "spawn_failed";
        case ExitReason::superseded: return "superseded";
    }
    return "unknown";
}

bool is_clean(ExitStatus status) { return status.kind == ExitStatus::Kind::exited && status.number == 0; }

std::string to_string(ExitStatus status) {
    return (status.kind == ExitStatus::Kind::exited ? "exit code " : "signal ") + std::to_string(status.number);
}

}  // namespace hbnb::pool
