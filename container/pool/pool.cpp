// What can happen to a pool, one function an event. Each notes the fact; settle() in pool_rules.cpp then makes it so.
#include "pool/pool.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace hbnb::pool {
namespace {

// For the sentence of one that died too early.
std::string early_when(const Worker &worker) {
    return worker.state == WorkerState::starting ? " while it was starting" : " before its generation was taken";
}

}  // namespace

Pool::Pool(const Settings &settings, Moment now)
    : settings_(clamped(settings)),
      policy_(settings_.spare, settings_.shrink_after),
      threads_(settings_.threads),
      now_(now) {}

Commands Pool::on(const Event &event, Moment now) {
    note_gap(now);
    if (phase_ != Phase::stopped) {
        std::visit([this](const auto &what) { take(what); }, event);
        settle();
    }
    if (const auto broken = broken_invariants(); !broken.empty()) throw std::logic_error("pool: " + broken.front());
    return std::exchange(out_, {});
}

void Pool::note_gap(Moment now) {
    if (now - now_ > kGap) resumed_ = now;
    now_ = std::max(now_, now);
}

void Pool::take(const Start &event) {
    if (phase_ != Phase::fresh) return;
    phase_ = Phase::starting;
    generation_ = event.generation;
    set_target(bounds().min, TargetReason::start);
}

void Pool::take(const WorkerReady &event) {
    Worker *worker = workers_.find(event.worker);
    if (worker == nullptr) return;
    if (worker->state == WorkerState::serving) return kill_for_nonsense(*worker, "ready is said twice");
    if (worker->state != WorkerState::starting) return;
    worker->threads = std::clamp(event.threads, 1u, worker->settings.threads);
    worker->ready = worker->active = now_;
    enter(*worker, WorkerState::serving);
    if (is_candidate(*worker)) {
        out_.push_back(ReloadProven{worker->generation});
    } else if (worker->generation == generation_) {
        threads_ = worker->threads;
    }
}

void Pool::take(const WorkerExited &event) {
    const Worker *worker = workers_.find(event.worker);
    if (worker == nullptr) return;
    const Worker was = *worker;
    const bool as_asked =
        was.state == WorkerState::ending || (was.state == WorkerState::draining && is_clean(event.status));
    gone(was.id, as_asked ? *was.leaving : ExitReason::crashed, event.status, was.sentence);
    if (was.is_live()) died_early(was, "it died with " + to_string(event.status) + early_when(was));
}

void Pool::take(const SpawnFailed &event) {
    const Worker *worker = workers_.find(event.worker);
    if (worker == nullptr || worker->state == WorkerState::serving || worker->state == WorkerState::draining) return;
    const Worker was = *worker;
    gone(was.id, ExitReason::spawn_failed, {}, event.sentence);
    if (was.is_live()) died_early(was, event.sentence);
}

void Pool::take(const WorkerRefused &event) {
    Worker *worker = workers_.find(event.worker);
    if (worker == nullptr) return;
    if (worker->state == WorkerState::serving) return kill_for_nonsense(*worker, "load_failed while it serves");
    if (worker->state != WorkerState::starting) return;
    worker->sentence = event.sentence;
    const Worker was = *worker;
    kill(*worker, ExitReason::load_failed);  // it is leaving anyway; now it surely does
    died_early(was, event.sentence);
}

void Pool::take(const WorkerBroken &event) {
    Worker *worker = workers_.find(event.worker);
    if (worker != nullptr && worker->state != WorkerState::ending) kill_for_nonsense(*worker, event.sentence);
}

void Pool::take(const WorkerOverdue &event) {
    Worker *worker = workers_.find(event.worker);
    if (worker == nullptr || worker->state == WorkerState::ending) return;
    if (worker->state == WorkerState::starting) return kill_for_nonsense(*worker, "overdue before ready");
    worker->overdue = true;
}

void Pool::kill_for_nonsense(Worker &worker, const std::string &sentence) {
    worker.sentence = sentence;
    const Worker was = worker;
    kill(worker, ExitReason::protocol);
    if (was.is_live()) died_early(was, "it sent nonsense over its channel" + early_when(was));
}

void Pool::gone(WorkerId id, ExitReason reason, ExitStatus status, const std::string &sentence) {
    const Worker &worker = *workers_.find(id);
    out_.push_back(WorkerGone{id, worker.generation, reason, status, sentence, now_ - worker.spawned, worker.requests});
    workers_.remove(id);
}

// `worker`, as it was while it lived, has left or been given up without being asked to. The sentence is for one that
// was starting, or whose generation was proven and not taken.
void Pool::died_early(const Worker &worker, const std::string &sentence) {
    const std::string whole = "unable to start worker " + std::to_string(worker.id) + ": " + sentence;
    const bool was_starting = worker.state == WorkerState::starting;
    if (was_starting && phase_ == Phase::starting) {
        out_.push_back(StartFailed{whole});
        return stop_now();
    }
    if (is_candidate(worker)) {
        out_.push_back(ReloadFailed{candidate_->generation, whole});
        candidate_.reset();
        return;
    }
    const bool was_young = was_starting || now_ - *worker.ready < kServedWell;
    if (was_young && worker.generation == generation_ && backoff_.failed(worker.spawned, now_))
        out_.push_back(BackingOff{backoff_.delay()});
}

