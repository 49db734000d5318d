#include "manager/process/worker_log.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/clock.hpp"
#include "wire/log_line.hpp"

namespace hbnb::manager {
namespace {

constexpr std::size_t kPieceBytes = 16 << 10;
constexpr int kLastPiecesMax = 8;  // a pipe holds 64 KiB; a stray child of the worker may go on writing
constexpr std::array<WorkerLog::Source, 3> kSources{WorkerLog::own, WorkerLog::output, WorkerLog::error};

}  // namespace

WorkerLog::WorkerLog(Loop &loop, ErrorLog &log, Pipes pipes, pid_t worker)
    : log_(log), who_("worker[" + std::to_string(worker) + "]"), second_(monotonic_now()) {
    for (const Source source : kSources) {
        Stream &stream = streams_.at(source);
        stream.pipe = std::move(pipes.at(source));
        if (stream.pipe.is_open()) stream.watch = Watch(loop, stream.pipe.get(), [this, source] { read(source); });
    }
}

// A wake-up without anything to read is one that the kernel or the loop may send: the watch goes on.
void WorkerLog::read(Source source) {
    if (read_piece(source) == Piece::end) streams_.at(source).watch = Watch();
}

void WorkerLog::finish() {
    for (const Source source : kSources) {
        for (int i = 0; i < kLastPiecesMax && read_piece(source) == Piece::some; ++i) {
        }
        if (!streams_.at(source).line.empty()) end_line(source);
    }
    end_second(second_ + std::chrono::seconds(1));
}

void WorkerLog::look(Moment now) {
    for (const Source source : kSources) {
        const Stream &stream = streams_.at(source);
        if (!stream.line.empty() && now - stream.grown >= std::chrono::seconds(1)) end_line(source);
    }
    end_second(now);
}

WorkerLog::Piece WorkerLog::read_piece(Source source) {
    std::array<char, kPieceBytes> piece;
    ssize_t got = -1;
    do got = ::read(streams_.at(source).pipe.get(), piece.data(), piece.size());
    while (got < 0 && errno == EINTR);
    if (got < 0) return errno == EAGAIN ? Piece::none : Piece::end;
    take(source, {piece.data(), static_cast<std::size_t>(got)});
    return got > 0 ? Piece::some : Piece::end;
}

void WorkerLog::take(Source source, std::string_view bytes) {
    Stream &stream = streams_.at(source);
    while (!bytes.empty()) {
        const std::size_t end = std::min(bytes.find('\n'), bytes.size());
        const std::size_t room = kLogLineMax - std::min(stream.line.size(), kLogLineMax);
        stream.line += bytes.substr(0, std::min(end, room));  // the rest of a longer line is cut
        if (end == bytes.size()) {
            stream.grown = monotonic_now();
            return;
        }
        end_line(source);
        bytes.remove_prefix(end + 1);
    }
}

void WorkerLog::end_line(Source source) {
    end_second(monotonic_now());
    std::string &line = streams_.at(source).line;
    if (source == error) {
        last_words_.push_back(line.substr(0, kLastWordsBytesMax));
        if (last_words_.size() > kLastWordsMax) last_words_.pop_front();
    }
    if (lines_ >= kLinesPerSecond) {
        ++dropped_;
    } else {
        ++lines_;
        write(source, line);
    }
    line.clear();
}

void WorkerLog::write(Source source, std::string_view line) {
    if (source != own) return log_.write_as(who_, LogLevel::info, line);
    const wire::LogLine said = wire::decode_log_line(line);
    log_.write_escaped_as(who_, said.level, said.text);
}

void WorkerLog::end_second(Moment now) {
    if (now - second_ < std::chrono::seconds(1)) return;
    if (dropped_ > 0) {
        log_.count_lost(dropped_);
        log_.write(LogLevel::warning, std::to_string(dropped_) + " log lines of " + who_ + " were dropped: more than " +
                                          std::to_string(kLinesPerSecond) + " a second");
    }
    second_ = now;
    lines_ = 0;
    dropped_ = 0;
}

std::string WorkerLog::last_words() const {
    std::string text;
    for (const std::string &line : last_words_) {
        if (!line.empty()) text += (text.empty() ? "\"" : " \"") + line + '"';
    }
    return text;
}

}  // namespace hbnb::manager
