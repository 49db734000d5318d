#include "worker/request/queue_time.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/clock.hpp"

namespace hbnb::worker {
namespace {

constexpr Duration kLookAgain = std::chrono::seconds(1);
constexpr std::int64_t kSecondsMax = 9'000'000'000;  // in nanoseconds it still fits
constexpr std::size_t kPoint = 10, kSize = 14;       // "1733031234.567"

// -1: something else.
std::int64_t read_digits(const char *digits, std::size_t count) {
    std::int64_t number = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const auto digit = static_cast<unsigned char>(digits[i] - '0');
        if (digit > 9) return -1;
        number = number * 10 + digit;
    }
    return number;
}

}  // namespace

// Many requests come in one second, and its ten digits are read once.
std::optional<Duration> RequestStart::read(std::string_view text) {
    if (text.size() != kSize) return std::nullopt;
    if (std::memcmp(text.data(), second_.data(), second_.size()) != 0) {
        const std::int64_t seconds = text[kPoint] == '.' ? read_digits(text.data(), kPoint) : -1;
        if (seconds < 0 || seconds > kSecondsMax) return std::nullopt;
        std::memcpy(second_.data(), text.data(), second_.size());
        seconds_ = std::chrono::seconds(seconds);
    }
    const std::int64_t milliseconds = read_digits(text.data() + kPoint + 1, kSize - kPoint - 1);
    if (milliseconds < 0) return std::nullopt;
    return seconds_ + std::chrono::milliseconds(milliseconds);
}

Duration queue_time(std::optional<Duration> sent, Duration begun, Duration known_wait) {
    const bool counts = sent && *sent <= begun && begun - *sent <= kQueueTimeMax;
    return counts ? begun - *sent : known_wait;
}

Duration QueueTime::of(std::string_view request_start, Moment since, Moment begun) {
    const Duration known_wait = since == Moment{} ? Duration{} : std::max(begun - since, Duration{});
    if (request_start.empty()) return known_wait;
    return queue_time(start_.read(request_start), wall_at(begun), known_wait);
}

Duration QueueTime::wall_at(Moment moment) {
    if (!looked_ || moment - *looked_ >= kLookAgain) {
        looked_ = monotonic_now();
        offset_ = std::chrono::duration_cast<Duration>(wall_now().time_since_epoch()) - looked_->since_boot;
    }
    return moment.since_boot + offset_;
}

}  // namespace hbnb::worker
