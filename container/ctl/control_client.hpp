// The other end of the control socket: one HTTP request a call. The only file of hbnbctl that includes Boost.Beast is
// this one's .cpp.
#pragma once

#include <chrono>
#include <string>

#include "base/error.hpp"

namespace hbnb::ctl {

inline constexpr std::chrono::seconds kAnswerTimeout{15};  // longer than the manager takes for anything
inline constexpr std::size_t kAnswerBytesMax = 64 << 20;   // a status of thousands of workers fits

struct Answer {
    unsigned status = 0;
    std::string body;
};

// A value: the socket's path. Every call connects anew.
class ControlClient {
  public:
    explicit ControlClient(std::string socket) : socket_(std::move(socket)) {}
    const std::string &socket() const { return socket_; }

    // Any answer; an error is that there was none: nobody there, not allowed, no answer in time.
    Result<Answer> ask(const std::string &method, const std::string &path, const std::string &body = {}) const;

  private:
    std::string socket_;
};

}  // namespace hbnb::ctl
