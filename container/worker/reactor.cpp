#include "worker/reactor.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "base/clock.hpp"
#include "wire/messages.hpp"

namespace hbnb::worker {
namespace {

constexpr std::uint64_t kWakeTag = ~std::uint64_t{0};

fcgi::SessionSettings session_settings(const wire::WorkerSetup &setup) {
    fcgi::SessionSettings settings;
    settings.params_bytes_max = setup.limits.params_bytes;
    settings.late_body_bytes_max = setup.limits.body_bytes + (1 << 20);
    settings.max_connections = setup.limits.connections;
    settings.max_requests = setup.limits.connections;
    return settings;
}

}  // namespace

Reactor::Reactor(const wire::WorkerSetup &setup, unsigned threads, const ErrorLog &log, wire::Scoreboard &board)
    : setup_(setup),
      log_(log),
      threads_(threads),
      one_shot_(threads > 1),
      board_(board),
      listeners_(setup.listeners, log),
      table_(setup.limits.connections, session_settings(setup)) {}

Result<void> Reactor::open() {
    epoll_ = Fd(::epoll_create1(EPOLL_CLOEXEC));
    wake_ = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!epoll_.is_open() || !wake_.is_open()) return os_error("make the worker's epoll set", errno);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = kWakeTag;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0)
        return os_error("wait for the wake-up", errno);
    return {};
}

Result<void> Reactor::listen() { return listeners_.register_all(epoll_.get()); }

Reactor::Event Reactor::wait() {
    epoll_event event{};
    const int count = ::epoll_wait(epoll_.get(), &event, 1, -1);
    if (count < 0 && errno != EINTR) give_up("wait for requests", errno);
    if (count != 1) return {};
    const std::uint64_t data = event.data.u64;
    if (data == kWakeTag) return {};
    if ((data & Listeners::kListenerTag) != 0) {
        return {Event::Kind::listener, static_cast<std::size_t>(data & ~Listeners::kListenerTag), nullptr};
    }
    Connection *connection = table_.claim(ConnectionKey::of_epoll_data(data));
    return {connection != nullptr ? Event::Kind::connection : Event::Kind::none, 0, connection};
}

Reactor::AcceptResult Reactor::accept(std::size_t listener) {
    if (is_full()) return {Accepting::full, nullptr};
    auto accepted = listeners_.accept_one(listener);
    if (accepted.is_no_socket) give_up("accept a connection", EBADF);
    if (!accepted.socket.is_open())
        return {accepted.out_of_descriptors ? Accepting::full : Accepting::nothing, nullptr};
    Connection *connection = table_.open(std::move(accepted.socket), accepted.is_unix);
    if (connection == nullptr)
        return {};  // another thread took the last slot; nothing was read: its peer may try again
    board_.accepted.fetch_add(1, std::memory_order_relaxed);
    board_.connections.store(static_cast<std::uint32_t>(table_.in_use()), std::memory_order_relaxed);
    return {Accepting::accepted, connection};
}

void Reactor::pause_listening() {
    listeners_.pause(epoll_.get());
    paused_.store(true, std::memory_order_release);
}

void Reactor::resume_listening() {
    if (!is_full() && paused_.exchange(false, std::memory_order_acq_rel)) listeners_.resume(epoll_.get());
}

bool Reactor::park(Connection &connection, ConnectionState state, Moment now) {
    if (!connection.is_registered || one_shot_) arm(connection);
    return table_.park(connection, state, now, time_allowed(connection, state, now));
}

// What comes in drops gets no more time than what stops coming: from the first wait for it to its last byte.
Duration Reactor::time_allowed(Connection &connection, ConnectionState state, Moment now) const {
    if (state == ConnectionState::kept) return setup_.timeouts.idle;
    if (state == ConnectionState::lingering) return kLingerTime;
    if (!connection.rest_due) connection.rest_due = now + setup_.timeouts.read;
    return *connection.rest_due - now;
}

// A plugin has closed descriptors that are ours: nothing can be served here any more, and the manager starts another.
void Reactor::give_up(const std::string &unable_to, int code) const {
    log_.write(LogLevel::error, os_error(unable_to, code).message + "; has a handler closed what is not its own?");
    ::_exit(wire::kExitBroken);
}

void Reactor::arm(Connection &connection) {
    epoll_event event{};
    event.events = one_shot_ ? EPOLLIN | EPOLLONESHOT : EPOLLIN;
    event.data.u64 = connection.key.epoll_data();
    ::epoll_ctl(epoll_.get(), connection.is_registered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, connection.socket.get(),
                &event);
    connection.is_registered = true;
}

void Reactor::close(Connection &connection) {
    table_.close(connection);
    board_.connections.store(static_cast<std::uint32_t>(table_.in_use()), std::memory_order_relaxed);
    if (paused_.load(std::memory_order_acquire)) resume_listening();
    if (is_finished()) wake_all();
}

void Reactor::end_reading(Connection &connection) {
    connection.reading_ended = true;
    ::shutdown(connection.socket.get(), SHUT_RD);
}

void Reactor::close_overdue(Moment now) {
    const auto overdue = table_.claim_parked([&](const Connection &connection, ConnectionState) {
        return connection.deadline_ns.load(std::memory_order_relaxed) <= now.since_boot.count();
    });
    for (Connection *connection : overdue) close(*connection);
}

// Who has woken one of our threads just before the listeners left epoll has woken nobody else, and would wait for the next
// to come: one a thread.
void Reactor::accept_last(Moment now) {
    for (std::size_t listener = 0; listener < setup_.listeners.size(); ++listener) {
        for (unsigned i = 0; i < threads_; ++i) {
            Connection *connection = accept(listener).connection;
            if (connection == nullptr) break;
            while (!park(*connection, ConnectionState::partial, now)) {
            }
        }
    }
}

void Reactor::begin_drain(Moment now) {
    listeners_.close_for_good(epoll_.get());
    accept_last(now);
    draining_.store(true, std::memory_order_release);
    board_.draining.store(1, std::memory_order_relaxed);
    const auto kept =
        table_.claim_parked([](const Connection &, ConnectionState state) { return state == ConnectionState::kept; });
    for (Connection *connection : kept) {
        end_reading(*connection);
        while (!park(*connection, ConnectionState::partial, now)) {
        }  // readable now: a handler thread serves what is queued, or closes it
    }
    if (is_finished()) wake_all();
}

void Reactor::wake_all() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written =
        ::write(wake_.get(), &one, sizeof one);  // never read: level-triggered, for all threads
}

}  // namespace hbnb::worker
