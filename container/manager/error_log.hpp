// The error log: the manager's own lines and those its workers sent. Never waits and never fails: what cannot be
// written now is counted, and the number is the first thing written when writing works again.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/fd.hpp"
#include "base/log.hpp"

namespace hbnb::manager {

// Owned by main; outlives whoever writes.
class ErrorLog {
  public:
    // To descriptor 2, which stays the caller's, until `use` is called.
    explicit ErrorLog(LogLevel least);

    // where: "stderr" or a path. On an error the log goes on as before.
    Result<void> use(const std::string &where, uid_t owner);
    // The first half of `use`, and the second, which cannot fail. The file is closed for "stderr".
    static Result<Fd> open(const std::string &where, uid_t owner);
    static Result<void> look(const std::string &where, uid_t owner);  // what `open` would refuse; makes nothing
    void take(const std::string &where, uid_t owner, Fd file);
    Result<void> reopen();  // the same path anew
    void set_level(LogLevel least) { least_ = least; }

    void write(LogLevel level, std::string_view text);                           // as the manager
    void write_as(std::string_view who, LogLevel level, std::string_view text);  // as "worker[123]"

    int descriptor() const { return descriptor_of(file_); }  // where lines go now; stays ours
    static int descriptor_of(const Fd &file) {
        return file.is_open() ? file.get() : 2;
    }  // of one that `open` has opened
    bool is_stderr() const { return path_.empty(); }
    std::uint64_t dropped() const { return dropped_total_; }

  private:
    bool put(std::string_view line);
    void report_dropped();

    std::string path_;  // empty: stderr
    uid_t owner_ = 0;
    Fd file_;
    LogLevel least_;
    std::string self_;  // "manager[123]"
    std::uint64_t dropped_ = 0, dropped_total_ = 0;
};

}  // namespace hbnb::manager
