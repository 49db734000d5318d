// What the control thread does with the hand-off queues: no request waits behind another while a thread of the pool is
// free, and none longer than waiting.age_max. Runs on the worker's first thread, between the
// handler threads' events; never runs handler code, never waits for a peer for long.
//
// A tick, every kTick while a thread of this worker is busy:
//   - a thread waits for events: nothing to do, it takes what comes.
//   - no thread waits, and each is still in what it was in at the last tick: no thread here will come soon. Movable
//     connections (worker/io/connection.hpp) that are readable are handed over to `waiting`, and what waits at the
//     listening sockets is accepted into it; of these, one that has nothing to be read yet stays here, fresh: it counts
//     as waiting once it has. What has been in `idle` for a tick, as no thread could take it in, the control thread
//     takes in: its requests are seen then.
//   - no thread waits, but they come and go: only what waited at the last tick as well is handed over and accepted.
//   - in both, readable partial connections are held: they cannot move. Their number and the oldest moment are
//     published in the scoreboard, as are those of the movable ones that the queue did not take; both are 0 while a
//     thread waits.
//   - the worker drains: every movable connection is handed over, readable or not; nothing is accepted or taken.
//   In both cases, what has waited in `waiting` for longer than age_max is taken from its head and shed: 503 with
//   Retry-After. So is a request in the backlog that would wait too long (HandOffQueues::is_admission_closed), or does
//   not fit. While the queues are broken (HandOffQueues::is_broken) a connection that cannot be sent stays, and is shed
//   after age_max; and none is accepted.
// Shed connections stay with this worker: what still comes of their requests is read here, for at most kShedReading;
// closing one with unread bytes would be a reset to its web server, hence a 502.
// After kRestAfter ticks with nothing to do it rests; Epoll::wait rings it awake.
//
// Limits: kBatch connections a tick and kind; kShedMax shed ones whose requests are still coming.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "worker/io/worker_io.hpp"
#include "worker/request/connection_server.hpp"

namespace hbnb::worker {

class Rebalancer {
  public:
    static constexpr Duration kTick = std::chrono::milliseconds(2);
    static constexpr unsigned kRestAfter = 25;
    static constexpr std::size_t kBatch = 64;
    static constexpr std::size_t kShedMax = 256;
    static constexpr Duration kShedReading = std::chrono::seconds(2);

    Rebalancer(Application &application, WorkerIo &io, unsigned threads);

    void tick(Moment now);
    bool may_rest() const { return idle_ticks_ >= kRestAfter; }

  private:
    struct Shed {
        ConnectionKey key;
        Moment until;
    };
    enum class Threads { one_waits, come_and_go, stuck };
    Threads look_at_threads();
    void relieve(Threads threads, Moment now);
    void take_in_idle(Moment now);
    void hand_over_readable(Threads threads, Moment now);
    bool pass_on(Connection &connection, Moment since, Moment now);  // false: it has to stay, readable
    void note_unmoved(Moment since);
    void note_held(ConnectionKey key, Moment now);
    void publish();
    void forget();
    void accept_waiting(Moment now);
    bool accept_one(std::size_t listener, Connection &slot, Moment now);
    bool hand_on(const Intake::Came &came, Moment since);
    void shed_overdue(Moment now);
    bool shed_head(Connection &slot, Moment now);
    void shed(Connection &connection, Moment now);
    void read_on(Moment now);
    bool can_shed() const;

    WorkerIo &io_;
    Duration timeout_read_;
    ConnectionServer shedder_;
    // Which connection, parked when: it is another rest once a thread has had it in between.
    struct Mark {
        std::uint64_t key = 0;
        std::int64_t parked_ns = 0;
        Moment since{};  // first seen readable
        bool is_same(const Mark &other) const { return key == other.key && parked_ns == other.parked_ns; }
        bool operator<(const Mark &other) const {
            return key != other.key ? key < other.key : parked_ns < other.parked_ns;
        }
    };
    std::vector<std::uint64_t> turns_;  // at the last tick
    std::vector<Mark> readable_;        // then, of those that can move, in order
    std::vector<Mark> held_;
    bool listeners_pending_ = false;  // then
    unsigned unmoved_ = 0;            // at this tick: readable, movable, and not taken by the queue
    Moment unmoved_since_;
    std::vector<Shed> shedding_;
    unsigned idle_ticks_ = 0;
    Moment last_;
};

}  // namespace hbnb::worker
