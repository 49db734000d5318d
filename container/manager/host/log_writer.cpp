#include "manager/host/log_writer.hpp"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <variant>
#include <vector>

#include "base/clock.hpp"

namespace hbnb::manager {
namespace {

using Patience = LogSink::Patience;

constexpr std::size_t kBatchBytes = 64 << 10;  // of one write
constexpr auto kLookEvery = std::chrono::milliseconds(10);
constexpr auto kLastWait = std::chrono::seconds(2);

}  // namespace

class LogWriter::Ring {
  public:
    explicit Ring(wire::LogRing made) : ring(std::move(made)) {}

    // The worker's own word, bounded by what is possible: it is shown, and added to sums.
    std::uint64_t dropped() const {
        const auto lived = std::chrono::duration_cast<std::chrono::microseconds>(monotonic_now() - since);
        return std::min(ring.dropped(), static_cast<std::uint64_t>(lived.count()));
    }

    wire::LogRing ring;  // copied from and released by the writing thread alone
    Moment since = monotonic_now();
    bool has_gone = false, is_in_hand = false;  // under State's mutex; in hand: of a round that writes
};

struct LogWriter::State {
    using Rings = std::vector<std::shared_ptr<Ring>>;
    using Given = std::deque<std::variant<std::string, LogSink>>;

    void lose(std::uint64_t lines);
    bool has_lines_locked() const;
    bool is_done_locked() const { return given.empty() && !is_writing && !has_lines_locked(); }
    std::uint64_t left_locked() const;
    void let_go_locked();

    void run();
    void round(std::unique_lock<std::mutex> &lock, Patience patience);
    void write_given(Given lines, Patience patience);
    void write_rings(const Rings &all, Patience patience);
    void write_batch(Patience patience);
    void put(std::string_view lines, Patience patience);

    std::mutex mutex;
    std::condition_variable wake, done;
    Given given;                  // under mutex, as all down to is_ended
    std::size_t given_bytes = 0;  // of the lines in it
    Rings rings;
    bool has_sink = false, is_writing = false, is_ended = false;
    std::atomic<std::uint64_t> lost{0};    // but for what living workers have dropped
    std::atomic<std::uint64_t> unsaid{0};  // of them, not told in the log itself

