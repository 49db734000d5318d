#include "pool/retirement.hpp"

#include <algorithm>

namespace hbnb::pool {
namespace {

constexpr std::uint64_t kSteps = 1000;           // the jitter moves in 2001 steps from -kSteps to +kSteps
constexpr std::uint64_t kLimitMax = 1ull << 62;  // twice as much still fits

// splitmix64's finisher: neighbouring ids land far apart.
std::uint64_t mixed(std::uint64_t value) {
    value += 0x9e3779b97f4a7c15u;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

}  // namespace

std::uint64_t jittered(std::uint64_t limit, unsigned percent, WorkerId worker) {
    limit = std::min(limit, kLimitMax);
    const std::uint64_t place = mixed(worker) % (2 * kSteps + 1);
    // Divided before it is multiplied where the product would not fit: a limit that large does not need its last
    // digits.
    const std::uint64_t most = limit > (1ull << 40) ? limit / 100 * percent : limit * percent / 100;
    const std::uint64_t span = most > (1ull << 40) ? most / kSteps * place : most * place / kSteps;  // 0 .. 2 * most
    return std::max<std::uint64_t>(limit - most + span, 1);
}

std::optional<ExitReason> due_to_retire(const Worker &worker, Moment now) {
    if (worker.state != WorkerState::serving || !worker.ready) return std::nullopt;
    const Settings &settings = worker.settings;
    const Duration served = now - *worker.ready;
    if (settings.retire_requests > 0 &&
        worker.requests >= jittered(settings.retire_requests, settings.retire_jitter_percent, worker.id))
        return ExitReason::drained_requests;
    if (served < kServedWell) return std::nullopt;
    if (settings.retire_memory > 0 && worker.memory >= settings.retire_memory) return ExitReason::drained_memory;
    if (settings.retire_age > Duration::zero()) {
        const auto age = static_cast<std::uint64_t>(settings.retire_age.count());
        if (served.count() >= static_cast<std::int64_t>(jittered(age, settings.retire_jitter_percent, worker.id)))
            return ExitReason::drained_age;
    }
    return std::nullopt;
}

}  // namespace hbnb::pool
