#include "worker/io/reactor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/clock.hpp"
#include "wire/messages.hpp"

namespace hbnb::worker {
namespace {

// Somebody must be seen at the doors at so many looks, one after the other: then nobody else of the pool can take them either.
// Few looks would see somebody by chance, where others do take who comes, and many come.
constexpr unsigned kLooksForOthers = 25;
constexpr std::size_t kRoomMade = 64;                      // at once
constexpr Duration kStarvedGap = std::chrono::seconds(1);  // what is seen again within it has lasted
constexpr std::uint64_t kWakeTag = ~std::uint64_t{0};

fcgi::SessionSettings session_settings(const wire::WorkerSetup &setup) {
    fcgi::SessionSettings settings;
    settings.params_bytes_max = setup.limits.params_bytes;
    settings.late_body_bytes_max = setup.limits.body_bytes + (1 << 20);
    settings.max_connections = setup.limits.connections;
    settings.max_requests = setup.limits.connections;
    return settings;
}

void ring(const Fd &bell) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(bell.get(), &one, sizeof one);
}

}  // namespace

bool is_readable(const Fd &socket) {
    pollfd one{socket.get(), POLLIN, 0};
    return ::poll(&one, 1, 0) > 0;
}

Reactor::Reactor(const wire::WorkerSetup &setup, unsigned threads, const ErrorLog &log, wire::Scoreboard &board)
    : setup_(setup),
      log_(log),
      threads_(threads),
      one_shot_(threads > 1),
      board_(board),
      listeners_(setup.listeners, log),
      rooms_(setup.room, setup.worker),
      table_(setup.limits.connections, session_settings(setup)),
      turns_(threads) {}

Result<void> Reactor::open() {
    epoll_ = Fd(::epoll_create1(EPOLL_CLOEXEC));
    wake_ = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    bell_ = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!epoll_.is_open() || !wake_.is_open() || !bell_.is_open())
        return os_error("make the worker's epoll set", errno);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = kWakeTag;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0)
        return os_error("wait for the wake-up", errno);
    return rooms_.open();
}

// ---- the doors

Result<void> Reactor::listen() { return open_doors(); }

Result<void> Reactor::open_doors() {
    const std::lock_guard lock(doors_mutex_);
    return open_doors_locked();
}

Result<void> Reactor::open_doors_locked() {
    if (doors_open_ || leaving_) return {};
    if (auto listening = listeners_.register_all(epoll_.get()); !listening) return listening;
    doors_open_ = true;
    return rooms_.register_all(epoll_.get());
}

void Reactor::close_doors_locked() {
    if (!doors_open_) return;
    listeners_.unregister_all(epoll_.get());
    rooms_.unregister_all(epoll_.get());
    doors_open_ = false;
}

// Who has just woken one of our threads has woken nobody else, and that thread does not find the door any more. Where somebody
// waits in the room already, somebody has been woken for it; and for want of a descriptor it would come back to us for ever.
void Reactor::pause(Moment now, Want want) {
    {
        const std::lock_guard lock(doors_mutex_);
        if (want == Want::slot && !is_full()) return;  // one has become free meanwhile
        if (doors_open_ && want == Want::slot && rooms_.are_on() && rooms_.of(RoomKind::waiting).depth() == 0)
            rooms_.nudge(now, 1);
        close_doors_locked();
        paused_.store(true, std::memory_order_release);
    }
    ring(bell_);
}

void Reactor::resume() {
    if (!is_paused() || is_full()) return;
    const std::lock_guard lock(doors_mutex_);
    paused_.store(false, std::memory_order_release);
    if (const auto opened = open_doors_locked(); !opened) log_.write(LogLevel::error, opened.error().message);
}

