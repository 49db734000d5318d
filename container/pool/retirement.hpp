// Whether a serving worker has done enough: by requests, by age, by memory. Pure.
//
// Requests and age are spread by +- retire_jitter_percent, so that workers started together do not all leave together.
// The spread is a hash of the worker's id: the same worker, the same limit, in every run.
// Memory and age count only once a worker has served kServedWell: with a limit below what the application needs just to
// be loaded, workers are replaced at a bounded rate instead of in a spin.
#pragma once

#include <cstdint>
#include <optional>

#include "pool/worker.hpp"

namespace hbnb::pool {

std::optional<ExitReason> due_to_retire(const Worker &worker, Moment now);

// `limit` moved by at most +- percent (0..100), the same for the same worker; at least 1.
std::uint64_t jittered(std::uint64_t limit, unsigned percent, WorkerId worker);

}  // namespace hbnb::pool
