// One memory page set per worker, mapped by that worker and the manager only: what its handler threads are doing now
// and what it has done. The worker stores by atomics, without a system call; what has one writer is stored plainly,
// what several threads count is added to. The manager reads it as UNTRUSTED hints: snapshot() copies into values and
// cuts every text; wire/believed.hpp bounds every number. None is used as an index, a length or a pid.
//
// Behind the scoreboard lie the pages of the mounts: for each handler thread, and for the control thread, one a mount,
// and one for what no mount took. So each number has one writer. kMountsMax mounts of a worker have pages of their
// own, 5.2 KB each and thread; what is counted at others counts as at none. Memory is used where something is counted,
// and where the manager looks.
//
// Texts are written by their one handler thread while the manager may read: a snapshot can show a torn text of a
// request that began that instant. It is for people, so that is accepted.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/moment.hpp"
#include "base/shared_pages.hpp"
#include "wire/counters.hpp"

namespace hbnb::wire {

inline constexpr unsigned kMountsMax = 16;  // with pages of their own
inline constexpr std::uint32_t kScoreboardVersion = 2;

template <std::size_t Size>
class SharedText {
  public:
    void store(std::string_view text);  // [the one writer] cut at Size - 1
    std::string load() const;           // [any reader] up to the first NUL, at most Size - 1

  private:
    using Word = std::uint64_t;  // eight bytes at once: five texts a request
    static constexpr std::size_t kWords = Size / sizeof(Word);
    static_assert(Size % sizeof(Word) == 0);
    std::array<std::atomic<Word>, kWords> words_{};
};

struct ThreadBoard {
    alignas(64) std::atomic<std::int64_t> busy_since_ns{0};  // monotonic; 0: idle
    HBNB_THREAD_COUNTERS(HBNB_SHARED_MEMBER)
    SharedText<16> method;
    SharedText<256> uri;  // REQUEST_URI, cut
    SharedText<64> route;
    SharedText<64> plugin;
    SharedText<72> request_id;
};

struct Scoreboard {
    std::atomic<std::uint32_t> version{kScoreboardVersion};
    std::atomic<std::uint32_t> threads{0};   // handler threads in use
    std::atomic<std::uint32_t> draining{0};  // 1: takes nothing new
    std::atomic<std::uint32_t> beats{0};     // the control thread's: it grows, at least once a second
    HBNB_WORKER_COUNTERS(HBNB_SHARED_MEMBER)
    HBNB_WORKER_GAUGES(HBNB_SHARED_MEMBER)
    std::atomic<std::int64_t> held_since_ns{0},
        unmoved_since_ns{0};              // the oldest of each (worker/watch/rebalancer.hpp)
    std::atomic<std::uint32_t> begun{0};  // 1: the worker program runs; a wrapper may have come before it
    SharedText<256> loading;  // the plugin's file, while its code runs before the worker is ready; else empty
    // the last one is the control thread's: what it sheds, seen by nobody
    std::array<ThreadBoard, kThreadsMax + 1> thread;
};

struct MountBoard {
    alignas(64) HBNB_MOUNT_COUNTERS(HBNB_SHARED_MEMBER) HBNB_MOUNT_HISTOGRAMS(HBNB_SHARED_HISTOGRAM)
};

// How many pages of mounts there are: both sides know it from the worker's setup.
struct ScoreboardShape {
    unsigned threads = kThreadsMax;  // handler threads, at most kThreadsMax
    unsigned mounts = kMountsMax;    // with pages of their own, at most kMountsMax

    static ScoreboardShape of(std::size_t threads, std::size_t mounts);
    std::size_t row() const { return mounts + 1; }  // pages of a thread
    std::size_t bytes() const { return sizeof(Scoreboard) + (threads + 1) * row() * sizeof(MountBoard); }
};

// The pages of one worker's mounts. A value that borrows the mapping.
class MountBoards {
  public:
    MountBoards(MountBoard *first, const ScoreboardShape &shape) : first_(first), shape_(shape) {}

    // thread: a handler thread's number, or kThreadsMax for the control thread. mount: as in the setup; nullopt: none.
    MountBoard &at(unsigned thread, std::optional<std::size_t> mount) const {
        const std::size_t row = thread < shape_.threads ? thread : shape_.threads;
        return first_[row * shape_.row() + (mount && *mount < shape_.mounts ? *mount + 1 : 0)];
    }
    // Of all threads. [0]: of none; [1 + i]: of mount i. What a page has without an answer's class counts for nothing.
    std::vector<MountCounts> sums() const;

  private:
    MountBoard *first_;
    ScoreboardShape shape_;
};

// Values read from a Scoreboard.
struct ThreadSnapshot {
    Moment busy_since;  // meaningful while busy
    bool busy = false;
    HBNB_THREAD_COUNTERS(HBNB_PLAIN_MEMBER)
    std::string method, uri, route, plugin, request_id;  // only while busy
};

struct ScoreboardSnapshot {
    bool draining = false;
    bool begun = false;
    HBNB_WORKER_GAUGES(HBNB_PLAIN_MEMBER)
    std::uint32_t beats = 0;
    Moment held_since, unmoved_since;  // meaningful where the number is not 0
    HBNB_WORKER_COUNTERS(HBNB_PLAIN_MEMBER)
    HBNB_THREAD_COUNTERS(HBNB_PLAIN_MEMBER)  // of all threads: summed up by Believed, 0 until then
    std::string loading;                     // only with texts
    std::vector<ThreadSnapshot> threads;     // at most kThreadsMax
    unsigned busy() const;
};

// A mapping of the memfd; unmapped by the destructor.
class ScoreboardMapping {
  public:
    static Result<ScoreboardMapping> create(
        Fd &memfd, const ScoreboardShape &shape = {});  // [manager] makes the memfd, sized and sealed against resizing
    static Result<ScoreboardMapping> open(int memfd, const ScoreboardShape &shape);  // [worker]
    Scoreboard &board() { return *board_; }
    const Scoreboard &board() const { return *board_; }
    MountBoards mounts() const;

    // now: a moment in the future is clamped to it. texts: also copy the texts (status), not only the numbers
    // (samples).
    ScoreboardSnapshot snapshot(Moment now, bool texts) const;

  private:
    ScoreboardMapping(SharedPages pages, Scoreboard *board, const ScoreboardShape &shape)
        : pages_(std::move(pages)), board_(board), shape_(shape) {}
    SharedPages pages_;
    Scoreboard *board_;  // at their beginning; the mounts' pages follow
    ScoreboardShape shape_;
};

template <std::size_t Size>
void SharedText<Size>::store(std::string_view text) {
    std::string_view left = text.substr(0, Size - 1);
    for (std::size_t i = 0;; ++i) {
        Word word = 0;  // its last bytes are the NUL behind the text
        const std::size_t bytes = left.size() < sizeof word ? left.size() : sizeof word;
        if (bytes != 0) std::memcpy(&word, left.data(), bytes);
        words_[i].store(word, std::memory_order_relaxed);
        if (bytes < sizeof word) return;
        left.remove_prefix(bytes);
    }
}

template <std::size_t Size>
std::string SharedText<Size>::load() const {
    std::array<char, Size> bytes;
    for (std::size_t i = 0; i < kWords; ++i) {
        const Word word = words_[i].load(std::memory_order_relaxed);
        std::memcpy(bytes.data() + i * sizeof word, &word, sizeof word);
    }
    return {bytes.data(), ::strnlen(bytes.data(), Size - 1)};
}

}  // namespace hbnb::wire
