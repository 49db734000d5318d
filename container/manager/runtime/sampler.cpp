#include "manager/runtime/sampler.hpp"

#include <algorithm>
#include <utility>

namespace hbnb::manager {
namespace {

constexpr std::uint64_t kTicksPerMemoryLook = 20;  // a second's worth: reading /proc is the dearest part of a sample,
constexpr std::uint64_t kTicksPerIdleLook = 200;   // and a worker that has answered nothing since has hardly grown
constexpr unsigned kTicksPerTraceLook = 40;        // two seconds

}  // namespace

pool::LoadSample Sampler::take(LivingWorkers &workers, const QueuesSeen &queues, Moment now) {
    pool::LoadSample sample{now, queues.backlog, {}, queues.queue};
    const bool queue_refuses = may_queue_refuse(queues.queue);
    sample.workers.reserve(workers.size());
    sample.accepted = counts_.of_gone().accepted;
    sample.shed = counts_.of_gone().shed;
    for (auto &[id, worker] : workers) {
        sample.workers.push_back(look(id, worker, queue_refuses, now));
        sample.accepted += worker.accepted;
        sample.shed += worker.shed;
        sample.held += worker.held;
        sample.unmoved += worker.unmoved;
        sample.longest_at_workers = std::max(sample.longest_at_workers, worker.longest_wait);
    }
    return sample;
}

bool Sampler::may_queue_refuse(const std::optional<pool::QueueSample> &queue) {
    if (!queue || !queue->is_on) return queue.has_value();
    const bool is_full = 2 * queue->length >= queue->limit;
    return std::exchange(queue_was_full_, is_full) || is_full;
}

pool::WorkerSample Sampler::look(pool::WorkerId id, LivingWorker &worker, bool queue_refuses, Moment now) const {
    const auto board = worker.link->note(now);
    worker.accepted = board.accepted;
    worker.shed = board.shed;
    worker.held = static_cast<unsigned>(board.held);
    worker.unmoved = queue_refuses ? static_cast<unsigned>(board.unmoved) : 0;
    worker.longest_wait = std::max(board.held != 0 ? now - board.held_since : Duration{},
                                   worker.unmoved != 0 ? now - board.unmoved_since : Duration{});
    if (worker.is_ready() && is_memory_due(id, worker, board.requests)) {  // before, it may not be its program yet
        worker.memory = worker.link->memory();
        worker.measured_at = board.requests;
    }
    pool::WorkerSample out{id,
                           board.busy(),
                           board.requests,
                           worker.memory,
                           now,
                           worker.link->is_stopped(),
                           board.busy_ns,
                           has_been_heard(worker, board)};
    for (const auto &thread : board.threads)
        if (thread.busy) out.oldest_request = std::min(out.oldest_request, thread.busy_since);
    return out;
}

bool Sampler::has_been_heard(LivingWorker &worker, const wire::ScoreboardSnapshot &board) {
    if (std::exchange(worker.beats, board.beats) != board.beats) {
        worker.unheard = 0;
        return true;
    }
    return ++worker.unheard % kTicksPerTraceLook == 0 && worker.link->is_traced();
}

bool Sampler::is_memory_due(pool::WorkerId id, const LivingWorker &worker, std::uint64_t requests) const {
    const bool idle = requests == worker.measured_at;
    return worker.memory == 0 || (ticks_ + id) % (idle ? kTicksPerIdleLook : kTicksPerMemoryLook) == 0;
}

void Sampler::worker_ready(LivingWorker &worker, Moment now) {
    worker.start_time = now - worker.started;
    counts_.note_ready(*worker.start_time);
}

std::uint64_t Sampler::worker_gone(Link *link, const pool::WorkerGone &gone, Moment now) {
    counts_.note_end(gone.reason);
    if (link == nullptr) return 0;
    const auto board = link->note(now);
    counts_.note_gone(board, link->note_mounts(now));
    return board.log_lines_dropped;
}

}  // namespace hbnb::manager
