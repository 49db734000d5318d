#include "pool/settings.hpp"

#include <algorithm>

#include "base/limits.hpp"

namespace hbnb::pool {

Settings clamped(Settings settings) {
    settings.min = std::max(settings.min, 1u);
    settings.max = std::max(settings.max, settings.min);
    settings.threads = std::clamp(settings.threads, 1u, kThreadsMax);
    settings.spare = std::min(settings.spare, kWorkersMax * kThreadsMax);
    settings.retire_jitter_percent = std::min(settings.retire_jitter_percent, 100u);
    return settings;
}

}  // namespace hbnb::pool
