// The connections of one plugin in one worker to its server: as many as its threads use at once, at most `limit`. All
// threads; outlives whoever has one of them.
//
// A server that does not answer is away: from then on everybody is told so at once, and a thread of the pool's own
// tries to connect, after a while that doubles and is nobody else's the same, until the server is back. So a server
// that is down or frozen keeps no handler thread waiting but those that were in the middle of a query, and these until
// its time is up. What was connected before is thrown away; one that has been idle is asked first; nothing is tried
// twice.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "storage/connection.hpp"
#include "storage/database_url.hpp"
#include "storage/query_watch.hpp"

namespace hbnb {

class ConnectionPool {
  public:
    // limit 0: none. is_prepared: the tables are there; else the first connection that can sees to it. Where they go
    // afterwards, that is for their owner to mend: sample data in the middle of a restored dump would be worse.
    ConnectionPool(DatabaseUrl url, std::chrono::milliseconds busy_timeout, std::size_t limit,
                   bool is_prepared = false);
    ~ConnectionPool();
    ConnectionPool(const ConnectionPool &) = delete;
    ConnectionPool &operator=(const ConnectionPool &) = delete;

    // A connection that was sound a moment ago, over tables that are there. Waits for a while where all are in use.
    // Throws StorageError; the server may be away.
    std::unique_ptr<Connection> take();
    void give_back(std::unique_ptr<Connection> connection);

  private:
    using Clock = std::chrono::steady_clock;
    using Lock = std::unique_lock<std::mutex>;
    struct Idle {
        std::unique_ptr<Connection> connection;
        Clock::time_point since;
    };

    std::unique_ptr<Connection> take_idle(Lock &lock);
    std::unique_ptr<Connection> connect(Lock &lock);  // nullptr: not now, but we have others
    std::unique_ptr<Connection> made();
    bool may_connect() const { return !is_away_ && (limit_ == 0 || count_ < limit_); }
    void wait_for_another(Lock &lock, Clock::time_point until);
    void set_away();
    void reconnect();

    const DatabaseUrl url_;
    const std::chrono::milliseconds busy_timeout_;
    const std::size_t limit_;
    std::atomic<bool> is_prepared_;
    QueryWatch watch_;  // outlives the connections
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Idle> idle_;
    std::size_t count_ = 0;  // of all connections: idle, in use, in the making
    bool is_away_ = false;
    Clock::time_point away_since_{};
    bool is_ending_ = false;
    std::thread reconnector_;  // while the server is away, and until it is next
};

}  // namespace hbnb
