// What is seen of a pool at one moment, as one LoadSample: scoreboards, /proc and queues. It decides nothing.
#pragma once

#include <cstdint>

#include "manager/runtime/living_workers.hpp"
#include "manager/runtime/pool_counts.hpp"
#include "manager/sockets/queues.hpp"
#include "pool/command.hpp"
#include "pool/scaling/load_sample.hpp"

namespace hbnb::manager {

// Owned by Driver.
class Sampler {
  public:
    // ticks: the samples taken so far by the manager's clock; memory is looked at by it.
    explicit Sampler(const std::uint64_t &ticks) : ticks_(ticks) {}

    pool::LoadSample take(LivingWorkers &workers, const QueuesSeen &queues, Moment now);

    void worker_starts() { counts_.note_start(); }
    void worker_ready(LivingWorker &worker, Moment now);
    // A worker leaves the samples; link: null where it never had a process. Returns the lines of the error log that it
    // could not send.
    std::uint64_t worker_gone(Link *link, const pool::WorkerGone &gone, Moment now);
    const PoolCounts &counts() const { return counts_; }

  private:
    // Connections that a worker says the queue does not take count where that can be: hand-off is off, or the queue is
    // seen half full, now or at the last sample.
    bool may_queue_refuse(const std::optional<pool::QueueSample> &queue);
    pool::WorkerSample look(pool::WorkerId id, LivingWorker &worker, bool queue_refuses, Moment now) const;
    // What a debugger holds still is at rest. That is asked of /proc, hence seldom: a control thread is heard once a
    // second.
    static bool has_been_heard(LivingWorker &worker, const wire::ScoreboardSnapshot &board);
    bool is_memory_due(pool::WorkerId id, const LivingWorker &worker, std::uint64_t requests) const;

    const std::uint64_t &ticks_;
    PoolCounts counts_;
    bool queue_was_full_ = false;  // at the last sample, by half at least
};

}  // namespace hbnb::manager
