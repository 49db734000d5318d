#include "worker/error_log.hpp"

#include <unistd.h>

#include "base/clock.hpp"
#include "wire/log_line.hpp"

namespace hbnb::worker {

void ErrorLog::write(LogLevel level, std::string_view text) const {
    if (!wants(level)) return;
    const bool alone = manager_gone_ && last_ >= 0;
    const std::string line =
        alone ? format_log_line(wall_now(), level, "worker[" + std::to_string(::getpid()) + "]", text)
              : wire::encode_log_line(level, text);  // under PIPE_BUF or nearly: one write, one piece
    if (::write(alone ? last_ : descriptor_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
        board_.log_lines_dropped.fetch_add(1, std::memory_order_relaxed);
    }
}

}  // namespace hbnb::worker
