// One client connection with at most one request on it. Owns its socket; one thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "client/http_answer.hpp"
#include "client/tally.hpp"

namespace hbnb::bench {

class Connection {
  public:
    enum class Progress { going_on, answered, refused, cut, malformed };

    Connection(int epoll, std::uint16_t port) : epoll_(epoll), port_(port) {}
    Connection(const Connection &) = delete;
    Connection &operator=(const Connection &) = delete;
    ~Connection() { close(); }

    // Connects where it is not connected. `message` outlives the answer.
    Progress send(const Arrival &arrival, std::string_view message, bool is_head);
    Progress on_event(std::uint32_t events);
    void close();

    const Arrival &arrival() const { return arrival_; }
    const HttpAnswer &answer() const { return answer_; }
    bool is_busy() const { return is_busy_; }
    void set_free() { is_busy_ = false; }

  private:
    bool connect();
    Progress write();
    Progress read();
    void watch(std::uint32_t events);

    int epoll_;
    std::uint16_t port_;
    int socket_ = -1;
    std::uint32_t watched_ = 0;
    bool is_busy_ = false;
    std::string_view unsent_;
    Arrival arrival_;
    HttpAnswer answer_;
};

}  // namespace hbnb::bench
