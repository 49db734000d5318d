#include "wire/histogram.hpp"

#include <cmath>
#include <numeric>

namespace hbnb::wire {

std::uint64_t total(const Histogram &histogram) {
    return std::accumulate(histogram.counts.begin(), histogram.counts.end(), std::uint64_t{0});
}

Duration quantile(const Histogram &histogram, double part) {
    const std::uint64_t all = total(histogram);
    if (all == 0) return {};
    const auto wanted = static_cast<std::uint64_t>(std::ceil(std::clamp(part, 0.0, 1.0) * static_cast<double>(all)));
    const std::uint64_t rank = std::clamp<std::uint64_t>(wanted, 1, all);
    std::uint64_t below = 0;
    std::size_t bucket = 0;
    while ((below += histogram.counts[bucket]) < rank) ++bucket;
    if (bucket == 0) return bucket_begin(1);
    if (bucket == kHistogramBuckets - 1) return bucket_begin(bucket);
    return (bucket_begin(bucket) + bucket_begin(bucket + 1)) / 2;
}

}  // namespace hbnb::wire
