// The error log: the manager's own lines and those of its workers. Nothing waits for it: what its reader or its disk
// does not take is lost by whole lines, counted, and the number is the first thing written when writing works again.
//
// A line that may come again and again is written with `write_seldom`: a line a second of each kind, then how many more
// there were. What a kind is, its caller says: "start of pool x", "orphan".
//
// Limits: kKindsMax kinds at a time (the rest shares one); LogWriter's.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/log.hpp"
#include "base/moment.hpp"
#include "manager/host/log_writer.hpp"

namespace hbnb::manager {

// Owned by main; outlives all that writes to it. [the loop]
class ErrorLog {
  public:
    static constexpr std::size_t kKindsMax = 256;

    // To descriptor 2, which stays the caller's, until `use` is called. Lines are written where they come until
    // `start`.
    explicit ErrorLog(LogLevel least);

    // where: "stderr" or a path. On an error the log goes on as before.
    Result<void> use(const std::string &where, uid_t owner);
    // The first half of `use`, and the second, which cannot fail. The file is closed for "stderr".
    static Result<Fd> open(const std::string &where, uid_t owner);
    static Result<void> look(const std::string &where, uid_t owner);  // what `open` would refuse; makes nothing
    void take(const std::string &where, uid_t owner, Fd file);
    Result<void> reopen();                            // the same path anew
    Result<void> start() { return writer_.start(); }  // from now on no line is waited for, by a thread of its own
    void set_level(LogLevel least) { least_ = least; }

    void write(LogLevel level, std::string_view text);                           // as the manager
    void write_as(std::string_view who, LogLevel level, std::string_view text);  // as "worker[123]"
    // What a worker has escaped already (wire/log_line.hpp).
    void write_escaped_as(std::string_view who, LogLevel level, std::string_view text);

    // At most `a_second` lines of this kind, and a line a second about those that were left out.
    void write_seldom(const std::string &kind, unsigned a_second, LogLevel level, std::string_view text, Moment now);
    void tell_left_out(Moment now);  // from time to time, and at the end

    void count_lost(std::uint64_t lines) { lost_elsewhere_ += lines; }  // told by others: of a worker's flood
    std::uint64_t dropped() const { return writer_.lost() + lost_elsewhere_; }
    void finish() { writer_.finish(); }

  private:
    struct Seldom {
        Moment since;  // of the second at hand
        unsigned written = 0;
        std::uint64_t left_out = 0;
        LogLevel level{};
        std::string last;
    };
    void end_second(const std::string &kind, Seldom &of);

    std::string path_;  // empty: stderr
    uid_t owner_ = 0;
    LogLevel least_;
    std::string self_;  // "manager[123]"
    std::map<std::string, Seldom> seldom_;
    std::uint64_t lost_elsewhere_ = 0;
    LogWriter writer_;
};

}  // namespace hbnb::manager
