#include "manager/runtime/driver.hpp"

#include <utility>
#include <variant>

#include "manager/process/worker_end.hpp"
#include "manager/runtime/scale_order.hpp"
#include "wire/believed.hpp"

namespace hbnb::manager {

Driver::Driver(DriverParts parts, SharedGeneration first, Moment now)
    : parts_(std::move(parts)),
      name_(first->config.name),
      log_(parts_.log, name_),
      generations_{{first->number, {first, {}}}},
      in_force_(first->number),
      pool_(pool_settings(first->config), now),
      admission_(admission_settings(first->config)),
      sampler_(parts_.shared.ticks),
      now_(now) {
    share_queues();
}

void Driver::reload(SharedGeneration generation, bool keeps_bounds, Moment now) {
    const pool::Reload event{generation->number, pool_settings(generation->config), keeps_bounds};
    generations_[event.generation] = {std::move(generation), {}};
    share_queues();
    feed(event, now);
}

void Driver::commit(pool::Generation generation, Moment now) {
    in_force_ = generation;
    admission_.take(admission_settings(in_force().config));
    share_queues();
    if (const auto on = parts_.queues.start_over(now); !on)
        log_.say(LogLevel::error, on.error().message + ": hand-off stays off, requests wait at their worker");
    feed(pool::CommitReload{generation}, now);
}

void Driver::share_queues() {
    Listeners all;
    for (const auto &[number, known] : generations_)
        all.insert(all.end(), known.shared->listeners.begin(), known.shared->listeners.end());
    parts_.queues.use(std::move(all), in_force().hand_off);
}

bool Driver::is_proven(pool::Generation generation) const {
    return pool_.view().proven == generation || serves(generation);
}

bool Driver::serves(pool::Generation generation) const {
    const pool::View view = pool_.view();
    return view.generation == generation && view.ready && !view.reloading;
}

Result<Bounds> Driver::scale(const ScaleOrder &order, Moment now) {
    const pool::View view = pool_.view();
    if (!view.ready || view.stopping) return Error{"unable to scale pool " + name_ + ": it is starting or stopping"};
    const auto wanted = bounds_after(order, name_, view);
    if (!wanted) return wanted.error();
    log_.bounds_set(wanted->min, wanted->max, in_force().config.rules, now);
    feed(pool::Override{wanted->min, wanted->max}, now);
    return Bounds{name_, wanted->min, wanted->max};
}

// Carrying out a command can make an event at once (a spawn that fails), which must not come into the middle of
// another.
void Driver::feed(pool::Event event, Moment now) {
    now_ = now;
    events_.push_back(std::move(event));
    if (in_hand_) return;
    in_hand_ = true;
    while (!events_.empty()) {
        const pool::Event next = std::move(events_.front());
        events_.pop_front();
        pool_.count_workers_from(parts_.shared.next_worker);
        const pool::Commands commands = pool_.on(next, now_);
        parts_.shared.next_worker = pool_.next_worker();
        for (const auto &command : commands) std::visit([this](const auto &one) { carry_out(one); }, command);
    }
    in_hand_ = false;
    parts_.wake_at(pool_.next_wakeup());
}

// The sample in hand decides about itself: the rules see it first, so that idle threads and bounds are of now.
void Driver::sample(Moment now) {
    const QueuesSeen queues = parts_.queues.look(now);
    if (queues.damage) log_.say(LogLevel::error, *queues.damage);
    if (queues.ends)
        for (auto &[id, worker] : workers_) worker.link->send_queues(*queues.ends);
    sample_ = sampler_.take(workers_, queues, now);
    feed(pool::Sampled{sample_}, now);
    const unsigned most = pool_.bounds().max * in_force().config.rules.threads;
    carry_out(admission_.decide(sample_, {pool_.last_seen().idle, most}));
    for (auto &[id, worker] : workers_) worker.link->check_lost(now);
}

void Driver::carry_out(const pool::AdmissionDecision &decision) {
    if (decision.overload) log_.overload_changed(*decision.overload, sample_, pool_.view().target, in_force().config);
    if (decision.limit) parts_.queues.set_limit(*decision.limit);
    if (decision.wake > 0) parts_.queues.wake(decision.wake, now_);
    parts_.queues.watch();
    if (decision.drain) feed(pool::Stop{}, now_);
}

void Driver::carry_out(const pool::Spawn &command) {
    sampler_.worker_starts();
    // A reload that is not taken yet: what ran before serves on beside it.
    const bool proves = command.generation != in_force_ || parts_.shared.unproven == command.generation;
    const PoolGeneration &generation = *generations_.at(command.generation).shared;
    auto link = parts_.starter.start(generation, command.worker, proves);
    if (!link) return feed(pool::SpawnFailed{command.worker, link.error().message}, now_);
    log_.say(LogLevel::debug, "worker[" + std::to_string((*link)->pid()) + "] starts as worker " +
                                  std::to_string(command.worker) + " of generation " +
                                  std::to_string(command.generation));
    LivingWorker &worker = workers_[command.worker];
    worker.generation = command.generation;
    worker.threads = generation.config.rules.threads;
    worker.started = now_;
    worker.link = std::move(*link);
}

// A worker that could not be started has no link, and what the rules still say of it is about nobody: SpawnFailed waits
// among the events, behind what the same list of commands, or one before it, says.
Link *Driver::told(pool::WorkerId worker, const std::string &what) {
    const auto found = workers_.find(worker);
    if (found == workers_.end()) return nullptr;
    log_.say(LogLevel::debug, "worker[" + std::to_string(found->second.link->pid()) + "] " + what);
    return found->second.link.get();
}

void Driver::carry_out(const pool::Drain &command) {
    if (Link *link = told(command.worker, "drains: " + std::string(pool::to_string(command.reason))))
        link->drain(pool::hands_over(pool_.view(), command.worker, parts_.queues.is_on()));
}

void Driver::carry_out(const pool::Kill &command) {
    if (Link *link = told(command.worker, "is killed: " + std::string(pool::to_string(command.reason)))) link->kill();
}

void Driver::carry_out(const pool::WorkerUnheard &command) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(pool::kUnheardMax).count();
    if (const Link *link = told(command.worker, "is not heard"))
        log_.say(LogLevel::error, "worker[" + std::to_string(link->pid()) +
                                      "] has a thread that is stuck: nothing was heard of its control thread for " +
                                      std::to_string(seconds) + " s; a successor takes its place");
}

