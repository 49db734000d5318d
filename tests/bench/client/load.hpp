// Sends what a plan says and tallies what comes back: one thread, one epoll, non-blocking connections to 127.0.0.1.
//
// Open loop: requests are due at fixed moments; one that finds all connections busy waits for one, and its latency is
// counted from the moment it was due, so a server that stalls is charged for everybody it kept waiting (no coordinated
// omission). Closed loop: a request is due when its connection is free; it says how much goes through, and little of
// how long one waits.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/connection.hpp"
#include "client/tally.hpp"

namespace hbnb::bench {

class Load {
  public:
    explicit Load(const Plan &plan);
    Load(const Load &) = delete;
    Load &operator=(const Load &) = delete;
    ~Load();

    std::string run();  // the report, JSON

  private:
    bool is_over(Duration now) const;
    Duration next_moment(Duration now) const;
    void wait(Duration until);
    void send_what_is_due();
    void send_scheduled(Duration now);
    void send_closed(Duration now);
    bool send_on_free_connection(const Arrival &arrival);
    void on_event(Connection &connection, std::uint32_t events);
    void finish(Connection &connection, Connection::Progress progress);
    Duration now() const { return std::chrono::steady_clock::now() - start_; }

    const Plan &plan_;
    Schedule schedule_;
    Lot lot_;
    Tally tally_;
    int epoll_;
    Moment start_;
    std::vector<std::unique_ptr<Connection>> connections_;
    std::vector<Connection *> free_;
    std::deque<Arrival> waiting_;  // due, and no connection is free
    std::uint64_t begun_ = 0;      // arrivals that were due so far
    std::uint64_t busy_ = 0;       // connections with a request
};

}  // namespace hbnb::bench
