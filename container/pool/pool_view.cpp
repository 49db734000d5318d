// What a pool says of itself: for status, for the manager's timer, and of its own invariants.
#include <algorithm>
#include <set>

#include "pool/pool.hpp"

namespace hbnb::pool {

View Pool::view() const {
    View view;
    view.workers.assign(workers_.begin(), workers_.end());
    view.target = target_;
    view.min = bounds().min;
    view.max = bounds().max;
    view.overridden = override_.has_value();
    view.reason = reason_;
    view.reason_since = reason_since_;
    view.seen = last_seen_;
    view.generation = generation_;
    if (candidate_)
        view.reloading = candidate_->generation;
    else if (replacing_)
        view.reloading = generation_;
    for (const Worker &worker : workers_)
        if (is_proven(worker)) view.proven = worker.generation;
    view.backing_off = backoff_.delay();
    view.ready = phase_ == Phase::running;
    view.stopping = phase_ == Phase::stopping || phase_ == Phase::stopped;
    return view;
}

std::optional<Moment> Pool::next_wakeup() const {
    std::optional<Moment> next;
    const auto consider = [&](Moment at) { next = next ? std::min(*next, at) : at; };
    for (const Worker &worker : workers_)
        if (const auto until = deadline(worker)) consider(*until);
    const bool may_start = phase_ == Phase::starting || phase_ == Phase::running;
    if (may_start && !backoff_.allows(now_) && counted_live() < wanted()) consider(backoff_.allowed());
    return next;
}

std::vector<std::string> Pool::broken_invariants() const {
    std::vector<std::string> broken;
    std::set<WorkerId> ids;
    for (const Worker &worker : workers_) {
        if (worker.id >= next_id_ || !ids.insert(worker.id).second)
            broken.push_back("worker id " + std::to_string(worker.id) + " is not its own");
        check_worker(worker, broken);
    }
    check_counts(broken);
    if (const auto next = next_wakeup(); next && *next <= now_) broken.push_back("something that was due is not done");
    return broken;
}

void Pool::check_worker(const Worker &worker, std::vector<std::string> &broken) const {
    const auto must = [&](bool holds, const char *what) {
        if (!holds) broken.push_back("worker " + std::to_string(worker.id) + ": " + what);
    };
    const bool is_leaving = worker.state == WorkerState::draining || worker.state == WorkerState::ending;
    const bool is_up = worker.state == WorkerState::serving || worker.state == WorkerState::draining;
    must(is_leaving == worker.leaving.has_value(), "has a reason to leave exactly while it leaves");
    must(!is_up || worker.ready, "serves or drains without having been ready");
    must(worker.state != WorkerState::starting || !worker.ready, "is starting although it was ready");
    must(worker.busy <= worker.threads && worker.threads >= 1, "has more busy threads than threads");
    must(worker.spawned <= worker.since && worker.since <= now_, "has times out of order");
    must(!is_outdated(worker) || replacing_, "is of a generation that nobody replaces");
}

void Pool::check_counts(std::vector<std::string> &broken) const {
    const auto must = [&](bool holds, const char *what) {
        if (!holds) broken.push_back(what);
    };
    const unsigned live = workers_.live(), serving = counted(WorkerState::serving);
    const bool is_up = phase_ == Phase::starting || phase_ == Phase::running;
    must(is_up || live == 0, "a pool that is not up has live workers");
    must(phase_ != Phase::stopped || workers_.empty(), "a stopped pool has workers");
    if (!is_up) return;
    must(bounds().min <= target_ && target_ <= bounds().max, "the target is out of bounds");
    must(live <= target_ + 1 + counted_overdue(),
         "more than one worker above the target, beside the successors of overdue ones, is starting or serving");
    must(serving <= target_, "more workers serve than the target");
    const bool are_enough_starting = workers_.count(WorkerState::starting) >= kStartingMax;
    must(!backoff_.allows(now_) || !has_room() || are_enough_starting || counted_live() >= wanted(),
         "workers are missing and nobody starts them");
    if (!candidate_ || !candidate_->successor) return;
    const auto successor = std::find_if(workers_.begin(), workers_.end(),
                                        [&](const Worker &worker) { return worker.id == *candidate_->successor; });
    must(successor != workers_.end() && successor->is_live() && successor->generation == candidate_->generation,
         "the candidate's successor neither starts nor serves");
}

}  // namespace hbnb::pool
