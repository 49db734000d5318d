// What a worker's threads wait on together: one epoll set with the listening sockets, the parked connections and a wake-up.
// One handler thread: connections are level-triggered; several: EPOLLONESHOT, armed again whenever one is parked.
// All functions: any thread, but those that take a Connection only by its owner.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "base/fd.hpp"
#include "wire/scoreboard.hpp"
#include "wire/worker_setup.hpp"
#include "worker/connection.hpp"
#include "worker/listener.hpp"

namespace hbnb::worker {

class Reactor {
  public:
    Reactor(const wire::WorkerSetup &setup, unsigned threads, const ErrorLog &log, wire::Scoreboard &board);
    Result<void> open();    // epoll and the wake-up; before any thread
    Result<void> listen();  // from now on connections come in

    struct Event {
        enum class Kind { none, listener, connection } kind = Kind::none;
        std::size_t listener = 0;
        Connection *connection = nullptr;  // claimed: the caller owns it
    };
    Event wait();  // [handler] one event

    enum class Accepting { accepted, nothing, full };
    struct AcceptResult {
        Accepting outcome = Accepting::nothing;
        Connection *connection = nullptr;
    };
    AcceptResult accept(
        std::size_t listener);  // full: no slot or no descriptor; listening pauses unless the caller makes room
    Connection *take_longest_kept() { return table_.claim_longest_kept(); }
    void pause_listening();
    bool is_full() const { return table_.in_use() >= setup_.limits.connections; }

    // false: something came meanwhile; it is still the caller's, who reads again.
    [[nodiscard]] bool park(Connection &connection, ConnectionState state, Moment now);
    void close(Connection &connection);
    // The peer may send nothing more; what is queued is served, then the connection closes. shutdown(SHUT_RD) is the one
    // moment that decides whether a request was in time: its sender sees EPIPE, or has its answer.
    void end_reading(Connection &connection);

    // [steward]
    void close_overdue(Moment now);
    void resume_listening();  // where it was paused and there is room
    void begin_drain(Moment now);
    bool has_pending_connections() const { return listeners_.has_pending(); }

    bool is_draining() const { return draining_.load(std::memory_order_acquire); }
    bool is_finished() const { return is_draining() && table_.in_use() == 0; }  // nothing more to do: threads leave

  private:
    void arm(Connection &connection);
    Duration time_allowed(Connection &connection, ConnectionState state, Moment now) const;
    [[noreturn]] void give_up(const std::string &unable_to, int code) const;
    void accept_last(Moment now);
    void wake_all();

    const wire::WorkerSetup &setup_;
    const ErrorLog &log_;
    unsigned threads_;
    bool one_shot_;  // several handler threads
    wire::Scoreboard &board_;
    Listeners listeners_;
    ConnectionTable table_;
    Fd epoll_, wake_;
    std::atomic<bool> draining_{false}, paused_{false};
};

}  // namespace hbnb::worker
