// The worker's error log: lines on its error pipe (descriptor 2, non-blocking), to which the manager adds stamp and pid.
// What does not fit is counted in the scoreboard, never waited for. Once the manager has gone, nobody reads the pipe: lines go
// to the log itself then, stamped here. Any thread.
#pragma once

#include <atomic>
#include <string_view>

#include "base/log.hpp"
#include "wire/scoreboard.hpp"

namespace hbnb::worker {

class ErrorLog {
  public:
    // last: the error log itself; -1: there is none.
    ErrorLog(int descriptor, LogLevel least, wire::Scoreboard &board, int last = -1)
        : descriptor_(descriptor), last_(last), least_(least), board_(board) {}

    bool wants(LogLevel level) const { return level >= least_; }
    void write(LogLevel level, std::string_view text) const;
    void manager_has_gone() { manager_gone_ = true; }

  private:
    int descriptor_, last_;
    std::atomic<bool> manager_gone_{false};
    LogLevel least_;
    wire::Scoreboard &board_;
};

}  // namespace hbnb::worker