void Reactor::make_room(Moment now) {
    const bool somebody_waits = is_paused() && (listeners_.has_pending() || rooms_.has_connection_waiting());
    const bool is_starved = somebody_waits && !is_full() && lacks_descriptors();
    if (is_starved) note_starved(now);
    looks_ = somebody_waits && (is_full() || is_starved) ? looks_ + 1 : 0;
    if (looks_ < kLooksForOthers) return;
    looks_ = 0;
    for (std::size_t i = 0; i < kRoomMade; ++i) {
        Connection *idle = table_.claim_longest_kept();
        if (idle == nullptr) break;
        end_kept(*idle, now);
    }
    const bool may_come_back = table_.in_use() > 0 || now - starved_since_ <= rooms_.age_max();
    if (is_starved && !may_come_back && !is_draining())
        give_up(os_error("accept a connection, though this worker has none", EMFILE).message +
                "; do handlers leave files open?");
}

bool Reactor::lacks_descriptors() const {
    const Fd one(::fcntl(wake_.get(), F_DUPFD_CLOEXEC, 0));
    return !one.is_open() && errno == EMFILE;
}

// The doors are tried now and then: a look that finds them open ends nothing.
void Reactor::note_starved(Moment now) {
    if (now - starved_seen_ > kStarvedGap) starved_since_ = now;
    starved_seen_ = now;
}

bool Reactor::has_pending() const {
    if (listeners_.has_pending()) return true;
    return rooms_.are_on() && rooms_.of(RoomKind::waiting).depth() + rooms_.of(RoomKind::kept).depth() > 0;
}

Reactor::Event Reactor::wait(unsigned thread) {
    Turn &turn = turns_[thread];
    if (turn.next == turn.end) {
        wait_for_events(turn);
        if (turn.end == 0) return {};
    } else {
        turn.value.store(turn.value.load(std::memory_order_relaxed) + 2, std::memory_order_relaxed);
    }
    return event_of(turn.events[turn.next++]);
}

