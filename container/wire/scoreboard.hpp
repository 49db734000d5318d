// One memory page set per worker, mapped by that worker and the manager only: what its handler threads are doing now and
// what it has done. The worker stores plainly (relaxed atomics, no system call); the manager reads it as UNTRUSTED hints:
// snapshot() copies into values and cuts every text; wire/believed.hpp bounds every number. None is used as an index, a
// length or a pid.
//
// Texts are written by their one handler thread while the manager may read: a snapshot can show a torn text of a request
// that began that instant. It is for people, so that is accepted.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/moment.hpp"

namespace hbnb::wire {

inline constexpr std::uint32_t kScoreboardVersion = 1;

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

// [the one writer] Without the lock on the memory bus that fetch_add takes.
inline void count(std::atomic<std::uint64_t> &counter, std::uint64_t more = 1) {
    counter.store(counter.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
}

struct ThreadBoard {
    alignas(64) std::atomic<std::int64_t> busy_since_ns{0};  // monotonic; 0: idle
    std::atomic<std::uint64_t> requests{0};                  // answered by this thread
    std::atomic<std::uint64_t> busy_ns{0};                   // time spent in finished requests
    SharedText<16> method;
    SharedText<256> uri;  // REQUEST_URI, cut
    SharedText<64> route;
    SharedText<64> plugin;
    SharedText<72> request_id;
};

struct Scoreboard {
    std::atomic<std::uint32_t> version{kScoreboardVersion};
    std::atomic<std::uint32_t> threads{0};      // handler threads in use
    std::atomic<std::uint32_t> connections{0};  // held now
    std::atomic<std::uint32_t> draining{0};     // 1: takes nothing new
    std::atomic<std::uint64_t> accepted{0};     // connections
    std::atomic<std::uint64_t> refused{0};      // malformed or over a limit
    std::atomic<std::uint64_t> handed_over{0};  // connections, to others of the pool
    std::atomic<std::uint64_t> kept_back{0};    // connections that should have been, and the room was full
    std::atomic<std::uint64_t> shed{0};         // requests answered 503 because they waited too long
    // Of readable connections while no thread waits for events (worker/watch/steward.hpp), and since when the oldest of each is so:
    std::atomic<std::uint32_t> held{0};     // partial: they cannot move to another worker
    std::atomic<std::uint32_t> unmoved{0};  // fresh or kept, and the room did not take them
    std::atomic<std::int64_t> held_since_ns{0}, unmoved_since_ns{0};
    std::atomic<std::uint64_t> log_lines_dropped{0};
    std::array<std::atomic<std::uint64_t>, 5>
        responses{};                      // by status class: index 1 = 2xx .. 4 = 5xx; 0: connection cut
    std::atomic<std::uint32_t> begun{0};  // 1: the worker program runs; a wrapper may have come before it
    SharedText<256> loading;  // the plugin's file, while its code runs before the worker is ready; else empty
    std::array<ThreadBoard, kThreadsMax + 1> thread;  // the last one is the steward's: what it sheds, seen by nobody
};

// Values read from a Scoreboard.
struct ThreadSnapshot {
    Moment busy_since;  // meaningful while busy
    bool busy = false;
    std::uint64_t requests = 0;
    std::uint64_t busy_ns = 0;
    std::string method, uri, route, plugin, request_id;  // only while busy
};

struct ScoreboardSnapshot {
    std::uint32_t connections = 0;
    bool draining = false;
    bool begun = false;
    unsigned held = 0, unmoved = 0;
    Moment held_since, unmoved_since;  // meaningful where the number is not 0
    std::uint64_t accepted = 0, refused = 0, handed_over = 0, kept_back = 0, shed = 0, log_lines_dropped = 0;
    std::uint64_t requests = 0, busy_ns = 0;  // of all threads: summed up by Believed, 0 until then
    std::array<std::uint64_t, 5> responses{};
    std::string loading;                  // only with texts
    std::vector<ThreadSnapshot> threads;  // at most kThreadsMax
    unsigned busy() const;
};

// A mapping of the memfd; unmapped by the destructor.
class ScoreboardMapping {
  public:
    static Result<ScoreboardMapping> create(Fd &memfd);  // [manager] makes the memfd, sized and sealed against resizing
    static Result<ScoreboardMapping> open(int memfd);    // [worker]
    Scoreboard &board() { return *board_; }
    const Scoreboard &board() const { return *board_; }

    // now: a busy_since in the future is clamped to it. texts: also copy the texts (status), not only the numbers (samples).
    ScoreboardSnapshot snapshot(Moment now, bool texts) const;

  private:
    struct Unmap {
        void operator()(Scoreboard *board) const;
    };
    explicit ScoreboardMapping(Scoreboard *board) : board_(board) {}
    std::unique_ptr<Scoreboard, Unmap> board_;
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
