#include "worker/io/listener.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "base/clock.hpp"

namespace hbnb::worker {
namespace {

constexpr Duration kSayAgainAfter = std::chrono::seconds(1);

// What comes by IPv4 has its IPv4 address, also on a socket that takes both, where the kernel says "::ffff:127.0.0.1".
std::string address_text(const sockaddr_storage &address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address.ss_family == AF_INET) {
        ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in &>(address).sin_addr, text.data(), text.size());
    } else if (address.ss_family == AF_INET6) {
        const in6_addr &v6 = reinterpret_cast<const sockaddr_in6 &>(address).sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(&v6))
            ::inet_ntop(AF_INET, &v6.s6_addr[12], text.data(), text.size());
        else
            ::inet_ntop(AF_INET6, &v6, text.data(), text.size());
    }
    return text.data();
}

bool is_shut(int socket) {
    pollfd one{socket, POLLRDHUP, 0};
    return ::poll(&one, 1, 0) > 0 && (one.revents & (POLLRDHUP | POLLHUP)) != 0;
}

// 0: of no family that has one. An IPv6 address has its port in the same place.
in_port_t port_of(const sockaddr_storage &address) {
    const bool has_port = address.ss_family == AF_INET || address.ss_family == AF_INET6;
    return has_port ? reinterpret_cast<const sockaddr_in &>(address).sin_port : in_port_t{0};
}

bool is_loopback(const std::string &address) { return address.starts_with("127.") || address == "::1"; }

}  // namespace

Listeners::Listeners(std::vector<wire::ListenerSetup> setups, const ErrorLog &log)
    : setups_(std::move(setups)), log_(log) {
    for (const auto &setup : setups_)
        if (const auto address = address_of(setup.descriptor)) addresses_.push_back(*address);
}

Result<void> Listeners::register_all(const Epoll &epoll) const {
    has_unregistered_ = false;
    for (size_t i = 0; i < setups_.size(); ++i) {
        if (is_shut(setups_[i].descriptor))
            has_unregistered_ = true;
        else if (!epoll.watch_shared(setups_[i].descriptor, kListenerTag | i))
            return os_error("wait for connections on " + setups_[i].name, errno);
    }
    return {};
}

void Listeners::unregister_all(const Epoll &epoll) const {
    for (const auto &setup : setups_) epoll.forget(setup.descriptor);
}

void Listeners::unregister_shut(const Epoll &epoll) const {
    for (const auto &setup : setups_) {
        if (!is_shut(setup.descriptor)) continue;
        has_unregistered_ = true;
        epoll.forget(setup.descriptor);
    }
}

Result<void> Listeners::register_again(const Epoll &epoll) const {
    if (!has_unregistered_) return {};
    unregister_all(epoll);
    return register_all(epoll);
}

bool Listeners::may_wait(std::size_t index) const {
    const int flags = ::fcntl(setups_[index].descriptor, F_GETFL);
    return flags >= 0 && (flags & O_NONBLOCK) == 0;
}

Listeners::Accepted Listeners::accept_one(std::size_t index) const {
    Accepted result;
    const auto &setup = setups_[index];
    const int fd = ::accept4(setup.descriptor, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        const int code = errno;
        result.out_of_descriptors = code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
        result.is_no_socket = code == EBADF || code == ENOTSOCK;
        result.is_shut = (code == EAGAIN || code == EINVAL) && is_shut(setup.descriptor);
        if (result.out_of_descriptors) say_out_of_descriptors(setup.name, code);
        return result;
    }
    result.socket = Fd(fd);
    if (!is_allowed(setup, fd, result.is_unix)) result.socket.reset();
    return result;
}

void Listeners::say_out_of_descriptors(const std::string &name, int code) const {
    const std::lock_guard lock(mutex_);
    const Moment now = monotonic_now();
    if (said_ && now - *said_ < kSayAgainAfter) return;
    said_ = now;
    log_.write(LogLevel::warning,
               os_error("accept a connection on " + name, code).message + "; the other workers go on");
}

void Listeners::say_refused(const std::string &name, const std::string &peer) const {
    if (const auto unsaid = refusals_.say(monotonic_now()))
        log_.write(LogLevel::warning,
                   "connection on " + name + " refused: peer " + peer + OnceASecond::and_more(*unsaid));
}

bool Listeners::is_allowed(const wire::ListenerSetup &setup, int socket, bool &is_unix) const {
    if (setup.any_uid && setup.name.starts_with("unix:")) {  // the file mode alone decides: nothing to look up
        is_unix = true;
        return true;
    }
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(socket, reinterpret_cast<sockaddr *>(&peer), &size) != 0) return false;  // gone already
    if (peer.ss_family == AF_UNIX) {
        is_unix = true;
        ucred who{};
        socklen_t who_size = sizeof who;
        if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &who_size) != 0) return false;
        const bool allowed =
            who.uid == 0 || who.uid == ::geteuid() ||
            std::find(setup.allowed_uids.begin(), setup.allowed_uids.end(), who.uid) != setup.allowed_uids.end();
        if (!allowed)
            say_refused(setup.name, "pid " + std::to_string(who.pid) + " has uid " + std::to_string(who.uid) +
                                        ", which allow_uids does not list");
        return allowed;
    }
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    const std::string address = address_text(peer);
    const auto &allow = setup.allowed_addresses;
    const bool allowed =
        allow.empty() ? is_loopback(address) : std::find(allow.begin(), allow.end(), address) != allow.end();
    if (!allowed) say_refused(setup.name, address + " is not allowed");
    return allowed;
}

// Of a socket that was shut down nobody knows: its end is readable.
bool Listeners::has_pending() const {
    std::vector<pollfd> polls;
    for (const auto &setup : setups_) polls.push_back({setup.descriptor, POLLIN | POLLRDHUP, 0});
    if (::poll(polls.data(), polls.size(), 0) <= 0) return false;
    return std::any_of(polls.begin(), polls.end(),
                       [](const pollfd &one) { return (one.revents & (POLLIN | POLLRDHUP | POLLHUP)) == POLLIN; });
}

// ---- in a child

std::optional<Listeners::Address> Listeners::address_of(int socket) {
    Address address;
    address.size = sizeof address.storage;
    if (::getsockname(socket, reinterpret_cast<sockaddr *>(&address.storage), &address.size) != 0) return std::nullopt;
    const auto family = address.storage.ss_family;
    const bool is_named = family == AF_UNIX ? address.size > sizeof(sa_family_t) : port_of(address.storage) != 0;
    return is_named ? std::optional(address) : std::nullopt;
}

// Over TCP the listening socket may have any address of the machine; nothing else of this process has its port.
bool Listeners::Address::is_same(const Address &other) const {
    if ((storage.ss_family == AF_UNIX) != (other.storage.ss_family == AF_UNIX)) return false;
    if (storage.ss_family != AF_UNIX) return port_of(storage) == port_of(other.storage);
    return size == other.size && std::memcmp(&storage, &other.storage, size) == 0;
}

void Listeners::close_accepted_in_child() const {
    static_cast<void>(for_each_descriptor([this](int number) {
        const auto address = address_of(number);
        if (!address) return;
        const auto is_its = [&](const Address &one) { return one.is_same(*address); };
        if (std::any_of(addresses_.begin(), addresses_.end(), is_its)) ::close(number);
    }));
}

}  // namespace hbnb::worker