// Of one-shot connections one thread has one event: the others' would be nobody's while it is in a request.
void Reactor::wait_for_events(Turn &turn) {
    const int most = one_shot_ ? 1 : static_cast<int>(turn.events.size());
    turn.value.store(turn.value.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    const int ready = ::epoll_wait(epoll_.get(), turn.events.data(), most, -1);
    const int code = ready < 0 ? errno : 0;
    turn.value.store(turn.value.load(std::memory_order_relaxed) + 1, std::memory_order_seq_cst);
    if (steward_rests_.load(std::memory_order_seq_cst) && steward_rests_.exchange(false)) ring(bell_);
    if (code != 0 && code != EINTR) give_up_closed("wait for requests", code);
    turn.next = 0;
    turn.end = ready > 0 ? static_cast<std::size_t>(ready) : 0;
}

Reactor::Event Reactor::event_of(const epoll_event &event) {
    const std::uint64_t data = event.data.u64;
    if (data == kWakeTag) return {};
    if (data == Rooms::kWaitingTag) return {Event::Kind::room, 0, RoomKind::waiting, nullptr};
    if (data == Rooms::kKeptTag) return {Event::Kind::room, 0, RoomKind::kept, nullptr};
    if ((data & Listeners::kListenerTag) != 0)
        return {Event::Kind::listener, static_cast<std::size_t>(data & ~Listeners::kListenerTag), {}, nullptr};
    Connection *connection = table_.claim(ConnectionKey::of_epoll_data(data));
    return {connection != nullptr ? Event::Kind::connection : Event::Kind::none, 0, {}, connection};
}

// The slot first, then the look whether we leave: so either we see that, or whoever makes us leave sees the slot in use, and
// nothing comes in after is_finished().
Reactor::Coming Reactor::reserve(Connection *&slot) {
    slot = table_.reserve();
    if (slot == nullptr) return Coming::full;
    if (!draining_.load(std::memory_order_seq_cst)) return Coming::came;
    give_back(*slot);
    if (rooms_.are_on()) rooms_.nudge(monotonic_now(), 1);  // what has woken us is for somebody else
    return Coming::nothing;
}

Reactor::Arrival Reactor::accept(std::size_t listener) {
    Connection *slot = nullptr;
    if (const Coming may = reserve(slot); may != Coming::came) return {may, nullptr};
    auto accepted = accept_one(listener);
    if (!accepted.socket.is_open()) {
        give_back(*slot);
        return {accepted.out_of_descriptors ? Coming::no_descriptor : Coming::nothing, nullptr};
    }
    occupy(*slot, std::move(accepted.socket), accepted.is_unix);
    return {Coming::came, slot};
}

Listeners::Accepted Reactor::accept_one(std::size_t listener) {
    auto accepted = listeners_.accept_one(listener);
    if (accepted.is_no_socket) give_up_closed("accept a connection", EBADF);
    if (accepted.socket.is_open()) board_.accepted.fetch_add(1, std::memory_order_relaxed);
    return accepted;
}

Reactor::Arrival Reactor::take(RoomKind room) {
    Connection *slot = nullptr;
    if (const Coming may = reserve(slot); may != Coming::came) return {may, nullptr};
    if (!has_descriptor()) {
        give_back(*slot);
        return {Coming::no_descriptor, nullptr};
    }
    const Moment now = monotonic_now();
    auto taken = rooms_.of(room).take(now);
    if (!taken.connection.is_open()) {
        give_back(*slot);
        if (taken.what == wire::Room::Taken::ended) leave_ended_rooms();
        return {taken.what == wire::Room::Taken::nudge ? Coming::nudged : Coming::nothing, nullptr};
    }
    adopt(*slot, std::move(taken), now);
    if (room == RoomKind::kept) slot->waits_since = {};  // it was between two requests
    return {Coming::came, slot};
}

// The end would be reported for ever. Others may have come in its place meanwhile: it is looked at again.
void Reactor::leave_ended_rooms() {
    const std::lock_guard lock(doors_mutex_);
    if (doors_open_) rooms_.unregister_ended(epoll_.get());
}

Result<void> Reactor::renew_rooms(const std::vector<Fd> &ends) {
    if (ends.empty()) hands_over_.store(false, std::memory_order_release);  // nobody would take what is handed over
    if (ends.empty()) return {};
    const std::lock_guard lock(doors_mutex_);
    if (doors_open_) rooms_.unregister_all(epoll_.get());
    const auto replaced = rooms_.replace(ends);
    const auto registered = doors_open_ ? rooms_.register_all(epoll_.get()) : Result<void>();
    return replaced ? registered : replaced;
}

// A message is taken with its connection, or what it carried is lost.
bool Reactor::has_descriptor() const {
    const Fd one(::fcntl(wake_.get(), F_DUPFD_CLOEXEC, 0));
    if (!one.is_open()) listeners_.say_out_of_descriptors("the waiting room", errno);
    return one.is_open();
}

void Reactor::occupy(Connection &reserved, Fd socket, bool is_unix) {
    table_.open(reserved, std::move(socket), is_unix);
    note_connections();
}

// It goes on as what it was. A worker's word is bounded: no time is longer than one that begins now.
void Reactor::adopt(Connection &reserved, wire::Room::Take taken, Moment now) {
    const wire::Room::Entry &entry = taken.entry;
    occupy(reserved, std::move(taken.connection), entry.is_unix);
    reserved.has_served = !entry.is_fresh;
    reserved.waits_since = entry.since;
    if (entry.due == Moment{}) return;
    reserved.rest_for = entry.is_fresh ? ConnectionState::fresh : ConnectionState::kept;
    reserved.rest_due = std::min(entry.due, now + (entry.is_fresh ? setup_.timeouts.read : setup_.timeouts.idle));
}

// ---- parked connections

bool Reactor::park(Connection &connection, ConnectionState state, Moment now) {
    if ((!connection.is_registered || one_shot_) && !arm(arming_of(connection))) {
        // Nobody would be told of what comes here: its peer shall see that at once. The slot is free at its deadline.
        log_.write(LogLevel::error, os_error("wait for a connection, which is closed", errno).message);
        ::shutdown(connection.socket.get(), SHUT_RDWR);
    }
    return table_.park(connection, state, now, deadline_of(connection, state, now));
}

// What comes in drops gets no more time than what stops coming: from the first wait for it to its last byte. Nor does it get
// more by records that are no part of a request, or by moving to another worker.
Moment Reactor::deadline_of(Connection &connection, ConnectionState state, Moment now) const {
    if (state == ConnectionState::lingering) return now + kLingerTime;
    const bool is_late_head = state == ConnectionState::partial && connection.rest_for == ConnectionState::fresh;
    if (!connection.rest_due || (connection.rest_for != state && !is_late_head)) {
        connection.rest_due = now + (state == ConnectionState::kept ? setup_.timeouts.idle : setup_.timeouts.read);
        connection.rest_for = state;
    }
    return *connection.rest_due;
}

// A plugin has closed descriptors that are ours.
void Reactor::give_up_closed(const std::string &unable_to, int code) const {
    give_up(os_error(unable_to, code).message + "; has a handler closed what is not its own?");
}

// Nothing can be served here any more, and the manager starts another.
void Reactor::give_up(const std::string &sentence) const {
    log_.write(LogLevel::error, sentence);
    before_giving_up_();
    ::_exit(wire::kExitBroken);
}

void Reactor::put_back(Connection &connection) {
    const ConnectionKey key = connection.key;
    const ConnectionState state = rest_state(connection);
    // Level-triggered, what is reported while it is ours is reported again; a thread may have such an event in hand.
    const bool is_away = !connection.is_registered;
    const Arming arming = arming_of(connection);
    if (!one_shot_ && is_away) arm(arming);
    table_.begin_return(connection);
    if (one_shot_) arm(arming);  // from here on it may be another thread's
    table_.end_return(connection, key, state);
}

Reactor::Arming Reactor::arming_of(Connection &connection) const {
    Arming arming{connection.socket.get(), connection.is_registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, {}};
    arming.event.events = one_shot_ ? EPOLLIN | EPOLLONESHOT : EPOLLIN;
    arming.event.data.u64 = connection.key.epoll_data();
    connection.is_registered = true;
    return arming;
}

bool Reactor::arm(Arming arming) const {
    if (::epoll_ctl(epoll_.get(), arming.operation, arming.socket, &arming.event) == 0) return true;
    return errno == EEXIST && ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, arming.socket, &arming.event) == 0;
}

