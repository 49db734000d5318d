// Make it so: after every event the pool is brought back to what pool.hpp says, from whatever state it is in. No rule
// remembers what the last event was; so an order of events that nobody thought of ends up right all the same.
#include <algorithm>
#include <tuple>

#include "pool/pool.hpp"
#include "pool/retirement.hpp"

namespace hbnb::pool {

void Pool::settle() {
    ease_backoff();
    end_overdue();
    if (phase_ == Phase::stopping) return announce_stopped();
    if (phase_ == Phase::fresh) return;
    announce_ready();
    drain_surplus();
    cut_excess_starts();
    start_missing();
    announce_reload_done();
}

void Pool::ease_backoff() {
    backoff_.forget(now_);
    for (const Worker &worker : workers_) {
        if (worker.state == WorkerState::serving && !is_candidate(worker) && now_ - *worker.ready >= kServedWell)
            backoff_.proved(worker.spawned);
    }
}

void Pool::end_overdue() {
    for (Worker &worker : workers_) {
        const auto until = deadline(worker);
        if (!until || *until > now_) continue;
        if (worker.state == WorkerState::draining) {
            kill(worker, ExitReason::drain_timeout);
            continue;
        }
        const Worker was = worker;
        kill(worker, ExitReason::start_timeout);
        died_early(was, "it was not ready in time");
    }
}

std::optional<Moment> Pool::deadline(const Worker &worker) const {
    Duration limit{0};
    if (worker.state == WorkerState::starting) limit = worker.settings.timeout_start;
    if (worker.state == WorkerState::draining) limit = worker.settings.timeout_drain;
    if (limit <= Duration::zero()) return std::nullopt;
    return std::max(worker.since, resumed_) + limit;
}

void Pool::announce_ready() {
    if (phase_ != Phase::starting || workers_.count(WorkerState::serving) < bounds().min) return;
    phase_ = Phase::running;
    out_.push_back(PoolReady{});
}

void Pool::drain_surplus() {
    while (counted(WorkerState::serving) > target_) {
        Worker &worker = least_needed();
        drain(worker, why_drain(worker));
    }
}

// Only a target that was cut by hand or by a reload leaves so many starting; one above it may be a successor.
void Pool::cut_excess_starts() {
    while (workers_.live() > target_ + 1 + counted_overdue()) {
        Worker *worker = least_needed_start();
        if (worker == nullptr) return;
        kill(*worker, ExitReason::drained_scale_down);
    }
}

void Pool::start_missing() {
    if (!has_room()) return;
    if (phase_ == Phase::running && candidate_ && !candidate_->successor && workers_.live() <= target_)
        candidate_->successor = spawn(candidate_->generation, candidate_->settings);
    if (!backoff_.allows(now_)) return;
    unsigned starting = workers_.count(WorkerState::starting);
    for (unsigned live = counted_live(); live < wanted() && starting < kStartingMax; ++live, ++starting)
        spawn(generation_, settings_);
}

void Pool::announce_reload_done() {
    if (!replacing_ || std::any_of(workers_.begin(), workers_.end(), [&](const Worker &w) { return is_outdated(w); }))
        return;
    replacing_ = false;
    out_.push_back(ReloadDone{generation_});
}

void Pool::announce_stopped() {
    if (!workers_.empty()) return;
    phase_ = Phase::stopped;
    out_.push_back(Stopped{});
}

WorkerId Pool::spawn(Generation generation, const Settings &settings) {
    Worker worker;
    worker.id = next_id_++;
    worker.generation = generation;
    worker.settings = settings;
    worker.spawned = worker.since = worker.active = now_;
    worker.threads = settings.threads;
    out_.push_back(Spawn{worker.id, generation});
    return workers_.add(std::move(worker)).id;
}

void Pool::drain(Worker &worker, ExitReason reason) {
    worker.leaving = reason;
    enter(worker, WorkerState::draining);
    out_.push_back(Drain{worker.id, reason});
}

void Pool::kill(Worker &worker, ExitReason reason) {
    worker.leaving = reason;
    enter(worker, WorkerState::ending);
    out_.push_back(Kill{worker.id, reason});
}

void Pool::enter(Worker &worker, WorkerState state) {
    worker.state = state;
    worker.since = now_;
}

void Pool::set_target(unsigned target, TargetReason reason) {
    note_reason(reason);
    if (target == target_) return;
    out_.push_back(TargetChanged{target_, target, reason, last_seen_});
    target_ = target;
}

void Pool::note_reason(TargetReason reason) {
    if (reason == reason_) return;
    reason_ = reason;
    reason_since_ = now_;
}

void Pool::explain_target() { note_reason(policy_.reason(standing())); }

Standing Pool::standing() const {
    return {target_, bounds().min, bounds().max, threads_, last_shrink_, override_.has_value()};
}

void Pool::keep_target_within_bounds() {
    const auto [min, max] = bounds();
    if (target_ < min) set_target(min, override_ ? TargetReason::override_by_operator : TargetReason::minimum);
    if (target_ > max) set_target(max, override_ ? TargetReason::override_by_operator : TargetReason::at_max);
}

// Of those that serve, never a candidate's successor; there is one. The order is the one pool.hpp promises.
Worker &Pool::least_needed() {
    const auto rank = [this](const Worker &worker) {
        const int group = worker.overdue ? 0 : is_outdated(worker) ? 1 : due_to_retire(worker, now_) ? 2 : 3;
        return std::tuple(worker.state != WorkerState::serving || is_candidate(worker), group, worker.busy,
                          worker.active, worker.requests, ~worker.id);
    };
    return *std::min_element(workers_.begin(), workers_.end(),
                             [&](const Worker &a, const Worker &b) { return rank(a) < rank(b); });
}

// Of those that start, never a candidate's successor: outdated first, then the youngest.
Worker *Pool::least_needed_start() {
    Worker *least = nullptr;
    for (Worker &worker : workers_) {
        if (worker.state != WorkerState::starting || is_candidate(worker)) continue;
        if (least == nullptr || is_outdated(worker) || !is_outdated(*least)) least = &worker;
    }
    return least;
}

ExitReason Pool::why_drain(const Worker &worker) const {
    if (worker.overdue) return ExitReason::drained_overdue;
    if (is_outdated(worker)) return ExitReason::drained_reload;
    return due_to_retire(worker, now_).value_or(ExitReason::drained_scale_down);
}

Bounds Pool::bounds() const { return override_.value_or(Bounds{settings_.min, settings_.max}); }

bool Pool::is_candidate(const Worker &worker) const { return candidate_ && candidate_->successor == worker.id; }

bool Pool::is_proven(const Worker &worker) const {
    return is_candidate(worker) && worker.state == WorkerState::serving;
}

bool Pool::is_outdated(const Worker &worker) const {
    return worker.is_live() && worker.generation != generation_ && !is_candidate(worker);
}

// While a candidate is being tried the one replacement there may be is its.
bool Pool::has_replacement_due() const {
    return !candidate_ && std::any_of(workers_.begin(), workers_.end(), [&](const Worker &worker) {
        return is_outdated(worker) || due_to_retire(worker, now_);
    });
}

unsigned Pool::counted(WorkerState state) const {
    const auto counts = [&](const Worker &worker) { return worker.state == state && !is_candidate(worker); };
    return static_cast<unsigned>(std::count_if(workers_.begin(), workers_.end(), counts));
}

unsigned Pool::counted_live() const { return counted(WorkerState::starting) + counted(WorkerState::serving); }

unsigned Pool::counted_overdue() const {
    return static_cast<unsigned>(std::count_if(workers_.begin(), workers_.end(), [&](const Worker &worker) {
        return worker.state == WorkerState::serving && worker.overdue && !is_candidate(worker);
    }));
}

unsigned Pool::wanted() const { return target_ + std::max(counted_overdue(), has_replacement_due() ? 1u : 0u); }

bool Pool::has_room() const {
    const unsigned leaving = workers_.count(WorkerState::draining) + workers_.count(WorkerState::ending);
    return leaving / kLeavingTimesMax < bounds().max;
}

Seen Pool::seen(Moment taken, unsigned waiting) const {
    Seen seen;
    seen.taken = taken;
    seen.waiting = waiting;
    for (const Worker &worker : workers_) {
        if (worker.state != WorkerState::serving) continue;
        seen.busy += worker.busy;
        seen.idle += worker.idle();
    }
    seen.starting = workers_.count(WorkerState::starting);
    seen.serving = workers_.count(WorkerState::serving);
    seen.draining = workers_.count(WorkerState::draining);
    seen.ending = workers_.count(WorkerState::ending);
    return seen;
}

}  // namespace hbnb::pool
