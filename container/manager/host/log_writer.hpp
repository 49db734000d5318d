// What writes one log: lines that the manager's loop gives it, and those in the rings of its workers
// (wire/log_ring.hpp), go to one sink, in a thread of its own. That thread alone may wait for a slow or stopped reader,
// or for a disk. Everything else goes on meanwhile; what then does not fit is lost by whole lines, and counted.
//
// Until `start` there is no thread: lines are written where they are given, and what would have to be waited for is
// lost. So it is before privileges are dropped (a thread would keep its own), and where the system gives no thread.
//
// Limits: kQueuedBytes of lines given and not yet written; kRingsOfGone rings of workers that have gone and whose lines
// wait, the oldest first to be counted as lost; kLastWait at the end.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/error.hpp"
#include "manager/host/log_sink.hpp"
#include "wire/log_ring.hpp"

namespace hbnb::manager {

// [the loop] but for its own thread. Its thread may outlive it, waiting for a reader, with all that it uses.
class LogWriter {
  public:
    static constexpr std::size_t kQueuedBytes = 1 << 20;
    static constexpr std::size_t kRingsOfGone = 64;

    // says_lost: a line about so many lost ones, which is then the first one to be written; none: nothing is said here.
    using SaysLost = std::function<std::string(std::uint64_t)>;
    explicit LogWriter(SaysLost says_lost = {});
    LogWriter(const LogWriter &) = delete;
    LogWriter &operator=(const LogWriter &) = delete;
    ~LogWriter();  // finish()

    Result<void> start();
    void use(LogSink sink);  // for what comes from now on; what was given before goes to the old one
    bool has_sink() const { return has_sink_; }
    void write(std::string line);

    // A worker's ring: read from now on, until its worker has gone and it is empty.
    class Ring;
    std::shared_ptr<Ring> add(wire::LogRing ring);
    void has_gone(const std::shared_ptr<Ring> &ring);
    void look();  // [the loop] from time to time: the rings may have lines

    std::uint64_t lost() const;  // lines, by reader, disk, limits and workers, since the beginning
    // Waits for what is there to be written, at most kLastWait. How many lines are not.
    std::uint64_t finish();

  private:
    struct State;
    void go(std::unique_lock<std::mutex> &lock);
    std::shared_ptr<State> state_;
    bool has_sink_ = false, has_thread_ = false, has_finished_ = false;
};

}  // namespace hbnb::manager
