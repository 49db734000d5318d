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
    if (threads == Threads::stuck) take_in_kept(now);
    hand_over_readable(threads, now);
    const bool pending = reactor_.listeners().has_pending();
    if (pending && (threads == Threads::stuck || listeners_pending_)) accept_waiting(now);
    listeners_pending_ = pending;
    shed_overdue(now);
}

void Steward::take_in_kept(Moment now) {
    const wire::Room &kept = reactor_.rooms().of(RoomKind::kept);
    for (std::size_t i = 0; i < kBatch && !reactor_.is_paused(); ++i) {
        const auto head = kept.head();
        if (!head || now - *head < kTick || !kept.has_connection()) return;
        Connection *const connection = reactor_.take(RoomKind::kept).connection;
        if (connection == nullptr) return;
        while (!reactor_.park(*connection, ConnectionState::kept, now)) {
        }
    }
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
    if (!reactor_.rooms().door_is_shut(now) && reactor_.hand_over(connection, RoomKind::waiting, since)) return;
    if (can_shed()) return shed(connection, now);
    reactor_.put_back(connection);
}

// A slot of our table first: who can neither wait in the room nor be answered 503 stays at the door.
void Steward::accept_waiting(Moment now) {
    for (std::size_t listener = 0; listener < reactor_.listeners().count(); ++listener) {
        for (std::size_t i = 0; i < kBatch && can_shed(); ++i) {
            Connection *slot = reactor_.reserve();
            if (slot == nullptr || !accept_one(listener, *slot, now)) break;
        }
    }
}

bool Steward::accept_one(std::size_t listener, Connection &slot, Moment now) {
    auto accepted = reactor_.accept_one(listener);
    const bool has_come = accepted.socket.is_open();
    const Moment since = listeners_pending_ ? last_ : now;
    if (has_come && (reactor_.rooms().door_is_shut(now) || !reactor_.hand_on(accepted, since))) {
        reactor_.occupy(slot, std::move(accepted.socket), accepted.is_unix);
        shed(slot, now);
    } else {
        reactor_.give_back(slot);
    }
    return has_come;
}

void Steward::shed_overdue(Moment now) {
    for (std::size_t i = 0; i < kBatch && can_shed(); ++i) {
        const auto head = reactor_.rooms().of(RoomKind::waiting).head();
        if (!head || now - *head <= reactor_.rooms().age_max()) return;
        Connection *slot = reactor_.has_descriptor() ? reactor_.reserve() : nullptr;
        if (slot == nullptr || !shed_head(*slot, now)) return;
    }
}

// Several stewards may look at one head: what one of them then takes is not always what it saw.
bool Steward::shed_head(Connection &slot, Moment now) {
    const Rooms &rooms = reactor_.rooms();
    auto taken = rooms.of(RoomKind::waiting).take();
    const wire::Room::Entry &entry = taken.entry;
    const bool is_young = now - entry.since <= rooms.age_max();
    if (is_young && taken.what == wire::Room::Taken::nudge) rooms.nudge(now, 1);
    if (!taken.connection.is_open() ||
        (is_young && rooms.send(RoomKind::waiting, taken.connection.get(), entry.is_unix, entry.since))) {
        reactor_.give_back(slot);
        return !is_young;
    }
    reactor_.occupy(slot, std::move(taken.connection), entry.is_unix);
    shed(slot, now);
    return true;
}

bool Steward::can_shed() const { return shedding_.size() < kShedMax; }

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