void Reactor::leave_epoll(Connection &connection) {
    if (connection.is_registered) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, connection.socket.get(), nullptr);
    connection.is_registered = false;
}

// Out of epoll by name: a descriptor's end takes it out only where no handler's child holds another.
void Reactor::close(Connection &connection) {
    leave_epoll(connection);
    table_.close(connection);
    note_connections();
    if (paused_.load(std::memory_order_acquire)) resume();
    if (is_finished()) wake_all();
}

void Reactor::give_back(Connection &reserved) {
    table_.close(reserved);
    note_connections();
    if (is_finished()) wake_all();
}

void Reactor::end_reading(Connection &connection) {
    connection.reading_ended = true;
    ::shutdown(connection.socket.get(), SHUT_RD);
}

bool Reactor::hand_over(Connection &connection, RoomKind room, Moment since) {
    leave_epoll(connection);
    const ConnectionState state = rest_state(connection);
    const wire::Room::Entry entry{since, 0, connection.is_unix, state == ConnectionState::fresh,
                                  deadline_of(connection, state, since)};
    if (!rooms_.send(room, connection.socket.get(), entry)) {
        board_.kept_back.fetch_add(1, std::memory_order_relaxed);
        return false;
    }
    board_.handed_over.fetch_add(1, std::memory_order_relaxed);
    close(connection);
    return true;
}

bool Reactor::hand_on(const Listeners::Accepted &accepted, Moment since) {
    const wire::Room::Entry entry{since, 0, accepted.is_unix, true, since + setup_.timeouts.read};
    const bool sent = rooms_.send(RoomKind::waiting, accepted.socket.get(), entry);
    if (sent) board_.handed_over.fetch_add(1, std::memory_order_relaxed);
    return sent;
}

