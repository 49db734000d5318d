#include "worker/error_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "wire/log_line.hpp"

namespace hbnb::worker {

void ErrorLog::write(LogLevel level, std::string_view text) const {
    if (!wants(level)) return;
    const int file = file_.load(std::memory_order_acquire);
    const std::string line =
        file >= 0 ? format_log_line(wall_now(), level, "worker[" + std::to_string(::getpid()) + "]", text)
                  : wire::encode_log_line(level, text);  // at most PIPE_BUF: one piece, or none of it
    if (::write(file >= 0 ? file : descriptor_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
        board_.log_lines_dropped.fetch_add(1, std::memory_order_relaxed);
    }
}

void ErrorLog::manager_has_gone(const std::string &path) {
    if (path.empty()) return;
    file_.store(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK),
                std::memory_order_release);
}

}  // namespace hbnb::worker
