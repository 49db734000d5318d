// What one worker says and prints, by three pipes: its own log, its standard output, its standard error. Each is read
// without waiting, cut into lines of its own, given the worker's pid and written to the error log; so half a line of
// one is never glued to another's. At most kLinesPerSecond lines of all three; what is over is counted and reported
// once a second. Nothing in a line can look like another worker's or the manager's. Processes that a handler starts
// share the two standard pipes with their worker: half a line of such a one ends when nothing more of it has come for a
// second.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <deque>
#include <string>

#include "base/fd.hpp"
#include "base/moment.hpp"
#include "manager/host/error_log.hpp"
#include "manager/host/loop.hpp"

namespace hbnb::manager {

// Owned by WorkerLink.
class WorkerLog {
  public:
    static constexpr unsigned kLinesPerSecond = 200;
    static constexpr std::size_t kLastWordsMax = 5;         // lines
    static constexpr std::size_t kLastWordsBytesMax = 300;  // of one of them

    enum Source { own, output, error };
    using Pipes = std::array<Fd, 3>;  // by source; a closed one is not watched

    WorkerLog(Loop &loop, ErrorLog &log, Pipes pipes, pid_t worker);
    WorkerLog(const WorkerLog &) = delete;
    WorkerLog &operator=(const WorkerLog &) = delete;

    void read(Source source);  // what is there now, a bounded piece; there may be nothing
    void finish();             // the worker has gone: what is left, unfinished lines, and the count of dropped ones
    void look(Moment now);     // once a second or oftener

    // The last lines of its standard error, for the line about its end: `"terminate called …" "what(): …"`; empty:
    // none.
    std::string last_words() const;

  private:
    struct Stream {
        Fd pipe;
        std::string line;  // not ended yet; at most kLogLineMax
        Moment grown;      // when it got its last bytes
        Watch watch;
    };
    enum class Piece { some, none, end };
    Piece read_piece(Source source);
    void take(Source source, std::string_view bytes);
    void end_line(Source source);
    void write(Source source, std::string_view line);
    void end_second(Moment now);

    ErrorLog &log_;
    std::string who_;     // "worker[123]"
    Moment second_;       // when the current second began
    unsigned lines_ = 0;  // in it
    std::uint64_t dropped_ = 0;
    std::deque<std::string> last_words_;
    std::array<Stream, 3> streams_;
};

}  // namespace hbnb::manager
