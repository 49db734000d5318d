#include "manager/error_log.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "base/clock.hpp"
#include "manager/log_file.hpp"

namespace hbnb::manager {
namespace {

constexpr std::string_view kStderr = "stderr";

}  // namespace

ErrorLog::ErrorLog(LogLevel least) : least_(least), self_("manager[" + std::to_string(::getpid()) + "]") {}

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
    file_ = std::move(file);
}

Result<void> ErrorLog::reopen() {
    if (path_.empty()) return {};
    return use(std::string(path_), owner_);
}

void ErrorLog::write(LogLevel level, std::string_view text) { write_as(self_, level, text); }

void ErrorLog::write_as(std::string_view who, LogLevel level, std::string_view text) {
    if (level < least_) return;
    if (dropped_ > 0) report_dropped();
    if (!put(format_log_line(wall_now(), level, who, text))) {
        ++dropped_;
        ++dropped_total_;
    }
}

void ErrorLog::report_dropped() {
    const std::string text = std::to_string(dropped_) + " log lines were lost: the log could not be written";
    if (put(format_log_line(wall_now(), LogLevel::warning, self_, text))) dropped_ = 0;
}

bool ErrorLog::put(std::string_view line) {
    // stderr is shared with others, so it cannot be made non-blocking. A pipe that polls writable takes PIPE_BUF bytes,
    // and no line is longer than that.
    static_assert(kLogLineMax <= 4096);
    pollfd ready{descriptor(), POLLOUT, 0};
    if (::poll(&ready, 1, 0) != 1 || (ready.revents & POLLOUT) == 0) return false;
    ssize_t written = -1;
    do written = ::write(descriptor(), line.data(), line.size());
    while (written < 0 && errno == EINTR);
    return written == static_cast<ssize_t>(line.size());
}

}  // namespace hbnb::manager
