#include "worker/watch/rebalancer.hpp"

#include <algorithm>

namespace hbnb::worker {

Rebalancer::Rebalancer(Application &application, WorkerIo &io, unsigned threads)
    : io_(io),
      timeout_read_(application.setup.timeouts.read),
      shedder_(application, io, kThreadsMax, {}),
      turns_(threads) {}

void Rebalancer::tick(Moment now) {
    read_on(now);
    io_.drain_on(now);
    const Threads threads = look_at_threads();
    threads == Threads::one_waits ? forget() : relieve(threads, now);
    publish();
    idle_ticks_ = threads == Threads::one_waits && shedding_.empty() ? idle_ticks_ + 1 : 0;
    last_ = now;
}

Rebalancer::Threads Rebalancer::look_at_threads() {
    Threads seen = Threads::stuck;
    for (unsigned i = 0; i < turns_.size(); ++i) {
        const std::uint64_t turn = io_.epoll().turn(i);
        const bool waits = turn % 2 == 0;
        if (waits) seen = Threads::one_waits;
        if (turn != turns_[i] && seen == Threads::stuck) seen = Threads::come_and_go;
        turns_[i] = turn;
    }
    return seen;
}

void Rebalancer::forget() {
    readable_.clear();
    held_.clear();
    listeners_pending_ = false;
    unmoved_ = 0;
}

void Rebalancer::relieve(Threads threads, Moment now) {
    if (io_.is_draining()) return hand_over_readable(threads, now);
    if (threads == Threads::stuck) take_in_idle(now);
    hand_over_readable(threads, now);
    const bool pending = io_.intake().listeners().has_pending();
    if (pending && (threads == Threads::stuck || listeners_pending_)) accept_waiting(now);
    listeners_pending_ = pending;
    shed_overdue(now);
}

void Rebalancer::take_in_idle(Moment now) {
    const wire::HandOffQueue &idle = io_.intake().queues().of(QueueKind::idle);
    for (std::size_t i = 0; i < kBatch && !io_.intake().is_paused(); ++i) {
        const auto head = idle.head(now);
        if (!head || now - *head < kTick || (*head != Moment{} && !idle.has_connection())) return;
        Connection *const connection = io_.take(QueueKind::idle).connection;
        if (connection == nullptr) return;
        io_.resting().leave_at_rest(*connection, now);
    }
}

void Rebalancer::hand_over_readable(Threads threads, Moment now) {
    std::vector<Mark> seen;
    unmoved_ = 0;
    const RestingConnections::Readable readable = io_.resting().look_at_readable(kBatch);
    for (const ConnectionKey key : readable.partial) note_held(key, now);
    for (Connection *connection : readable.claimed) {
        const ConnectionKey key = connection->key;
        Mark mark{key.epoll_data(), connection->parked_ns.load(std::memory_order_relaxed), now};
        const auto before = std::lower_bound(readable_.begin(), readable_.end(), mark);
        const bool seen_before = before != readable_.end() && before->is_same(mark);
        if (seen_before) mark.since = before->since;
        const ConnectionState state = rest_state(*connection);
        const bool may_go = is_movable(state) && (threads == Threads::stuck || seen_before);
        if (may_go && pass_on(*connection, mark.since, now)) continue;
        if (may_go) note_unmoved(mark.since);
        if (is_movable(state)) seen.push_back(mark);
        io_.resting().put_back(*connection);
        if (state == ConnectionState::partial) note_held(key, now);
    }
    std::sort(seen.begin(), seen.end());
    readable_ = std::move(seen);
}

bool Rebalancer::pass_on(Connection &connection, Moment since, Moment now) {
    const HandOffQueues &queues = io_.intake().queues();
    if (io_.is_draining()) return false;  // what can be handed over has been
    if (!queues.is_admission_closed(now) && io_.hand_over(connection, QueueKind::waiting, since)) return true;
    if (!can_shed() || (queues.is_broken() && now - since <= queues.age_max())) return false;
    shed(connection, now);
    return true;
}

void Rebalancer::note_unmoved(Moment since) {
    unmoved_since_ = unmoved_ == 0 ? since : std::min(unmoved_since_, since);
    ++unmoved_;
}

void Rebalancer::note_held(ConnectionKey key, Moment now) {
    const auto parked = io_.resting().partial_since(key);
    if (!parked) return;
    const Mark mark{key.epoll_data(), parked->since_boot.count(), now};
    const bool known = std::any_of(held_.begin(), held_.end(), [&](const Mark &one) { return one.is_same(mark); });
    if (!known) held_.push_back(mark);
}

// A thread that comes and goes may have served some of them, or have read more of their heads: those wait anew.
void Rebalancer::publish() {
    std::erase_if(held_, [this](const Mark &one) {
        const auto parked = io_.resting().partial_since(ConnectionKey::of_epoll_data(one.key));
        return !parked || parked->since_boot.count() != one.parked_ns;
    });
    Moment oldest{};
    for (const Mark &one : held_) oldest = oldest == Moment{} ? one.since : std::min(oldest, one.since);
    wire::Scoreboard &board = io_.board();
    board.held_since_ns.store(oldest.since_boot.count(), std::memory_order_relaxed);
    board.held.store(held_.size(), std::memory_order_relaxed);
    board.unmoved_since_ns.store(unmoved_since_.since_boot.count(), std::memory_order_relaxed);
    board.unmoved.store(unmoved_, std::memory_order_relaxed);
}

// A slot of our table first: what can neither wait in the queue nor be answered 503 stays in the backlog. So does all
// of it while a plugin has made the sockets wait: others may take what is there, and the manager puts it right.
void Rebalancer::accept_waiting(Moment now) {
    if (io_.intake().queues().is_broken()) return;  // others may take what waits there
    for (std::size_t listener = 0; listener < io_.intake().listeners().count(); ++listener) {
        for (std::size_t i = 0; i < kBatch && can_shed() && !io_.intake().listeners().may_wait(listener); ++i) {
            Connection *slot = io_.resting().reserve();
            if (slot == nullptr || !accept_one(listener, *slot, now)) break;
        }
    }
}

bool Rebalancer::accept_one(std::size_t listener, Connection &slot, Moment now) {
    Intake::Came came = io_.accept_without_slot(listener);
    const bool has_come = came.what == Intake::What::connection;
    const Moment since = listeners_pending_ ? last_ : now;
    const bool has_said = has_come && is_readable(came.socket);
    const HandOffQueues &queues = io_.intake().queues();
    if (!has_come || (has_said && !queues.is_admission_closed(now) && hand_on(came, since))) {
        io_.give_back(slot);
        return has_come;
    }
    io_.resting().open(slot, std::move(came.socket), came.entry, now);
    if (has_said && !queues.is_broken()) {
        shed(slot, now);
    } else {
        io_.resting().leave_at_rest(slot, now);
    }
    return true;
}

bool Rebalancer::hand_on(const Intake::Came &came, Moment since) {
    wire::HandOffQueue::Entry entry = came.entry;
    entry.since = since;
    entry.due = since + timeout_read_;
    return io_.intake().send(QueueKind::waiting, came.socket.get(), entry);
}

void Rebalancer::shed_overdue(Moment now) {
    for (std::size_t i = 0; i < kBatch && can_shed(); ++i) {
        const auto head = io_.intake().queues().of(QueueKind::waiting).head(now);
        if (!head || now - *head <= io_.intake().queues().age_max()) return;
        Connection *slot = io_.intake().has_descriptor() ? io_.resting().reserve() : nullptr;
        if (slot == nullptr || !shed_head(*slot, now)) return;
    }
}

// Several control threads may look at one head: what one of them then takes is not always what it saw.
bool Rebalancer::shed_head(Connection &slot, Moment now) {
    const HandOffQueues &queues = io_.intake().queues();
    auto taken = queues.of(QueueKind::waiting).take(now);
    const wire::HandOffQueue::Entry &entry = taken.entry;
    const bool is_young = now - entry.since <= queues.age_max();
    if (taken.what == wire::HandOffQueue::Taken::wake_token) queues.send_wake_tokens(now, 1);
    if (!taken.connection.is_open() || (is_young && queues.send(QueueKind::waiting, taken.connection.get(), entry))) {
        io_.give_back(slot);
        return !is_young;
    }
    io_.resting().open(slot, std::move(taken.connection), taken.entry, now);
    shed(slot, now);
    return true;
}

bool Rebalancer::can_shed() const { return shedding_.size() < kShedMax; }

void Rebalancer::shed(Connection &connection, Moment now) {
    const ConnectionKey key = connection.key;
    shedder_.shed(connection);
    shedding_.push_back({key, now + kShedReading});
}

// What is at rest is an ordinary connection by now; what is gone, or a thread has, is off our list.
void Rebalancer::read_on(Moment now) {
    std::erase_if(shedding_, [&](const Shed &one) {
        Connection *connection = io_.resting().claim(one.key);
        if (connection == nullptr) return true;
        if (is_movable(rest_state(*connection))) {
            io_.resting().put_back(*connection);
            return true;
        }
        if (now >= one.until) {
            io_.resting().close(*connection);
            return true;
        }
        shedder_.shed(*connection);
        return false;
    });
}

}  // namespace hbnb::worker
