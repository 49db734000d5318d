// Where the lines of a log go: a file, a pipe, a terminal, a socket or a device. Lines are whole there or counted as
// lost.
//
// A regular file gets them in one write. On a disk that becomes full in the middle of a line, the begun line is taken
// back: the file is cut where it ends, unless another process has appended to it meanwhile; then the next line begins
// on a line of its own. Anything else gets pieces of whole lines of at most kLogLineMax bytes, which a pipe takes in
// one piece or not at all, so that they do not mix with those of another process.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "base/log.hpp"

namespace hbnb::manager {

// One thread at a time.
class LogSink {
  public:
    LogSink() = default;  // takes nothing, loses everything
    explicit LogSink(Fd file) : LogSink(file.get()) { file_ = std::move(file); }
    static LogSink borrowed(int descriptor) { return LogSink(descriptor); }  // stays the caller's, and outlives this

    bool is_open() const { return descriptor_ >= 0; }

    // waits: until a slow or stopped reader has room, for ever if need be. Else what cannot be written at once is lost.
    // A disk is waited for in both cases.
    enum class Patience { waits, none };
    // lines: whole ones, each at most kLogLineMax. How many of them are lost.
    std::uint64_t write(std::string_view lines, Patience patience);

  private:
    explicit LogSink(int descriptor);
    std::uint64_t append(std::string_view lines);
    std::uint64_t stream(std::string_view lines, Patience patience);
    std::size_t put(std::string_view piece, Patience patience);
    void take_back(std::size_t torn);
    bool end_torn_line(Patience patience);

    Fd file_;
    int descriptor_ = -1;
    bool is_regular_ = false;
    bool is_torn_ = false;  // what stands at the end is half a line
};

}  // namespace hbnb::manager