    SaysLost says_lost;
    LogSink sink;  // the writing thread's own, as what follows
    bool is_fast = false;
    std::string batch;
    std::vector<std::pair<Ring *, wire::LogRing::Taken>> taken;  // whose lines are in the batch
};

// ---- the loop's side

LogWriter::LogWriter(SaysLost says_lost) : state_(std::make_shared<State>()) {
    state_->says_lost = std::move(says_lost);
}

LogWriter::~LogWriter() { finish(); }

Result<void> LogWriter::start() {
    // No signal is this thread's: the loop hears them, and a terminal's tostop must not stop the manager.
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    int code = 0;
    try {
        std::thread([state = state_] { state->run(); }).detach();
        has_thread_ = true;
    } catch (const std::system_error &error) {
        code = error.code().value();
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (!has_thread_) return os_error("start the thread that writes a log", code);
    return {};
}

void LogWriter::use(LogSink sink) {
    has_sink_ = sink.is_open();
    std::unique_lock lock(state_->mutex);
    state_->has_sink = has_sink_;
    state_->given.emplace_back(std::move(sink));
    go(lock);
}

void LogWriter::write(std::string line) {
    std::unique_lock lock(state_->mutex);
    if (state_->given_bytes + line.size() > kQueuedBytes) return state_->lose(1);
    state_->given_bytes += line.size();
    state_->given.emplace_back(std::move(line));
    go(lock);
}

void LogWriter::go(std::unique_lock<std::mutex> &lock) {
    has_thread_ ? state_->wake.notify_one() : state_->round(lock, Patience::none);
}

std::shared_ptr<LogWriter::Ring> LogWriter::add(wire::LogRing ring) {
    auto added = std::make_shared<Ring>(std::move(ring));
    const std::lock_guard lock(state_->mutex);
    state_->rings.push_back(added);
    return added;
}

void LogWriter::has_gone(const std::shared_ptr<Ring> &ring) {
    std::unique_lock lock(state_->mutex);
    ring->has_gone = true;
    state_->let_go_locked();
    go(lock);
}

void LogWriter::look() {
    std::unique_lock lock(state_->mutex);
    if (state_->has_lines_locked()) go(lock);
}

std::uint64_t LogWriter::lost() const {
    const std::lock_guard lock(state_->mutex);
    std::uint64_t all = state_->lost;
    for (const auto &ring : state_->rings) all += ring->dropped();
    return all;
}

std::uint64_t LogWriter::finish() {
    if (std::exchange(has_finished_, true)) return 0;
    std::unique_lock lock(state_->mutex);
    state_->is_ended = true;
    go(lock);
    const auto is_done = [this] { return state_->is_done_locked(); };
    return state_->done.wait_for(lock, kLastWait, is_done) ? 0 : state_->left_locked();
}

// ---- what both sides see

void LogWriter::State::lose(std::uint64_t lines) {
    lost += lines;
    unsaid += lines;
}

bool LogWriter::State::has_lines_locked() const {
    return has_sink && std::any_of(rings.begin(), rings.end(), [](const auto &one) { return one->ring.has_lines(); });
}

std::uint64_t LogWriter::State::left_locked() const {
    std::uint64_t lines = given.size();
    for (const auto &one : rings) lines += one->ring.lines_left();
    return lines;
}

// Rings of workers that have gone: those that are empty, and the oldest where there are too many.
void LogWriter::State::let_go_locked() {
    const auto is_over = [](const auto &one) { return one->has_gone && !one->is_in_hand; };
    auto left = static_cast<std::size_t>(std::count_if(rings.begin(), rings.end(), is_over));
    std::erase_if(rings, [&](const auto &one) {
        if (!is_over(one)) return false;
        const bool is_one_too_many = left > kRingsOfGone;
        if (one->ring.has_lines() && !is_one_too_many) return false;
        --left;
        lose(one->dropped() + one->ring.lines_left());
        return true;
    });
}

// ---- the writing thread's

void LogWriter::State::run() {
    std::unique_lock lock(mutex);
    while (!is_ended || !is_done_locked()) {
        if (given.empty() && !is_ended) {
            // Lines of workers gather for a moment, unless they come fast: one write takes them all.
            const auto gather = is_fast ? std::chrono::milliseconds(0) : kLookEvery;
            has_lines_locked() ? static_cast<void>(wake.wait_for(lock, gather)) : wake.wait(lock);
        }
        round(lock, Patience::waits);
        done.notify_all();
    }
}

void LogWriter::State::round(std::unique_lock<std::mutex> &lock, Patience patience) {
    Given lines = std::exchange(given, {});
    given_bytes = 0;
    is_writing = true;
    const Rings all = has_sink ? rings : Rings();
    for (const auto &one : all) one->is_in_hand = true;
    lock.unlock();
    write_given(std::move(lines), patience);
    write_rings(all, patience);
    lock.lock();
    for (const auto &one : all) one->is_in_hand = false;
    is_writing = false;
    let_go_locked();
}

void LogWriter::State::write_given(Given lines, Patience patience) {
    std::string text;
    const auto write = [&] { put(std::exchange(text, {}), patience); };
    for (auto &one : lines) {
        if (auto *another = std::get_if<LogSink>(&one)) {
            write();
            sink = std::move(*another);
        } else {
            text += std::get<std::string>(one);
            if (text.size() >= kBatchBytes) write();
        }
    }
    write();
}

// A worker that goes on adding lines, or scribbles over its ring, gets no more than one ring's length a round.
void LogWriter::State::write_rings(const Rings &all, Patience patience) {
    std::uint64_t written = 0;
    for (const auto &one : all) {
        std::uint64_t bytes = 0;
        while (bytes < wire::kLogRingBytes) {
            const auto part = one->ring.copy(batch, kBatchBytes);
            if (part.bytes == 0) break;
            taken.emplace_back(one.get(), part);
            bytes += part.bytes;
            written += part.bytes;
            if (part.bytes < kBatchBytes / 2 && batch.size() < kBatchBytes) break;  // with those of the next worker
            write_batch(patience);
        }
    }
    write_batch(patience);
    is_fast = written >= kBatchBytes;
}

void LogWriter::State::write_batch(Patience patience) {
    put(batch, patience);
    for (const auto &[one, part] : taken) {
        lose(part.refused);
        one->ring.release(part);
    }
    taken.clear();
    batch.clear();
}

void LogWriter::State::put(std::string_view lines, Patience patience) {
    if (lines.empty()) return;
    if (const std::uint64_t before = says_lost ? unsaid.exchange(0) : 0; before != 0)
        unsaid += sink.write(says_lost(before), patience) == 0 ? 0 : before;
    lose(sink.write(lines, patience));
}

}  // namespace hbnb::manager
