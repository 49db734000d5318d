// A worker's access lines on their way to the manager, which alone writes them: one ring of memory pages a worker,
// mapped by that worker and the manager only. Lines that were put stay there when their worker is killed.
//
//   head  bytes ever put; stored by the worker, behind whole lines only
//   base  the byte that lies at the pages' beginning; stored by the worker when nothing is there, so that few pages are
//        used
//   tail  bytes ever taken; stored by the manager once their lines are written, or counted as lost; by the worker once
//        the manager has gone
//
// The worker never waits: a line that does not fit is counted in `dropped`. No system call on either side. The manager
// reads these pages as UNTRUSTED bytes: it keeps a tail of its own, bounds every number, copies before it looks, and
// lets through only what may stand in an access log: whole printable lines of at most kLogLineMax bytes, none of which
// begins like one of the error log's. What is not such a line is counted as lost.
//
// Limits: kLogRingBytes of lines a worker; the number of dropped lines counts as at most one a microsecond of its life.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/shared_pages.hpp"

namespace hbnb::wire {

inline constexpr std::size_t kLogRingBytes = 1 << 20;

struct LogRingPages {
    alignas(64) std::atomic<std::uint64_t> head{0};
    std::atomic<std::uint64_t> base{0};
    std::atomic<std::uint64_t> dropped{0};  // lines, by the worker
    alignas(64) std::atomic<std::uint64_t> tail{0};
    alignas(64) std::array<char, kLogRingBytes> bytes;
};

// A mapping of the memfd; unmapped by the destructor. Moved, not copied.
class LogRing {
  public:
    static Result<LogRing> create(Fd &memfd);  // [manager] makes the memfd, sized and sealed against resizing
    static Result<LogRing> open(int memfd);    // [worker]

    // [worker, one thread at a time] line: whole, with its newline, at most kLogLineMax. false: no room, and counted.
    bool put(std::string_view line);

    // [manager, one thread at a time; a worker whose manager has gone] At most `most` bytes of lines, copied behind
    // `out`. Nothing is taken until `release`.
    struct Taken {
        std::uint64_t bytes = 0;    // of the ring; 0: nothing there
        std::uint64_t refused = 0;  // lines among them that may not stand in a log
    };
    Taken copy(std::string &out, std::size_t most);
    void release(const Taken &taken);
    void take_over();  // [worker] the manager has gone: what it has left is ours to copy

    bool has_lines() const;            // any thread: a hint
    std::uint64_t lines_left() const;  // any thread: counted, at most a ring's length
    std::uint64_t dropped() const;     // any thread: a hint, the worker's own word

  private:
    explicit LogRing(SharedPages memory)
        : memory_(std::move(memory)), pages_(static_cast<LogRingPages *>(memory_.data())) {}

    SharedPages memory_;
    LogRingPages *pages_;
    std::uint64_t head_ = 0, base_ = 0, tail_ = 0;  // our own side's, which the other cannot change
};

// Leaves in `lines`, from `begin` on, what may stand in an access log; how many lines it has taken out. Bytes behind
// the last newline are no line, and go as one.
std::uint64_t keep_access_lines(std::string &lines, std::size_t begin);

}  // namespace hbnb::wire
