#include "pool/worker_table.hpp"

#include <algorithm>
#include <utility>

namespace hbnb::pool {

Worker &WorkerTable::add(Worker worker) { return workers_.emplace_back(std::move(worker)); }

Worker *WorkerTable::find(WorkerId id) {
    const auto before = [](const Worker &worker, WorkerId than) { return worker.id < than; };
    const auto found = std::lower_bound(begin(), end(), id, before);
    return found == end() || found->id != id ? nullptr : &*found;
}

void WorkerTable::remove(WorkerId id) {
    std::erase_if(workers_, [&](const Worker &worker) { return worker.id == id; });
}

unsigned WorkerTable::count(WorkerState state) const {
    return static_cast<unsigned>(
        std::count_if(begin(), end(), [&](const Worker &worker) { return worker.state == state; }));
}

unsigned WorkerTable::live() const { return count(WorkerState::starting) + count(WorkerState::serving); }

}  // namespace hbnb::pool
