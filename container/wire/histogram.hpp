// How often each length of time came: log-linear, 16 buckets an octave from 64 us to 67 s, one for what is shorter and
// one for what is longer. So a quantile is within 4 % of the truth between the two, and histograms of several workers
// add up: quantiles come from sums, never from other quantiles.
//
//   bucket       holds
//   0            less than 64 us
//   1 + 16 o + s from 64 us * 2^o * (1 + s/16) to the next one's begin; o from 0 to 19, s from 0 to 15
//   321          67.1 s (64 us * 2^20) and more
//
// A value of kHistogramBuckets numbers, 2.6 KB; no allocation. Number: std::uint64_t, or an atomic of it in shared
// pages.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/moment.hpp"

namespace hbnb::wire {

inline constexpr unsigned kHistogramOctaves = 20, kBucketsPerOctave = 16;
inline constexpr std::size_t kHistogramBuckets = 2 + kHistogramOctaves * kBucketsPerOctave;
inline constexpr unsigned kHistogramFirstBits = 6;                                     // 2^6 us
inline constexpr std::uint64_t kHistogramLeast = 1u << kHistogramFirstBits;            // microseconds
inline constexpr std::uint64_t kHistogramMost = kHistogramLeast << kHistogramOctaves;  // microseconds

template <class Number>
struct BasicHistogram {
    std::array<Number, kHistogramBuckets> counts{};
    bool operator==(const BasicHistogram &) const = default;
};
using Histogram = BasicHistogram<std::uint64_t>;
using SharedHistogram = BasicHistogram<std::atomic<std::uint64_t>>;

// A negative time is the shortest.
constexpr std::size_t bucket_of(Duration time) {
    const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0)) / 1000;
    if (us < kHistogramLeast) return 0;
    if (us >= kHistogramMost) return kHistogramBuckets - 1;
    const auto octave = static_cast<unsigned>(std::bit_width(us)) - kHistogramFirstBits - 1;
    return 1 + octave * kBucketsPerOctave + ((us >> (octave + kHistogramFirstBits - 4)) & (kBucketsPerOctave - 1));
}

constexpr Duration bucket_begin(std::size_t bucket) {
    if (bucket == 0) return {};
    const auto octave = static_cast<unsigned>((bucket - 1) / kBucketsPerOctave);
    const std::uint64_t part = kBucketsPerOctave + (bucket - 1) % kBucketsPerOctave;
    return std::chrono::microseconds(static_cast<std::int64_t>(part << (octave + kHistogramFirstBits - 4)));
}

// [the one writer]
inline void observe(SharedHistogram &histogram, Duration time) {
    std::atomic<std::uint64_t> &count = histogram.counts[bucket_of(time)];
    count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}
inline void observe(Histogram &histogram, Duration time) { ++histogram.counts[bucket_of(time)]; }

std::uint64_t total(const Histogram &histogram);

// The time that this part of all (0 to 1) does not exceed, to the middle of its bucket; of what is shorter than 64 us,
// or longer than 67 s: that bound. 0 where nothing was observed.
Duration quantile(const Histogram &histogram, double part);

}  // namespace hbnb::wire
