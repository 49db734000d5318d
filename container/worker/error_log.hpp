// The worker's error log: lines on its error pipe (descriptor 2, non-blocking), to which the manager adds stamp and pid.
// What does not fit is counted in the scoreboard, never waited for. Any thread.
#pragma once

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

  private:
    int descriptor_;
    LogLevel least_;
    wire::Scoreboard &board_;
};

}  // namespace hbnb::worker
