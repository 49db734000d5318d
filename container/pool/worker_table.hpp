// The workers of a pool that are not gone, in the order they were started. Owned by Pool.
#pragma once

#include <vector>

#include "pool/worker.hpp"

namespace hbnb::pool {

class WorkerTable {
  public:
    Worker &add(Worker worker);  // its id is higher than all before; the reference holds until the next add or remove
    Worker *find(WorkerId id);   // nullptr: not here (any more)
    void remove(WorkerId id);

    unsigned count(WorkerState state) const;
    unsigned live() const;  // starting or serving

    bool empty() const { return workers_.empty(); }
    auto begin() { return workers_.begin(); }
    auto end() { return workers_.end(); }
    auto begin() const { return workers_.begin(); }
    auto end() const { return workers_.end(); }

  private:
    std::vector<Worker> workers_;
};

}  // namespace hbnb::pool
