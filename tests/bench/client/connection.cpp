#include "client/connection.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace hbnb::bench {
namespace {

constexpr std::size_t kReadBytes = 256 << 10;

}  // namespace

bool Connection::connect() {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket_ < 0) return false;
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0) return true;
    if (errno == EINPROGRESS) return true;  // writing then says EAGAIN, or what is wrong
    close();
    return false;
}

// Level-triggered; always for reading, for writing only while something is left to send.
void Connection::watch(std::uint32_t events) {
    if (events == watched_) return;
    epoll_event event{};
    event.events = events;
    event.data.ptr = this;
    ::epoll_ctl(epoll_, watched_ == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket_, &event);
    watched_ = events;
}

void Connection::close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
    watched_ = 0;
}

Connection::Progress Connection::send(const Arrival &arrival, std::string_view message, bool is_head) {
    arrival_ = arrival;
    unsent_ = message;
    is_busy_ = true;
    answer_.begin(is_head);
    if (socket_ < 0 && !connect()) return Progress::refused;
    return write();
}

Connection::Progress Connection::write() {
    while (!unsent_.empty()) {
        const ssize_t sent = ::send(socket_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && errno == EAGAIN) break;
        if (sent < 0) return errno == ECONNREFUSED ? Progress::refused : Progress::cut;
        unsent_.remove_prefix(static_cast<std::size_t>(sent));
    }
    watch(unsent_.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT);
    return Progress::going_on;
}

// A server may answer before it has read all of the body (413): so reading comes first, and a write that then fails is
// no matter.
Connection::Progress Connection::on_event(std::uint32_t events) {
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        const Progress progress = read();
        if (progress != Progress::going_on) return progress;
    }
    return events & EPOLLOUT ? write() : Progress::going_on;
}

Connection::Progress Connection::read() {
    static thread_local char buffer[kReadBytes];
    const ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Progress::going_on;
    if (got < 0) return errno == ECONNREFUSED ? Progress::refused : Progress::cut;
    const bool is_end = got == 0;
    if (is_end && !is_busy_) return Progress::cut;
    const auto state = is_end ? answer_.end() : answer_.take({buffer, static_cast<std::size_t>(got)});
    if (state == HttpAnswer::State::whole) return Progress::answered;
    if (is_end) return Progress::cut;
    return state == HttpAnswer::State::malformed ? Progress::malformed : Progress::going_on;
}

}  // namespace hbnb::bench
