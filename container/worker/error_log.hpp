// The worker's error log: lines on its log pipe (wire::kLog, non-blocking), to which the manager adds stamp and pid.
// What does not fit is counted in the scoreboard, never waited for. Once the manager has gone, nobody reads the pipe:
// this worker opens the log by its name then, where it has one, and stamps its lines itself. Any thread.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "wire/scoreboard.hpp"

namespace hbnb::worker {

class ErrorLog {
  public:
    ErrorLog(int descriptor, LogLevel least, wire::Scoreboard &board)
        : descriptor_(descriptor), least_(least), board_(board) {}

    bool wants(LogLevel level) const { return level >= least_; }
    void write(LogLevel level, std::string_view text) const;
    void manager_has_gone(const std::string &path);  // empty: there is no file to write to

  private:
    int descriptor_;
    std::atomic<int> file_{-1};  // the log itself, once the manager has gone
    LogLevel least_;
    wire::Scoreboard &board_;
};

}  // namespace hbnb::worker
