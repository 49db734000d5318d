// Access lines in the Combined format. Each worker batches whole lines and writes them with one write() to an O_APPEND
// descriptor that the manager opened: at 64 KiB by the thread that fills the batch, else once a second by the steward.
// What cannot be written is counted in the scoreboard. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <mutex>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "wire/scoreboard.hpp"
#include "worker/request_head.hpp"

namespace hbnb::worker {

inline constexpr std::size_t kAccessBatchBytes = 64 << 10;
inline constexpr std::size_t kAccessTextMax = 2048;  // of one quoted field; longer ones are cut

struct AccessEntry {
    std::string_view remote_address, remote_user, method, uri, protocol, referer, user_agent;
    unsigned status = 0;
    std::uint64_t body_bytes = 0;
};

AccessEntry entry_of(const RequestHead &head);  // what its request says; the head's texts are borrowed

// Appends one line with its newline: host - user [time] "request line" status bytes "referer" "user agent". Quotes, backslashes
// and control characters are escaped as \" \\ \xNN; absent fields are "-".
void append_access_line(std::string &line, const AccessEntry &entry, std::string_view stamp);

class AccessLog {
  public:
    AccessLog(Fd descriptor, wire::Scoreboard &board) : descriptor_(std::move(descriptor)), board_(board) {}

    bool is_on() const { return descriptor_.is_open(); }  // does not change in a worker's life
    void add(const AccessEntry &entry);
    void flush();
    void reopen(Fd descriptor);  // what is batched goes to the old file first

  private:
    void flush_locked();
    std::string_view stamp_locked();

    std::mutex mutex_;
    Fd descriptor_;
    std::string batch_, stamp_;
    std::uint64_t lines_ = 0;
    std::time_t stamp_second_ = 0;
    wire::Scoreboard &board_;
};

}  // namespace hbnb::worker
