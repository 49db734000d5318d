#include "pool/admission/admission.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace hbnb::pool {

void Admission::stop(Moment now) {
    if (!stop_asked_) stop_asked_ = now;
}

AdmissionDecision Admission::decide(const LoadSample &sample, const Threads &threads) {
    note_service(sample);
    backlog_.look(sample.backlog, sample.accepted, sample.taken);
    longest_wait_ = std::max({backlog_.longest_wait(sample.taken), sample.queue ? sample.queue->age : Duration{},
                              sample.longest_at_workers});
    AdmissionDecision out;
    out.overload = watch_overload(sample);  // what was answered 503 met the limit of before
    out.wake = std::exchange(owed_, 0);
    if (sample.queue && sample.queue->is_on) {
        out.limit = limit_ = limit(*sample.queue, threads.most);
        if (is_wake_due(sample, threads.idle)) ++out.wake;
    }
    out.drain = is_drain_due(sample);
    return out;
}

void Admission::note_service(const LoadSample &sample) {
    for (const WorkerSample &worker : sample.workers) {
        Known &known = workers_[worker.worker];
        known.service.note(worker.requests - std::min(known.requests, worker.requests),
                           worker.busy_ns - std::min(known.busy_ns, worker.busy_ns));
        known.requests = worker.requests;
        known.busy_ns = worker.busy_ns;
        known.seen = sample.taken;
    }
    std::erase_if(workers_, [&](const auto &entry) {
        const bool has_gone = entry.second.seen != sample.taken;
        if (has_gone) service_of_gone_.add(entry.second.service);
        return has_gone;
    });
    service_of_gone_.note(0, 0);
}

std::optional<Duration> Admission::service_time() const {
    std::vector<ServiceTime> each;
    if (service_of_gone_.is_known()) each.push_back(service_of_gone_);
    for (const auto &[id, known] : workers_) each.push_back(known.service);
    return mean_service(each);
}

unsigned Admission::limit(const QueueSample &queue, unsigned threads) const {
    return std::min(queue.capacity, waiting_limit(settings_.length_max, settings_.age_max, threads, service_time()));
}

bool Admission::is_wake_due(const LoadSample &sample, unsigned idle) {
    const QueueSample &queue = *sample.queue;
    const bool late_in_backlog = std::exchange(waited_in_backlog_, sample.backlog > 0) && sample.backlog > 0;
    const Moment head = sample.taken - queue.age;
    const bool late_in_queue =
        queue.has_connection && queue.age > kLate && (head != woken_head_ || sample.taken - woken_ > kWakeAgain);
    if (idle == 0 || !(late_in_queue || (late_in_backlog && queue.length == 0))) return false;
    woken_ = sample.taken;
    woken_head_ = head;
    return true;
}

bool Admission::is_shedding_possible(const LoadSample &sample) const {
    return sample.queue && (2 * sample.queue->length >= limit_ || 2 * longest_wait_ >= settings_.age_max);
}

std::optional<OverloadChange> Admission::watch_overload(const LoadSample &sample) {
    const Moment now = sample.taken;
    const bool is_possible = is_shedding_possible(sample);
    const bool was_possible = std::exchange(shedding_was_possible_, is_possible);
    const bool has_shed = sample.shed > shed_ && (is_possible || was_possible);
    if (longest_wait_ > settings_.age_max || has_shed) last_overload_ = now;
    const std::uint64_t shed_until_now = std::exchange(shed_, sample.shed);
    const bool overloaded = last_overload_ && now - *last_overload_ <= kOverloadLasts;
    if (overloaded == overloaded_since_.has_value()) return std::nullopt;
    if (overloaded) {
        overloaded_since_ = now;
        shed_before_ = shed_until_now;
        return OverloadChange{true, sample.shed - shed_before_, {}};
    }
    const Duration lasted = now - *std::exchange(overloaded_since_, std::nullopt);
    return OverloadChange{false, sample.shed - shed_before_, lasted};
}

bool Admission::is_drain_due(const LoadSample &sample) {
    if (!stop_asked_ || drains_) return false;
    const Duration since = sample.taken - *stop_asked_;
    if (since < kLastArrivals) return false;
    drains_ = sample.waiting() == 0 || since >= settings_.timeout_drain;
    return drains_;
}

bool hands_over(const View &view, WorkerId leaving, bool queue_is_on) {
    return queue_is_on && !view.stopping &&
           std::any_of(view.workers.begin(), view.workers.end(), [&](const Worker &worker) {
               return worker.id != leaving && worker.state == WorkerState::serving;
           });
}

}  // namespace hbnb::pool
