#include "wire/log_ring.hpp"

#include <algorithm>
#include <cstring>
#include <new>

#include "base/log.hpp"

namespace hbnb::wire {
namespace {

static_assert(std::atomic<std::uint64_t>::is_always_lock_free,
              "a lock in shared memory could be held by a dead process");

// A loop that the compiler makes wide: nearly every line is as it should be.
bool is_printable(std::string_view text) {
    unsigned outside = 0;
    for (const char c : text) outside |= static_cast<unsigned>(static_cast<unsigned char>(c - ' ') > '~' - ' ');
    return outside == 0;
}

bool is_access_line(std::string_view line) {
    return line.size() < kLogLineMax && is_printable(line) && !begins_with_error_log_stamp(line);
}

}  // namespace

// All zeros: empty.
Result<LogRing> LogRing::create(Fd &memfd) {
    auto pages = SharedPages::create("log ring", sizeof(LogRingPages), SharedPages::Others::write, memfd);
    if (!pages) return pages.error();
    return LogRing(std::move(*pages));
}

Result<LogRing> LogRing::open(int memfd) {
    auto pages = SharedPages::open("log ring", sizeof(LogRingPages), SharedPages::Others::write, memfd);
    if (!pages) return pages.error();
    return LogRing(std::move(*pages));
}

bool LogRing::put(std::string_view line) {
    const std::uint64_t used = head_ - pages_->tail.load(std::memory_order_acquire);
    if (used == 0) pages_->base.store(base_ = head_, std::memory_order_relaxed);  // seen with the next head
    if (used > kLogRingBytes || line.size() > kLogRingBytes - used) {
        pages_->dropped.store(pages_->dropped.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        return false;
    }
    const std::size_t at = (head_ - base_) % kLogRingBytes;
    const std::size_t first = std::min(line.size(), kLogRingBytes - at);
    std::memcpy(pages_->bytes.data() + at, line.data(), first);
    if (first < line.size()) std::memcpy(pages_->bytes.data(), line.data() + first, line.size() - first);
    head_ += line.size();
    pages_->head.store(head_, std::memory_order_release);
    return true;
}

LogRing::Taken LogRing::copy(std::string &out, std::size_t most) {
    const std::uint64_t there = pages_->head.load(std::memory_order_acquire) - tail_;
    if (there == 0) return {};
    if (there > kLogRingBytes) return {there, 1};  // nonsense of a worker's: what it calls lines is passed over
    const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(there, most));
    const std::size_t at = (tail_ - pages_->base.load(std::memory_order_relaxed)) % kLogRingBytes;
    const std::size_t begin = out.size(), first = std::min(bytes, kLogRingBytes - at);
    out.append(pages_->bytes.data() + at, first);
    out.append(pages_->bytes.data(), bytes - first);
    Taken taken{bytes, 0};
    if (const std::size_t end = out.rfind('\n'); bytes < there && end != std::string::npos && end >= begin) {
        out.resize(end + 1);  // the line that `most` has cut stays for the next time
        taken.bytes = out.size() - begin;
    }
    taken.refused = keep_access_lines(out, begin);
    return taken;
}

void LogRing::release(const Taken &taken) {
    tail_ += taken.bytes;
    pages_->tail.store(tail_, std::memory_order_release);
}

void LogRing::take_over() { tail_ = pages_->tail.load(std::memory_order_acquire); }

bool LogRing::has_lines() const {
    return pages_->head.load(std::memory_order_relaxed) != pages_->tail.load(std::memory_order_relaxed);
}

std::uint64_t LogRing::lines_left() const {
    const std::uint64_t tail = pages_->tail.load(std::memory_order_acquire);
    const std::uint64_t bytes =
        std::min<std::uint64_t>(pages_->head.load(std::memory_order_acquire) - tail, kLogRingBytes);
    const std::uint64_t at = tail - pages_->base.load(std::memory_order_relaxed);
    std::uint64_t lines = 0;
    for (std::uint64_t i = 0; i < bytes; ++i) lines += pages_->bytes[(at + i) % kLogRingBytes] == '\n' ? 1 : 0;
    return lines;
}

std::uint64_t LogRing::dropped() const { return pages_->dropped.load(std::memory_order_relaxed); }

std::uint64_t keep_access_lines(std::string &lines, std::size_t begin) {
    std::uint64_t refused = 0;
    std::size_t kept = begin, at = begin;
    while (at < lines.size()) {
        const std::size_t end = std::min(lines.find('\n', at), lines.size());
        const std::size_t size = end - at;
        if (end == lines.size() || !is_access_line(std::string_view(lines).substr(at, size))) {
            ++refused;
        } else {
            if (kept != at) std::memmove(lines.data() + kept, lines.data() + at, size + 1);
            kept += size + 1;
        }
        at = end + 1;
    }
    lines.resize(kept);
    return refused;
}

}  // namespace hbnb::wire
