#include "pool/worker.hpp"

namespace hbnb::pool {

std::string_view to_string(WorkerState state) {
    switch (state) {
        case WorkerState::starting: return "starting";
        case WorkerState::serving: return "serving";
        case WorkerState::draining: return "draining";
        case WorkerState::ending: return "ending";
    }
    return "unknown";
}

}  // namespace hbnb::pool
