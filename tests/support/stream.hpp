// A blocking byte stream to a server, with a deadline on every wait: a TCP port on loopback, or a Unix socket.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.hpp"
#include "support/eventually.hpp"

namespace hbnb::test {

struct Endpoint {
    std::uint16_t port = 0;  // on 127.0.0.1 or ::1; 0: the Unix socket
    std::string path;
    bool is_v6 = false;
};
inline Endpoint tcp(std::uint16_t port) { return {port, {}}; }
inline Endpoint tcp6(std::uint16_t port) { return {port, {}, true}; }
inline Endpoint unix_socket(std::string path) { return {0, std::move(path)}; }

class Stream {
  public:
    static std::optional<Stream> connect(const Endpoint &to);  // nullopt: refused, or not there

    bool send(std::string_view bytes);  // false: the peer has gone, or takes nothing more
    // The next bytes that come; empty: the end. nullopt: reset, or nothing came in time.
    std::optional<std::string> receive(std::chrono::milliseconds deadline = kPatience);
    void end_sending();
    int descriptor() const { return fd_.get(); }

  private:
    explicit Stream(Fd fd) : fd_(std::move(fd)) {}
    bool wait_for(short events, std::chrono::milliseconds deadline) const;
    Fd fd_;
};

// One that nobody listens on at this moment. Somebody may the next: who binds it must be ready to try another.
std::uint16_t free_port();

}  // namespace hbnb::test
