#include "manager/host/error_log.hpp"

#include <unistd.h>

#include "base/clock.hpp"
#include "manager/host/log_file.hpp"

namespace hbnb::manager {
namespace {

constexpr std::string_view kStderr = "stderr";
constexpr const char *kOtherKinds = "lines of other kinds";

// A file that the shell has opened without O_APPEND would be overwritten in its middle by all who write at its end.
LogSink standard_error() {
    append_always(STDERR_FILENO);
    return LogSink::borrowed(STDERR_FILENO);
}

std::string self() { return "manager[" + std::to_string(::getpid()) + "]"; }

}  // namespace

ErrorLog::ErrorLog(LogLevel least)
    : least_(least), self_(self()), writer_([name = self()](std::uint64_t lines) {
          return format_log_line(wall_now(), LogLevel::warning, name,
                                 std::to_string(lines) + " log lines were lost: the log could not be written");
      }) {
    writer_.use(standard_error());
}

Result<void> ErrorLog::use(const std::string &where, uid_t owner) {
    auto file = open(where, owner);
    if (!file) return file.error();
    take(where, owner, std::move(*file));
    return {};
}

Result<Fd> ErrorLog::open(const std::string &where, uid_t owner) {
    if (where == kStderr) return Fd();
    return open_log_file(where, "error log", owner);
}

Result<void> ErrorLog::look(const std::string &where, uid_t owner) {
    if (where == kStderr) return {};
    return look_at_log_file(where, "error log", owner);
}

void ErrorLog::take(const std::string &where, uid_t owner, Fd file) {
    path_ = where == kStderr ? "" : where;
    owner_ = owner;
    writer_.use(file.is_open() ? LogSink(std::move(file)) : standard_error());
}

Result<void> ErrorLog::reopen() {
    if (path_.empty()) return {};
    return use(std::string(path_), owner_);
}

void ErrorLog::write(LogLevel level, std::string_view text) { write_as(self_, level, text); }

void ErrorLog::write_as(std::string_view who, LogLevel level, std::string_view text) {
    if (level >= least_) writer_.write(format_log_line(wall_now(), level, who, text));
}

void ErrorLog::write_escaped_as(std::string_view who, LogLevel level, std::string_view text) {
    if (level >= least_) writer_.write(format_log_line(wall_now(), level, who, text, Backslash::kept));
}

void ErrorLog::write_seldom(const std::string &kind, unsigned a_second, LogLevel level, std::string_view text,
                            Moment now) {
    if (level < least_) return;
    const bool is_known = seldom_.size() < kKindsMax || seldom_.contains(kind);
    const auto at = seldom_.try_emplace(is_known ? kind : kOtherKinds, Seldom()).first;
    Seldom &of = at->second;
    if (of.written != 0 && now - of.since >= std::chrono::seconds(1)) end_second(at->first, of);
    if (of.written == 0) of.since = now;
    if (of.written < a_second) {
        ++of.written;
        return write(level, text);
    }
    ++of.left_out;
    of.level = level;
    of.last = text;
}

void ErrorLog::tell_left_out(Moment now) {
    for (auto at = seldom_.begin(); at != seldom_.end();) {
        const bool is_over = now - at->second.since >= std::chrono::seconds(1);
        if (is_over) end_second(at->first, at->second);
        at = is_over && at->second.written == 0 ? seldom_.erase(at) : std::next(at);
    }
}

// What is said of those left out is the first line of the next second.
void ErrorLog::end_second(const std::string &kind, Seldom &of) {
    const std::uint64_t left_out = std::exchange(of.left_out, 0);
    of.since = of.since + std::chrono::seconds(1);
    of.written = left_out == 0 ? 0 : 1;
    if (left_out == 0) return;
    write(of.level, kind + ": " + std::to_string(left_out) + " more within a second, the last one: " + of.last);
}

}  // namespace hbnb::manager
