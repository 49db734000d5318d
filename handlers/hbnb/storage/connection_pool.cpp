#include "storage/connection_pool.hpp"

#include <algorithm>
#include <random>

#include "storage/prepare_server.hpp"
#include "storage/storage_error.hpp"

namespace hbnb {

namespace {

constexpr std::chrono::seconds kIdleMax{1};  // a connection that was not used for longer is asked first
constexpr std::chrono::seconds kWaitMax{1};  // for a connection that somebody else uses
// One connection that broke may be all there is to it: for so long nobody is told that the server is away.
constexpr std::chrono::milliseconds kDoubt{50};
constexpr std::chrono::milliseconds kBackOffMin{100}, kBackOffMax{800};

}  // namespace

ConnectionPool::ConnectionPool(DatabaseUrl url, std::chrono::milliseconds busy_timeout, std::size_t limit,
                               bool is_prepared)
    : url_(std::move(url)), busy_timeout_(busy_timeout), limit_(limit), is_prepared_(is_prepared) {}

ConnectionPool::~ConnectionPool() {
    {
        const std::lock_guard lock(mutex_);
        is_ending_ = true;
    }
    changed_.notify_all();
    if (reconnector_.joinable()) reconnector_.join();
}

std::unique_ptr<Connection> ConnectionPool::take() {
    Lock lock(mutex_);
    const Clock::time_point until = Clock::now() + kWaitMax;
    bool may_try = true;
    for (;;) {
        if (auto found = take_idle(lock)) return found;
        if (may_try && may_connect()) {
            if (auto made = connect(lock)) return made;
            may_try = false;
        } else {
            wait_for_another(lock, until);
        }
    }
}

void ConnectionPool::give_back(std::unique_ptr<Connection> connection) {
    const std::lock_guard lock(mutex_);
    if (connection->is_broken()) {
        --count_;
        set_away();
    } else if (is_away_) {
        --count_;
        connection->abandon();  // it may have been sound, but was made before
    } else {
        idle_.push_back({std::move(connection), Clock::now()});
    }
    changed_.notify_all();
}

// The one used last, so that those that are not needed grow old.
std::unique_ptr<Connection> ConnectionPool::take_idle(Lock &lock) {
    while (!idle_.empty()) {
        Idle last = std::move(idle_.back());
        idle_.pop_back();
        if (Clock::now() - last.since <= kIdleMax) return std::move(last.connection);
        lock.unlock();
        const bool is_sound = last.connection->check();
        if (!is_sound) last.connection.reset();
        lock.lock();
        if (is_sound) return std::move(last.connection);
        --count_;
    }
    return nullptr;
}

std::unique_ptr<Connection> ConnectionPool::connect(Lock &lock) {
    ++count_;
    lock.unlock();
    try {
        return made();
    } catch (const StorageError &error) {
        lock.lock();
        --count_;
        changed_.notify_all();
        if (error.fault() != StorageFault::unavailable) throw;
        if (count_ > 0) return nullptr;  // the server may have no place for more: one that we have will do
        set_away();
        throw;
    }
}

std::unique_ptr<Connection> ConnectionPool::made() {
    auto connection = std::make_unique<Connection>(url_, Opening::existing, busy_timeout_, &watch_);
    if (is_prepared_) return connection;
    const Checked<Prepared> prepared = prepare_server(*connection, url_, Filling::sample_data, {});
    if (!prepared) throw StorageError(StorageFault::other, prepared.error().reason);
    is_prepared_ = true;  // whatever it still lacks, the queries say
    return connection;
}

void ConnectionPool::wait_for_another(Lock &lock, Clock::time_point until) {
    if (is_away_) until = std::min(until, away_since_ + kDoubt);
    if (changed_.wait_until(lock, until) == std::cv_status::no_timeout) return;
    if (is_away_) throw StorageError(StorageFault::unavailable, "the database is away; it is tried again and again");
    throw StorageError(StorageFault::busy, "all connections are in use");
}

// What lies idle broke at the same moment, or may have.
void ConnectionPool::set_away() {
    for (const Idle &one : idle_) one.connection->abandon();
    count_ -= idle_.size();
    idle_.clear();
    if (is_away_ || is_ending_) return;
    is_away_ = true;
    away_since_ = Clock::now();
    if (reconnector_.joinable()) reconnector_.join();  // it has ended: the server was not away
    reconnector_ = std::thread([this] { reconnect(); });
}

void ConnectionPool::reconnect() {
    std::mt19937 random(std::random_device{}());
    std::chrono::milliseconds back_off = kBackOffMin;
    Lock lock(mutex_);
    while (!is_ending_) {
        lock.unlock();
        std::unique_ptr<Connection> connection;
        bool is_back = true;
        try {
            connection = made();
        } catch (const StorageError &error) {
            is_back = error.fault() != StorageFault::unavailable;  // what else is wrong, the next request says
        }
        lock.lock();
        if (is_back) {
            is_away_ = false;
            if (connection) {
                ++count_;
                idle_.push_back({std::move(connection), Clock::now()});
            }
            changed_.notify_all();
            return;
        }
        const auto pause = back_off / 2 + back_off * (random() % 512) / 1024;
        if (changed_.wait_for(lock, pause, [&] { return is_ending_; })) return;
        back_off = std::min(back_off * 2, kBackOffMax);
    }
}

}  // namespace hbnb
