// The bounds of a pool's size as an operator gives them to a container that runs: the rules and the words are those of
// workers.min and workers.max in the file. Pure.
#pragma once

#include <string>

#include "base/error.hpp"

namespace hbnb::config {

struct WorkerBounds {
    unsigned min = 1, max = 1;
};

// Each as it would stand in the file. The error is what load() says of it, without file and pool:
// `workers.max: found "5000"; allowed a whole number from 1 to 1024`.
Result<WorkerBounds> read_worker_bounds(const std::string &min, const std::string &max);

// "+N" or "-N": N workers more or fewer, each at most kWorkersMax and not 0. The error is a sentence's end.
Result<int> read_worker_change(const std::string &text);

}  // namespace hbnb::config
