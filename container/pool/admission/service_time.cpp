#include "pool/admission/service_time.hpp"

#include <algorithm>

namespace hbnb::pool {
namespace {

constexpr double kRemembered = 0.98;  // of what was known, a sample later: half of it after about two seconds
constexpr double kEnough = 1;         // requests
constexpr double kEnoughOfOthers = 0.25;

}  // namespace

void ServiceTime::note(std::uint64_t requests, std::uint64_t busy_ns) {
    requests_ = requests_ * kRemembered + static_cast<double>(requests);
    busy_ns_ = busy_ns_ * kRemembered + static_cast<double>(busy_ns);
}

void ServiceTime::add(const ServiceTime &other) {
    requests_ += other.requests_;
    busy_ns_ += other.busy_ns_;
}

std::optional<Duration> mean_service(const std::vector<ServiceTime> &workers) {
    ServiceTime all;
    for (const ServiceTime &one : workers) all.add(one);
    if (all.requests() < kEnough) return std::nullopt;
    double shortest = all.busy_ns() / all.requests();
    for (const ServiceTime &one : workers) {
        if (workers.size() == 1) break;
        const double others = all.requests() - one.requests();
        if (others < kEnoughOfOthers) return std::nullopt;
        shortest = std::min(shortest, (all.busy_ns() - one.busy_ns()) / others);
    }
    return Duration(static_cast<std::int64_t>(std::max(shortest, 0.0)));
}

unsigned waiting_limit(unsigned length_max, Duration age_max, unsigned threads, std::optional<Duration> service) {
    if (!service || service->count() <= 0) return length_max;
    const double in_time = static_cast<double>(age_max.count()) / static_cast<double>(service->count()) * threads;
    return static_cast<unsigned>(std::clamp(in_time, 1.0, static_cast<double>(length_max)));
}

}  // namespace hbnb::pool