void Pool::take(const Sampled &event) {
    note_load(event.sample);
    last_seen_ = seen(std::max(last_seen_.taken, event.sample.taken), std::min(event.sample.waiting(), kWaitingMax));
    if (phase_ != Phase::running) return;
    policy_.observe(last_seen_);
    const Decision decision = policy_.decide(standing());
    if (decision.reason == TargetReason::surplus) last_shrink_ = last_seen_.taken;
    if (decision.target != target_) set_target(decision.target, decision.reason);
    explain_target();
}

void Pool::note_load(const LoadSample &sample) {
    const Duration awake = std::clamp(sample.taken - last_seen_.taken, Duration{0}, kSuspendedStep);
    for (const WorkerSample &of : sample.workers) {
        Worker *worker = workers_.find(of.worker);
        if (worker == nullptr) continue;
        const unsigned busy = std::min(of.busy_threads, worker->threads);
        if (busy > 0 || of.requests != worker->requests) worker->active = now_;
        worker->busy = busy;
        worker->requests = of.requests;
        if (of.memory > 0) worker->memory = of.memory;
        if (busy > 0) kill_stuck_in_request(*worker, of.oldest_request);
        worker->suspended = of.suspended ? worker->suspended + awake : Duration{0};
        kill_suspended(*worker);
        worker->unheard = of.heard ? Duration{0} : worker->unheard + awake;
        give_up_unheard(*worker);
    }
}

// It does not hear `drain` either; but its handler threads may serve still, so its successor comes first.
void Pool::give_up_unheard(Worker &worker) {
    if (worker.unheard <= kUnheardMax || worker.state != WorkerState::serving || worker.overdue) return;
    worker.overdue = true;
    out_.push_back(WorkerUnheard{worker.id});
}

void Pool::kill_suspended(Worker &worker) {
    if (worker.suspended <= kSuspendedMax || worker.state == WorkerState::ending) return;
    worker.sentence = "it was stopped by a signal, SIGSTOP or the like";
    const Worker was = worker;
    kill(worker, ExitReason::suspended);
    if (was.is_live()) died_early(was, was.sentence);
}

void Pool::kill_stuck_in_request(Worker &worker, Moment oldest_request) {
    if (worker.state != WorkerState::serving && worker.state != WorkerState::draining) return;
    if (worker.overdue) return;  // its control thread has seen to it
    const Duration limit = worker.settings.timeout_request;
    if (limit <= Duration::zero()) return;
    const Moment began = std::max({oldest_request, resumed_, *worker.ready});
    if (now_ - began <= limit + kRequestGrace) return;
    const Worker was = worker;
    kill(worker, ExitReason::request_timeout);
    if (was.is_live()) died_early(was, "a request was over its deadline" + early_when(was));
}

void Pool::take(const Tick &) {}

void Pool::take(const Reload &event) {
    if (phase_ == Phase::stopping) {
        out_.push_back(ReloadFailed{event.generation, "the pool is stopping"});
        return;
    }
    if (candidate_) {
        out_.push_back(ReloadSuperseded{candidate_->generation, event.generation});
        drop_candidate();
    }
    candidate_ = Candidate{event.generation, clamped(event.settings), event.keeps_bounds};
}

// From here on it is the generation in force.
void Pool::take(const CommitReload &event) {
    if (!candidate_ || candidate_->generation != event.generation || !candidate_->successor) return;
    const Worker &successor = *workers_.find(*candidate_->successor);
    if (!is_proven(successor)) return;
    if (replacing_) out_.push_back(ReloadSuperseded{generation_, event.generation});
    replacing_ = true;
    generation_ = candidate_->generation;
    settings_ = candidate_->settings;
    if (!candidate_->keeps_bounds) override_.reset();
    candidate_.reset();
    backoff_ = Backoff();
    policy_ = ScalingPolicy(settings_.spare, settings_.shrink_after);
    threads_ = successor.threads;
    keep_target_within_bounds();
    explain_target();
}

void Pool::take(const AbandonReload &event) {
    if (!candidate_ || candidate_->generation != event.generation) return;
    out_.push_back(ReloadFailed{event.generation, "the reload was abandoned"});
    drop_candidate();
}

void Pool::drop_candidate() {
    if (candidate_->successor) {
        Worker &successor = *workers_.find(*candidate_->successor);
        is_proven(successor) ? drain(successor, ExitReason::superseded) : kill(successor, ExitReason::superseded);
    }
    candidate_.reset();
}

void Pool::take(const Override &event) {
    override_ = Bounds{std::max(event.min, 1u), std::max({event.max, event.min, 1u})};
    if (phase_ != Phase::starting && phase_ != Phase::running) return;
    keep_target_within_bounds();
    if (phase_ == Phase::running) explain_target();
}

void Pool::take(const Stop &) {
    phase_ = Phase::stopping;
    fail_reloads("the pool is stopping");
    for (Worker &worker : workers_) {
        if (worker.state == WorkerState::serving) drain(worker, ExitReason::drained_stop);
        if (worker.state == WorkerState::starting) kill(worker, ExitReason::drained_stop);
    }
}

void Pool::take(const StopNow &) { stop_now(); }

void Pool::stop_now() {
    phase_ = Phase::stopping;
    fail_reloads("the pool is stopping");
    for (Worker &worker : workers_)
        if (worker.state != WorkerState::ending) kill(worker, ExitReason::stopped_now);
}

void Pool::fail_reloads(const std::string &sentence) {
    if (replacing_) out_.push_back(ReloadFailed{generation_, sentence});
    if (candidate_) out_.push_back(ReloadFailed{candidate_->generation, sentence});
    replacing_ = false;
    candidate_.reset();
}

}  // namespace hbnb::pool
