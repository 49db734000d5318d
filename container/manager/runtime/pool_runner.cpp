#include "manager/runtime/pool_runner.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "base/clock.hpp"
#include "manager/process/worker_end.hpp"
#include "manager/runtime/scale_order.hpp"

namespace hbnb::manager {
namespace {

constexpr std::uint64_t kTicksPerMemoryLook = 20;  // a second's worth: reading /proc is the dearest part of a sample,
constexpr std::uint64_t kTicksPerIdleLook = 200;   // and who has answered nothing since has hardly grown
constexpr unsigned kEndsPerSecond = 20, kOrdersPerSecond = 5;  // lines in the log

}  // namespace

PoolRunner::PoolRunner(Loop &loop, ErrorLog &log, PoolSupplies &supplies, SharedGeneration first, PoolOutcomes outcomes)
    : loop_(loop),
      log_(log),
      supplies_(supplies),
      name_(first->config.name),
      outcomes_(std::move(outcomes)),
      generations_{{first->number, {first, {}}}},
      in_force_(first->number),
      pool_(pool_settings(first->config), monotonic_now()),
      wakeup_(loop),
      admission_(admission_settings(first->config)) {}

void PoolRunner::reload(SharedGeneration generation, bool keeps_bounds) {
    const pool::Reload event{generation->number, pool_settings(generation->config), keeps_bounds};
    generations_[event.generation] = {std::move(generation), {}};
    feed(event);
}

void PoolRunner::commit(pool::Generation generation) {
    in_force_ = generation;
    admission_.take(admission_settings(in_force().config));
    start_queues_over();
    feed(pool::CommitReload{generation});
}

bool PoolRunner::is_proven(pool::Generation generation) const {
    return pool_.view().proven == generation || serves(generation);
}

bool PoolRunner::serves(pool::Generation generation) const {
    const pool::View view = pool_.view();
    return view.generation == generation && view.ready && !view.reloading;
}

bool PoolRunner::is_leaving() const { return admission_.is_stopping() || pool_.view().stopping; }

Result<Bounds> PoolRunner::scale(const ScaleOrder &order) {
    const pool::View view = pool_.view();
    if (!view.ready || view.stopping) return Error{"unable to scale pool " + name_ + ": it is starting or stopping"};
    const auto wanted = bounds_after(order, name_, view);
    if (!wanted) return wanted.error();
    const auto &file = in_force().config.rules;
    say_seldom("bounds set by hand", kOrdersPerSecond, LogLevel::info,
               "bounds set by hand: " + range_text(wanted->min, wanted->max) +
                   " workers, until the next reload (the file: " + range_text(file.min, file.max) + ")");
    feed(pool::Override{wanted->min, wanted->max});
    return Bounds{name_, wanted->min, wanted->max};
}

void PoolRunner::stop() { admission_.stop(monotonic_now()); }

// Carrying out a command can make an event at once (a spawn that fails), which must not come into the middle of
// another.
void PoolRunner::feed(pool::Event event) {
    events_.push_back(std::move(event));
    if (in_hand_) return;
    in_hand_ = true;
    while (!events_.empty()) {
        const pool::Event next = std::move(events_.front());
        events_.pop_front();
        pool_.count_workers_from(supplies_.next_worker);
        const pool::Commands commands = pool_.on(next, monotonic_now());
        supplies_.next_worker = pool_.next_worker();
        for (const auto &command : commands) act(command);
    }
    in_hand_ = false;
    set_wakeup();
}

void PoolRunner::act(const pool::Command &command) {
    std::visit([this](const auto &one) { carry_out(one); }, command);
}

void PoolRunner::set_wakeup() {
    const auto next = pool_.next_wakeup();
    if (!next) return wakeup_.cancel();
    wakeup_.at(*next, [this] { feed(pool::Tick{}); });
}

void PoolRunner::carry_out(const pool::Spawn &command) {
    const pool::WorkerId id = command.worker;
    ++started_;
    WorkerPlan plan = plan_worker(*generations_.at(command.generation).shared, id);
    // A reload that is not taken yet: what ran before serves on beside it.
    if (command.generation != in_force_ || supplies_.is_unproven(command.generation))
        plan.setup.purpose = wire::Purpose::prove;
    plan.program = supplies_.worker_program;
    plan.dev_null = supplies_.dev_null.get();
    if (!generations_.at(command.generation).shared->log.access.empty()) plan.access_log = supplies_.access_log.get();
    auto link = WorkerLink::start(
        loop_, log_, std::move(plan),
        {[this, id](const wire::Message &message) { on_message(id, message); },
         [this, id] { feed(pool::WorkerBroken{id}); }, [this, id](pool::ExitStatus status) { on_exit(id, status); }});
    if (!link) {
        feed(pool::SpawnFailed{id, link.error().message});
        return;
    }
    say(LogLevel::debug, "worker[" + std::to_string((*link)->pid()) + "] starts as worker " + std::to_string(id) +
                             " of generation " + std::to_string(command.generation));
    Held &held = workers_[id];
    held.generation = command.generation;
    held.link = std::move(*link);
}

// A worker that could not be started has no link, and what the rules still say of it is about nobody: SpawnFailed waits
// among the events, behind what the same list of commands, or one before it, says.
WorkerLink *PoolRunner::told(pool::WorkerId worker, const std::string &what) const {
    const auto found = workers_.find(worker);
    if (found == workers_.end()) return nullptr;
    log_.write(LogLevel::debug,
               "pool " + name_ + ": worker[" + std::to_string(found->second.link->pid()) + "] " + what);
    return found->second.link.get();
}

void PoolRunner::carry_out(const pool::Drain &command) {
    if (WorkerLink *link = told(command.worker, "drains: " + std::string(pool::to_string(command.reason))))
        link->drain(pool::hands_over(pool_.view(), command.worker, hands_off()));
}

void PoolRunner::carry_out(const pool::Kill &command) {
    if (WorkerLink *link = told(command.worker, "is killed: " + std::string(pool::to_string(command.reason))))
        link->kill();
}

void PoolRunner::carry_out(const pool::WorkerGone &command) {
    requests_of_gone_ = wire::add_up(requests_of_gone_, command.requests);
    if (const auto held = workers_.find(command.worker); held != workers_.end()) {
        const auto board = held->second.link->note(monotonic_now());
        accepted_of_gone_ = wire::add_up(accepted_of_gone_, board.accepted);
        shed_of_gone_ = wire::add_up(shed_of_gone_, board.shed);
        supplies_.error_lines_of_gone = wire::add_up(supplies_.error_lines_of_gone, board.log_lines_dropped);
    }
    if (command.reason == pool::ExitReason::crashed) ++crashed_;
    tell_end(command);
    workers_.erase(command.worker);
}

// Starts that fail may be tried again and again; workers that serve and die are told one by one, as long as they are few.
void PoolRunner::tell_end(const pool::WorkerGone &gone) {
    const LogLevel level = level_of_end(gone.reason);
    const auto found = workers_.find(gone.worker);
    const Held *held = found == workers_.end() ? nullptr : &found->second;
    const Moment now = monotonic_now();
    const std::string text = held == nullptr ? describe_worker_end(gone, std::nullopt, {}, {}, now)
                                             : describe_worker_end(gone, held->link->pid(), held->link->look(now),
                                                                   held->link->last_words(), now);
    if (level < LogLevel::warning) return say(level, text);
    if (held != nullptr && held->is_ready) return say_seldom("workers that have ended", kEndsPerSecond, level, text);
    say_seldom("starts that have failed", 1, level, text);
}

void PoolRunner::carry_out(const pool::TargetChanged &command) {
    say(LogLevel::info, "target " + std::to_string(command.from) + " -> " + std::to_string(command.to) + " workers (" +
                            std::string(pool::to_string(command.reason)) + "): " + std::to_string(command.seen.busy) +
                            " busy, " + std::to_string(command.seen.idle) + " idle, " +
                            std::to_string(command.seen.waiting) + " waiting");
}

void PoolRunner::carry_out(const pool::BackingOff &command) {
    say_seldom("workers that die young", 1, LogLevel::warning,
               "workers die young: the next start waits " + std::to_string(milliseconds(command.delay)) + " ms");
}

void PoolRunner::carry_out(const pool::PoolReady &) { loop_.post(outcomes_.ready); }

void PoolRunner::carry_out(const pool::StartFailed &command) {
    loop_.post([tell = outcomes_.start_failed, sentence = command.sentence] { tell(sentence); });
}

void PoolRunner::carry_out(const pool::ReloadProven &) { loop_.post(outcomes_.reload_advanced); }

void PoolRunner::carry_out(const pool::ReloadDone &command) {
    // What drains keeps its own descriptors; a listener that no generation names any more is closed here.
    generations_.erase(generations_.begin(), generations_.find(command.generation));
    loop_.post(outcomes_.reload_advanced);
}

void PoolRunner::carry_out(const pool::ReloadFailed &command) {
    if (command.generation != in_force_) generations_.erase(command.generation);
    loop_.post([tell = outcomes_.reload_failed, number = command.generation, sentence = command.sentence] {
        tell(number, sentence);
    });
}

void PoolRunner::carry_out(const pool::ReloadSuperseded &command) {
    loop_.post([tell = outcomes_.reload_failed, number = command.generation, by = command.by] {
        tell(number, "unable to reload: generation " + std::to_string(by) + " came in between");
    });
}

void PoolRunner::carry_out(const pool::Stopped &) {
    loop_.post([this] { outcomes_.stopped(*this); });  // only that ends this runner
}

void PoolRunner::on_message(pool::WorkerId worker, const wire::Message &message) {
    switch (message.kind) {
        case wire::MessageKind::ready:
            workers_.at(worker).is_ready = true;
            if (const auto known = generations_.find(workers_.at(worker).generation); known != generations_.end())
                known->second.plugins = message.plugins;
            feed(pool::WorkerReady{worker, message.threads});
            sample(monotonic_now());
            return;
        case wire::MessageKind::load_failed: return feed(pool::WorkerRefused{worker, message.reason});
        case wire::MessageKind::draining: return;
        case wire::MessageKind::overdue:
            say(LogLevel::info, "worker[" + std::to_string(workers_.at(worker).link->pid()) +
                                    "] has a thread that is stuck in a request: a successor takes its place");
            return feed(pool::WorkerOverdue{worker});
        case wire::MessageKind::drain:
        case wire::MessageKind::queues: return feed(pool::WorkerBroken{worker});  // those are ours to say
    }
}

void PoolRunner::on_exit(pool::WorkerId worker, pool::ExitStatus status) {
    // A plugin may end its worker before it can refuse: what that one was at is said for it.
    const Held &held = workers_.at(worker);
    if (const auto last = held.link->look(monotonic_now()); !held.is_ready && !last.loading.empty())
        feed(pool::WorkerRefused{worker, describe_end_at_load(last.loading, status)});
    const unsigned threads = in_force().config.rules.threads;
    feed(pool::WorkerExited{worker, status});
    admission_.worker_ended(threads);
    sample(monotonic_now());
}

unsigned PoolRunner::count_at_doors() {
    std::set<const Listener *> seen;  // one that several generations share counts once
    unsigned waiting = 0;
    for (const auto &[number, generation] : generations_) {
        for (const auto &listener : generation.shared->listeners) {
            if (!seen.insert(listener.get()).second) continue;
            if (!listener->is_unix()) {
                waiting += listener->waiting();
            } else if (supplies_.backlog) {
                waiting += ask_backlog(*supplies_.backlog, *listener);
            }
        }
    }
    return waiting;
}

unsigned PoolRunner::ask_backlog(Backlog &backlog, const Listener &listener) {
    if (!supplies_.backlog_pause.is_over(supplies_.ticks)) return 0;
    const auto queue = backlog.waiting(listener.fd());
    if (queue) return *queue;
    log_.write(LogLevel::warning, queue.error().message + "; for a minute the pools grow by busy workers alone");
    supplies_.backlog_pause.begin(supplies_.ticks);
    return 0;
}

bool PoolRunner::is_memory_due(pool::WorkerId id, const Held &held, std::uint64_t requests) const {
    const bool idle = requests == held.measured_at;
    return held.memory == 0 || (supplies_.ticks + id) % (idle ? kTicksPerIdleLook : kTicksPerMemoryLook) == 0;
}

void PoolRunner::note_waiting(Held &held, const wire::ScoreboardSnapshot &board, Moment now) {
    held.held_back = board.held;
    held.unmoved = board.unmoved;
    held.longest_wait = std::max(board.held != 0 ? now - board.held_since : Duration{},
                                 board.unmoved != 0 ? now - board.unmoved_since : Duration{});
}

pool::WorkerSample PoolRunner::sample_worker(pool::WorkerId id, Held &held, Moment now) {
    const auto board = held.link->note(now);
    note_waiting(held, board, now);
    held.accepted = board.accepted;
    held.shed = board.shed;
    if (is_memory_due(id, held, board.requests)) {
        held.memory = held.link->memory();
        held.measured_at = board.requests;
    }
    pool::WorkerSample out{id, board.busy(), board.requests, held.memory, now, held.link->is_stopped(), board.busy_ns};
    for (const auto &thread : board.threads)
        if (thread.busy) out.oldest_request = std::min(out.oldest_request, thread.busy_since);
    return out;
}

pool::LoadSample PoolRunner::take_sample(Moment now) {
    pool::LoadSample sample{now, count_at_doors(), {}, look_at_queue(now)};
    sample.workers.reserve(workers_.size());
    sample.accepted = accepted_of_gone_;
    sample.shed = shed_of_gone_;
    for (auto &[id, held] : workers_) {
        sample.workers.push_back(sample_worker(id, held, now));
        sample.accepted += held.accepted;
        sample.shed += held.shed;
        sample.held += held.held_back;
        sample.unmoved += held.unmoved;
        sample.longest_at_workers = std::max(sample.longest_at_workers, held.longest_wait);
    }
    return sample;
}

// The sample in hand decides about itself: the rules see it first, so that idle threads and bounds are of now.
void PoolRunner::sample(Moment now) {
    look_after_queues(now);
    const pool::LoadSample sample = take_sample(now);
    waiting_ = sample.waiting();
    held_ = sample.held;
    feed(pool::Sampled{sample});
    const unsigned most = pool_.bounds().max * in_force().config.rules.threads;
    carry_out(admission_.decide(sample, {pool_.last_seen().idle, most}), now);
    for (auto &[id, held] : workers_) held.link->check_lost(now);
}

void PoolRunner::carry_out(const pool::AdmissionDecision &decision, Moment now) {
    if (decision.overload) tell_overload(*decision.overload);
    const auto &room = in_force().room;
    if (room && decision.limit) room->set_door(*decision.limit);
    if (room && decision.wake > 0) room->nudge(now, decision.wake);
    if (hands_off()) watch_room();
    if (decision.drain) feed(pool::Stop{});
}

void PoolRunner::tell_overload(const pool::OverloadChange &change) {
    if (!change.has_begun)
        return say(LogLevel::info, "no longer overloaded after " + std::to_string(milliseconds(change.lasted)) +
                                       " ms; answered 503: " + std::to_string(change.shed));
    const config::Pool &config = in_force().config;
    say(LogLevel::warning,
        "overloaded: " + std::to_string(waiting_) + " requests wait, " +
            (held_ > 0 ? std::to_string(held_) + " are held at busy workers, " : "") + std::to_string(change.shed) +
            " were answered 503: more than " + std::to_string(milliseconds(config.waiting.age_max)) +
            " ms (waiting.age_max) are too long, waited or foreseen; target " + std::to_string(pool_.view().target) +
            " of at most " + std::to_string(config.rules.max) + " workers");
}

bool PoolRunner::owns(pid_t pid) const {
    return std::any_of(workers_.begin(), workers_.end(),
                       [&](const auto &entry) { return entry.second.link->pid() == pid; });
}

void PoolRunner::say_seldom(const char *kind, unsigned a_second, LogLevel level, const std::string &text) {
    const std::string pool = "pool " + name_ + ": ";
    log_.write_seldom(pool + kind, a_second, level, pool + text, monotonic_now());
}

}  // namespace hbnb::manager