Reactor::Readable Reactor::look_at_readable(std::size_t most) {
    std::vector<epoll_event> events(most);
    Readable readable;
    const int ready = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(most), 0);
    for (int i = 0; i < ready; ++i) {
        const std::uint64_t data = events[static_cast<std::size_t>(i)].data.u64;
        if ((data & Listeners::kListenerTag) != 0) continue;  // all tags of what is no connection
        // One-shot: the event is ours now, whatever state the connection is in.
        const auto key = ConnectionKey::of_epoll_data(data);
        Connection *mine = one_shot_ ? table_.claim(key) : table_.claim_movable(key);
        if (mine != nullptr)
            readable.claimed.push_back(mine);
        else if (table_.partial_since(key))
            readable.partial.push_back(key);
    }
    return readable;
}

void Reactor::close_overdue(Moment now) {
    const auto overdue = table_.claim_parked([&](const Connection &connection, ConnectionState) {
        return connection.deadline_ns.load(std::memory_order_relaxed) <= now.since_boot.count();
    });
    for (Connection *connection : overdue) {
        const bool readable = is_readable(connection->socket);
        const ConnectionState state = rest_state(*connection);
        const bool ends_well = state == ConnectionState::kept || (state == ConnectionState::fresh && readable);
        if (readable && !some_thread_waits()) {
            put_back(*connection);  // it has said something in time, and nobody could listen
        } else if (ends_well && !connection->reading_ended) {
            end_kept(*connection, now);
        } else {
            close(*connection);
        }
    }
}

bool Reactor::some_thread_waits() const {
    for (unsigned i = 0; i < threads_; ++i)
        if (turn(i) % 2 == 0) return true;
    return false;
}

// What was sent before this instant is answered still.
void Reactor::end_kept(Connection &connection, Moment now) {
    end_reading(connection);
    while (!park(connection, ConnectionState::partial, now)) {
    }  // readable now: a handler thread serves what is queued, or closes it
}

// ---- leaving

// Who has woken one of our threads just before the doors were closed has woken nobody else, and would wait for the next to
// come: one a thread.
void Reactor::accept_last(Moment now) {
    for (std::size_t listener = 0; listener < setup_.listeners.size(); ++listener) {
        for (unsigned i = 0; i < threads_; ++i) {
            Connection *connection = accept(listener).connection;
            if (connection == nullptr) break;
            const RoomKind room = is_readable(connection->socket) ? RoomKind::waiting : RoomKind::kept;
            if (hands_over() && hand_over(*connection, room, now)) continue;
            while (!park(*connection, ConnectionState::fresh, now)) {
            }
        }
    }
}

void Reactor::begin_drain(Moment now, bool hands_over) {
    hands_over_.store(hands_over && rooms_.are_on(), std::memory_order_release);
    {
        const std::lock_guard lock(doors_mutex_);
        leaving_ = true;
        close_doors_locked();
    }
    if (rooms_.are_on()) rooms_.nudge(now, threads_);  // for whoever has just woken one of our threads
    accept_last(now);
    draining_.store(true, std::memory_order_seq_cst);
    board_.draining.store(1, std::memory_order_relaxed);
    hand_over_movable(now);
    if (is_finished()) wake_all();
}

void Reactor::hand_over_movable(Moment now) {
    const auto movable = table_.claim_parked([this](const Connection &, ConnectionState state) {
        return state == ConnectionState::kept || (state == ConnectionState::fresh && hands_over());
    });
    for (Connection *connection : movable) {
        const RoomKind room = is_readable(connection->socket) ? RoomKind::waiting : RoomKind::kept;
        if (hands_over() && hand_over(*connection, room, now)) continue;
        hands_over() ? put_back(*connection) : end_kept(*connection, now);  // the room will have space
    }
}

// One that was in a request when the others were handed over may have been parked as if nobody left.
void Reactor::drain_on(Moment now) {
    if (is_draining()) hand_over_movable(now);
}

void Reactor::close_in_child() {
    table_.close_in_child();
    listeners_.close_accepted_in_child();
    for (Fd *const one : {&epoll_, &wake_, &bell_}) one->reset();
}

void Reactor::wake_all() { ring(wake_); }  // never read: level-triggered, for all threads

void Reactor::note_connections() { board_.connections.store(table_.in_use(), std::memory_order_relaxed); }

}  // namespace hbnb::worker