void Driver::carry_out(const pool::WorkerGone &command) {
    const auto found = workers_.find(command.worker);
    const LivingWorker *worker = found == workers_.end() ? nullptr : &found->second;
    const std::uint64_t lines = sampler_.worker_gone(worker != nullptr ? worker->link.get() : nullptr, command, now_);
    parts_.shared.error_lines_of_gone = wire::add_up(parts_.shared.error_lines_of_gone, lines);
    log_.worker_ended(command, worker, now_);
    workers_.erase(command.worker);
}

// What drains keeps its own descriptors; a listener that no generation names any more is closed here.
void Driver::carry_out(const pool::ReloadDone &command) {
    generations_.erase(generations_.begin(), generations_.find(command.generation));
    share_queues();
    parts_.tell(command);
}

void Driver::carry_out(const pool::ReloadFailed &command) {
    if (command.generation != in_force_) generations_.erase(command.generation);
    share_queues();
    parts_.tell(command);
}

void Driver::said(pool::WorkerId worker, const wire::Message &message, Moment now) {
    LivingWorker &its = workers_.at(worker);
    switch (message.kind) {
        case wire::MessageKind::ready:
            sampler_.worker_ready(its, now);
            if (const auto known = generations_.find(its.generation); known != generations_.end())
                known->second.plugins = message.plugins;
            feed(pool::WorkerReady{worker, message.threads}, now);
            return sample(now);
        case wire::MessageKind::load_failed: return feed(pool::WorkerRefused{worker, message.reason}, now);
        case wire::MessageKind::draining: return;
        case wire::MessageKind::overdue:
            log_.say(LogLevel::info, "worker[" + std::to_string(its.link->pid()) +
                                         "] has a thread that is stuck: a successor takes its place");
            return feed(pool::WorkerOverdue{worker}, now);
        case wire::MessageKind::drain:
        case wire::MessageKind::queues:
            return broken(worker, "that is the manager's to say", now);  // those are ours to say
    }
}

void Driver::exited(pool::WorkerId worker, pool::ExitStatus status, Moment now) {
    // A plugin may end its worker before it can refuse: what that one was at is said for it.
    const LivingWorker &its = workers_.at(worker);
    const auto last = its.link->look(now);
    if (!its.is_ready() && !last.loading.empty())
        feed(pool::WorkerRefused{worker, describe_end_at_load(last.loading, status)}, now);
    if (const auto wrapper = its.link->wrapper(); !wrapper.empty() && !last.begun)
        feed(pool::WorkerRefused{worker, describe_end_of_wrapper(wrapper, status)}, now);
    admission_.worker_ended(its.threads);
    feed(pool::WorkerExited{worker, status}, now);
    sample(now);
}

}  // namespace hbnb::manager
