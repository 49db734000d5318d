// Access lines in the Combined format, put into the ring of pages that the manager writes to the log
// (wire/log_ring.hpp): no system call, no waiting; what does not fit is counted there. Once the manager has gone, this
// worker opens the log by its name, where it has one, and writes its lines itself. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "base/log.hpp"
#include "wire/log_ring.hpp"
#include "worker/request/request_head.hpp"

namespace hbnb::worker {

// Bytes of each field as it stands in the line, escaped; longer ones are cut. Together a line is at most kLogLineMax.
inline constexpr std::size_t kAccessAddressMax = 64, kAccessUserMax = 128, kAccessMethodMax = 32, kAccessUriMax = 2048,
                             kAccessProtocolMax = 16, kAccessRefererMax = 1024, kAccessAgentMax = 640;

struct AccessEntry {
    std::string_view remote_address, remote_user, method, uri, protocol, referer, user_agent;
    unsigned status = 0;
    std::uint64_t body_bytes = 0;
};

AccessEntry entry_of(const RequestHead &head);  // what its request says; the head's texts are borrowed

// Appends one line with its newline: host - user [time] "request line" status bytes "referer" "user agent". Quotes and
// backslashes are escaped as \" and \\, all else that is not printable ASCII as nginx does: \xHH. Absent fields are
// "-".
void append_access_line(std::string &line, const AccessEntry &entry, std::string_view stamp);

class AccessLog {
  public:
    explicit AccessLog(std::optional<wire::LogRing> ring) : ring_(std::move(ring)) {}  // none: off

    bool is_on() const { return ring_.has_value(); }  // does not change in a worker's life
    void add(const AccessEntry &entry);

    void manager_has_gone(const std::string &path);  // empty: there is no file to write to
    void flush();                                    // from time to time, and at the end; only then it does anything

  private:
    std::string_view stamp_locked();
    void flush_locked();

    std::mutex mutex_;
    std::optional<wire::LogRing> ring_;
    std::string line_, stamp_;
    std::time_t stamp_second_ = 0;
    Fd file_;  // open: the manager has gone
};

}  // namespace hbnb::worker
