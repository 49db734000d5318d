#include "manager/runtime/pool_status.hpp"

#include <algorithm>

#include "wire/believed.hpp"

namespace hbnb::manager {
namespace {

wire::WorkerStatus worker_status(const pool::Worker &worker, const LivingWorkers &living, Moment now) {
    wire::WorkerStatus out;
    out.id = worker.id;
    out.state = pool::to_string(worker.state);
    out.generation = worker.generation;
    out.age_s = std::chrono::duration<double>(now - worker.spawned).count();
    out.threads = worker.threads;
    const auto found = living.find(worker.id);
    if (found == living.end()) return out;
    const auto board = found->second.link->look(now);
    out.pid = found->second.link->pid();
    out.busy = board.busy();
    out.memory = found->second.memory;
    if (const auto &took = found->second.start_time) out.start_ms = static_cast<std::uint64_t>(milliseconds(*took));
    wire::add_counters(out, board);
    wire::each_worker_gauge([](const auto &, std::uint64_t &to, const std::uint64_t &is) { to = is; }, out, board);
    for (const auto &thread : board.threads) {
        if (!thread.busy) continue;
        const auto since = static_cast<std::uint64_t>(milliseconds(now - thread.busy_since));
        out.current.push_back({thread.method, thread.uri, thread.route, thread.plugin, thread.request_id, since});
    }
    return out;
}

void add_workers(wire::PoolStatus &out, const pool::View &view, const LivingWorkers &living, Moment now) {
    for (const auto &worker : view.workers) {
        wire::WorkerStatus one = worker_status(worker, living, now);
        const auto found = living.find(worker.id);
        if (found != living.end()) {
            const auto mounts = found->second.link->note_mounts(now);
            for (const auto &mount : mounts) wire::add_mount_counters(one, mount.counts);
            add_mounts(out.mounts, mounts);
        }
        wire::add_counters(out, one);
        wire::add_mount_counters(out, one);
        out.workers.push_back(std::move(one));
        switch (worker.state) {
            case pool::WorkerState::starting: ++out.starting; break;
            case pool::WorkerState::serving: ++out.serving; break;
            case pool::WorkerState::draining: ++out.draining; break;
            case pool::WorkerState::ending: ++out.ending; break;
        }
    }
}

}  // namespace

wire::PoolStatus status_of(const Driver &pool, Moment now) {
    const pool::View view = pool.view();
    const PoolFacts facts = pool.facts();
    const PoolGeneration &in_force = pool.in_force();
    wire::PoolStatus out;
    out.name = pool.name();
    out.generation = view.generation;
    out.target = view.target;
    out.min = view.min;
    out.max = view.max;
    out.overridden = view.overridden;
    out.reason = pool::to_string(view.reason);
    out.reason_since_ms = static_cast<std::uint64_t>(milliseconds(now - view.reason_since));
    out.busy = view.seen.busy;
    out.idle = view.seen.idle;
    out.waiting = view.seen.waiting;
    out.held = facts.held;
    out.waiting_ms = static_cast<std::uint64_t>(milliseconds(facts.admission.longest_wait()));
    out.overloaded = facts.admission.is_overloaded();
    out.hand_off = in_force.hand_off ? (in_force.hand_off->is_on() ? "on" : "off") : "none";
    out.queues_renewed = in_force.hand_off ? in_force.hand_off->renewed() : 0;
    out.waiting_max =
        in_force.hand_off ? std::min(in_force.hand_off->capacity(), in_force.config.waiting.length_max) : 0;
    facts.counts.show(out);
    out.listeners = names_of(in_force.listeners);
    out.plugins = facts.plugins;
    add_workers(out, view, pool.workers(), now);
    return out;
}

std::string summary_of(const Driver &pool) {
    const pool::View view = pool.view();
    const auto serving = std::count_if(view.workers.begin(), view.workers.end(),
                                       [](const auto &worker) { return worker.state == pool::WorkerState::serving; });
    return pool.name() + ": " + std::to_string(serving) + " workers (" + std::to_string(view.min) + " to " +
           std::to_string(view.max) + (pool.facts().admission.is_overloaded() ? "), overloaded" : ")");
}

}  // namespace hbnb::manager
