// The lines on one worker's error pipe: read without waiting, cut into lines, given the worker's pid and written to the
// error log. At most kLinesPerSecond of them; what is over is counted and reported once a second. Nothing in a line can
// look like another worker's or the manager's.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/fd.hpp"
#include "base/moment.hpp"
#include "manager/error_log.hpp"
#include "manager/loop.hpp"

namespace hbnb::manager {

// Owned by WorkerLink.
class WorkerLog {
  public:
    static constexpr unsigned kLinesPerSecond = 200;

    WorkerLog(Loop &loop, ErrorLog &log, Fd pipe, pid_t worker);

    void read();    // what is there now, a bounded piece
    void finish();  // the worker has gone: what is left, the last unfinished line, and the count of dropped ones
    void report_dropped(Moment now);

  private:
    bool read_piece();
    void take(std::string_view bytes);
    void end_line();

    ErrorLog &log_;
    Fd pipe_;
    std::string who_;     // "worker[123]"
    std::string line_;    // not ended yet; at most kLogLineMax
    Moment second_;       // when the current second began
    unsigned lines_ = 0;  // in it
    std::uint64_t dropped_ = 0;
    Watch watch_;
};

}  // namespace hbnb::manager
