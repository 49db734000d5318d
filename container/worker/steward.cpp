#include "worker/steward.hpp"

#include <algorithm>

namespace hbnb::worker {

Steward::Steward(Application &application, Reactor &reactor, unsigned threads)
    : reactor_(reactor), shedder_(application, reactor, wire::kThreadsMax, {}), turns_(threads) {}

void Steward::tick(Moment now) {
    read_on(now);
    const Threads threads = look_at_threads();
    if (reactor_.is_draining() || threads == Threads::one_waits) {
        readable_.clear();
        listeners_pending_ = false;
    } else {
        relieve(threads, now);
    }
    idle_ticks_ = threads == Threads::one_waits && shedding_.empty() ? idle_ticks_ + 1 : 0;
    last_ = now;
}

Steward::Threads Steward::look_at_threads() {
    Threads seen = Threads::stuck;
    for (unsigned i = 0; i < turns_.size(); ++i) {
        const std::uint64_t turn = reactor_.turn(i);
        const bool waits = turn % 2 == 0;
        if (waits) seen = Threads::one_waits;
        if (turn != turns_[i] && seen == Threads::stuck) seen = Threads::come_and_go;
        turns_[i] = turn;
    }
    return seen;
}

void Steward::relieve(Threads threads, Moment now) {
    hand_over_readable(threads, now);
    const bool pending = reactor_.listeners().has_pending();
    if (pending && (threads == Threads::stuck || listeners_pending_)) accept_waiting(now);
    listeners_pending_ = pending;
    shed_overdue(now);
}

void Steward::hand_over_readable(Threads threads, Moment now) {
    std::vector<std::pair<std::uint64_t, std::int64_t>> seen;
    for (Connection *connection : reactor_.claim_readable(kBatch)) {
        const std::pair mark{connection->key.epoll_data(), connection->parked_ns.load(std::memory_order_relaxed)};
        const bool seen_before = std::binary_search(readable_.begin(), readable_.end(), mark);
        const bool may_go = rest_state(*connection) == ConnectionState::kept;
        if (may_go && (threads == Threads::stuck || seen_before)) {
            pass_on(*connection, seen_before ? last_ : now, now);
        } else {
            if (may_go) seen.push_back(mark);
            reactor_.put_back(*connection);
        }
    }
    std::sort(seen.begin(), seen.end());
    readable_ = std::move(seen);
}

void Steward::pass_on(Connection &connection, Moment since, Moment now) {
    if (!reactor_.rooms().door_is_shut() && reactor_.hand_over(connection, RoomKind::waiting, since)) return;
    if (can_shed()) return shed(connection, now);
    reactor_.put_back(connection);
}

void Steward::accept_waiting(Moment now) {
    for (std::size_t listener = 0; listener < reactor_.listeners().count(); ++listener) {
        for (std::size_t i = 0; i < kBatch && can_shed() && !reactor_.is_full(); ++i) {
            auto accepted = reactor_.listeners().accept_one(listener);
            if (!accepted.socket.is_open()) break;
            receive(std::move(accepted.socket), accepted.is_unix, listeners_pending_ ? last_ : now, now);
        }
    }
}

void Steward::receive(Fd connection, bool is_unix, Moment since, Moment now) {
    const Rooms &rooms = reactor_.rooms();
    if (!rooms.door_is_shut() && rooms.send(RoomKind::waiting, connection.get(), is_unix, since)) return;
    shed(std::move(connection), is_unix, now);
}

// Several stewards may look at one head: what one of them then takes is not always what it saw.
void Steward::shed_overdue(Moment now) {
    const wire::Room &waiting = reactor_.rooms().of(RoomKind::waiting);
    const Duration age_max = reactor_.rooms().age_max();
    for (std::size_t i = 0; i < kBatch && can_shed() && !reactor_.is_full(); ++i) {
        const auto head = waiting.head();
        if (!head || now - *head <= age_max) return;
        auto taken = waiting.take();
        if (!taken.connection.is_open()) continue;
        if (now - taken.entry.since <= age_max &&
            reactor_.rooms().send(RoomKind::waiting, taken.connection.get(), taken.entry.is_unix, taken.entry.since))
            return;
        shed(std::move(taken.connection), taken.entry.is_unix, now);
    }
}

bool Steward::can_shed() const { return shedding_.size() < kShedMax; }

void Steward::shed(Fd connection, bool is_unix, Moment now) {
    Connection *opened = reactor_.open_connection(std::move(connection), is_unix);
    if (opened != nullptr) shed(*opened, now);  // else a thread took the last slot: closed
}

void Steward::shed(Connection &connection, Moment now) {
    const ConnectionKey key = connection.key;
    shedder_.shed(connection);
    shedding_.push_back({key, now + kShedReading});
}

// What is at rest is an ordinary kept connection by now; what is gone, or a thread has, is off our list.
void Steward::read_on(Moment now) {
    std::erase_if(shedding_, [&](const Shed &one) {
        Connection *connection = reactor_.claim(one.key);
        if (connection == nullptr) return true;
        if (rest_state(*connection) == ConnectionState::kept) {
            reactor_.put_back(*connection);
            return true;
        }
        if (now >= one.until) {
            reactor_.close(*connection);
            return true;
        }
        shedder_.shed(*connection);
        return false;
    });
}

}  // namespace hbnb::worker
