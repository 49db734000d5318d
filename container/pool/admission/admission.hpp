// How many requests of a pool may wait, when a worker is woken for those that do, and when the pool is overloaded: one
// decision a sample, about that sample. Pure, as all of pool/; the manager carries the decision out.
//
// Limit: as many may wait in the hand-off queue as the pool's handler threads answer within age_max, by the service
//   time of late, at most length_max and what fits.
// Wake: a worker that is woken by what comes may die or be told to leave before it has looked, and no other is woken.
//   So a wake token is due where a thread is idle and a connection waits all the same: for more than kLate in the
//   queue, or in the kernel's queues at two samples while none waits in the hand-off queue. For the same head once in
//   kWakeAgain, as a token may be of no use. Each thread of a worker that has ended may have been woken for nothing.
// Overload: a request has waited longer than age_max, or one was answered 503. It lasts until neither has been seen for
//   kOverloadLasts. A 503 counts only where the queue is half full, or the longest wait anywhere is half of age_max, at
//   this sample or the one before: a worker that only claims to shed overloads nobody.
// Drain: a pool that is to stop serves on until nothing waits, but at most timeouts.drain, as TCP clients may always
//   come; and for kLastArrivals at least, as a client that found the socket's file just before it went may not be in
//   the queue yet.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "pool/admission/queue_age.hpp"
#include "pool/admission/service_time.hpp"
#include "pool/scaling/load_sample.hpp"
#include "pool/view.hpp"

namespace hbnb::pool {

inline constexpr Duration kLate = std::chrono::milliseconds(4);  // two looks of a worker: a free thread has not seen it
inline constexpr Duration kWakeAgain = std::chrono::seconds(1);
inline constexpr Duration kOverloadLasts = std::chrono::seconds(1);
inline constexpr Duration kLastArrivals = std::chrono::milliseconds(20);

// Of one generation, as config/ has checked them.
struct AdmissionSettings {
    unsigned length_max = 1024;                  // connections in the hand-off queue
    Duration age_max = std::chrono::seconds(5);  // of a waiting request
    Duration timeout_drain = std::chrono::seconds(30);
    bool operator==(const AdmissionSettings &) const = default;
};

// The pool's handler threads at the moment of the sample.
struct Threads {
    unsigned idle = 0;  // of serving workers
    unsigned most = 1;  // of workers.max workers
};

// An overload has begun or ended with this sample.
struct OverloadChange {
    bool has_begun = false;
    std::uint64_t shed = 0;  // requests answered 503 since it began, and in the sample that began it
    Duration lasted{0};      // ended: for so long
    bool operator==(const OverloadChange &) const = default;
};

struct AdmissionDecision {
    std::optional<unsigned> limit;  // connections in the hand-off queue; nullopt: there is none, or it is off
    unsigned wake = 0;              // wake tokens to send
    bool drain = false;             // the stopping pool is to drain; said once
    std::optional<OverloadChange> overload;
    bool operator==(const AdmissionDecision &) const = default;
};

// One a pool, owned by what samples it. One thread. A value: a copy decides the same.
class Admission {
  public:
    explicit Admission(const AdmissionSettings &settings) : settings_(settings), limit_(settings.length_max) {}

    void take(const AdmissionSettings &settings) { settings_ = settings; }  // of the generation in force from now on
    void worker_ended(unsigned threads) { owed_ += threads; }               // handler threads it had
    void stop(Moment now);  // drains once nothing waits; again: nothing new

    // Samples in the order they were taken. A worker that is in no sample any more has gone.
    AdmissionDecision decide(const LoadSample &sample, const Threads &threads);

    // As of the last sample.
    bool is_overloaded() const { return overloaded_since_.has_value(); }
    Duration longest_wait() const { return longest_wait_; }  // held ones included
    bool is_stopping() const { return stop_asked_.has_value(); }

  private:
    struct Known {
        std::uint64_t requests = 0, busy_ns = 0;  // as last seen
        Moment seen;
        ServiceTime service;
    };

    void note_service(const LoadSample &sample);
    std::optional<Duration> service_time() const;
    unsigned limit(const QueueSample &queue, unsigned threads) const;
    bool is_wake_due(const LoadSample &sample, unsigned idle);
    bool is_shedding_possible(const LoadSample &sample) const;
    std::optional<OverloadChange> watch_overload(const LoadSample &sample);
    bool is_drain_due(const LoadSample &sample);

    AdmissionSettings settings_;
    std::map<WorkerId, Known> workers_;
    ServiceTime service_of_gone_;
    QueueAge backlog_;
    Duration longest_wait_{0};
    unsigned limit_;                      // decided last
    unsigned owed_ = 0;                   // wake tokens for threads that have gone
    Moment woken_, woken_head_;           // last, and for which head
    bool waited_in_backlog_ = false;      // at the last sample
    bool shedding_was_possible_ = false;  // at the last sample
    std::optional<Moment> overloaded_since_, last_overload_;
    std::uint64_t shed_ = 0, shed_before_ = 0;  // as last seen; when it became overloaded
    std::optional<Moment> stop_asked_;
    bool drains_ = false;
};

// Whether a worker that is told to drain hands its connections over: they move, and another serves that can take them.
bool hands_over(const View &view, WorkerId leaving, bool queue_is_on);

}  // namespace hbnb::pool
