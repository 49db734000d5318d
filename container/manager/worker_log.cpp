#include "manager/worker_log.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/clock.hpp"
#include "wire/log_line.hpp"

namespace hbnb::manager {
namespace {

constexpr std::size_t kPieceBytes = 16 << 10;
constexpr int kLastPiecesMax = 8;  // a pipe holds 64 KiB; a stray child of the worker may go on writing

}  // namespace

WorkerLog::WorkerLog(Loop &loop, ErrorLog &log, Fd pipe, pid_t worker)
    : log_(log),
      pipe_(std::move(pipe)),
      who_("worker[" + std::to_string(worker) + "]"),
      second_(monotonic_now()),
      watch_(loop, pipe_.get(), [this] { read(); }) {}

void WorkerLog::read() {
    if (!read_piece()) watch_ = Watch();
}

void WorkerLog::finish() {
    for (int i = 0; i < kLastPiecesMax && read_piece(); ++i) {
    }
    if (!line_.empty()) end_line();
    report_dropped(second_ + std::chrono::seconds(1));
}

// False: there is nothing more, now (at the end of the pipe: ever).
bool WorkerLog::read_piece() {
    std::array<char, kPieceBytes> piece{};
    const ssize_t got = ::read(pipe_.get(), piece.data(), piece.size());
    if (got < 0) return errno == EINTR;
    take({piece.data(), static_cast<std::size_t>(got)});
    return got > 0;
}

void WorkerLog::take(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t end = std::min(bytes.find('\n'), bytes.size());
        const std::size_t room = kLogLineMax - std::min(line_.size(), kLogLineMax);
        line_ += bytes.substr(0, std::min(end, room));  // the rest of a longer line is cut
        if (end == bytes.size()) return;
        end_line();
        bytes.remove_prefix(end + 1);
    }
}

void WorkerLog::end_line() {
    report_dropped(monotonic_now());
    if (lines_ >= kLinesPerSecond) {
        ++dropped_;
    } else {
        ++lines_;
        const wire::LogLine line = wire::decode_log_line(line_);
        log_.write_as(who_, line.level, line.text);
    }
    line_.clear();
}

void WorkerLog::report_dropped(Moment now) {
    if (now - second_ < std::chrono::seconds(1)) return;
    if (dropped_ > 0) {
        log_.write(LogLevel::warning, std::to_string(dropped_) + " log lines of " + who_ + " were dropped: more than " +
                                          std::to_string(kLinesPerSecond) + " a second");
    }
    second_ = now;
    lines_ = 0;
    dropped_ = 0;
}

}  // namespace hbnb::manager
