#include "client/latencies.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace hbnb::bench {
namespace {

// Nearest rank: the smallest value that at least this part of all values does not exceed.
double percentile_us(const std::vector<std::int64_t> &sorted, double part) {
    const auto rank = static_cast<std::size_t>(std::ceil(part * double(sorted.size()) - 1e-9));
    return double(sorted[std::max<std::size_t>(rank, 1) - 1]) / 1e3;
}

}  // namespace

LatencySummary Latencies::summary() const {
    if (took_.empty()) return {};
    std::vector<std::int64_t> sorted = took_;
    std::sort(sorted.begin(), sorted.end());
    const double sum = std::accumulate(sorted.begin(), sorted.end(), 0.0);
    return {.count = sorted.size(),
            .mean_us = sum / double(sorted.size()) / 1e3,
            .p50_us = percentile_us(sorted, 0.5),
            .p90_us = percentile_us(sorted, 0.9),
            .p99_us = percentile_us(sorted, 0.99),
            .p999_us = percentile_us(sorted, 0.999),
            .max_us = double(sorted.back()) / 1e3};
}

}  // namespace hbnb::bench
