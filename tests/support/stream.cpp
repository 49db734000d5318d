#include "support/stream.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace hbnb::test {
namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

bool connect_to(int fd, const Endpoint &to) {
    if (to.port != 0 && to.is_v6) {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_port = htons(to.port);
        address.sin6_addr = in6addr_loopback;
        return ::connect(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
    }
    if (to.port != 0) {
        const sockaddr_in address = loopback(to.port);
        return ::connect(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
    }
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (to.path.size() >= sizeof address.sun_path) throw std::runtime_error("socket path too long: " + to.path);
    std::memcpy(address.sun_path, to.path.data(), to.path.size());
    return ::connect(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
}

}  // namespace

std::optional<Stream> Stream::connect(const Endpoint &to) {
    const int family = to.port == 0 ? AF_UNIX : to.is_v6 ? AF_INET6 : AF_INET;
    Fd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd.is_open() || !connect_to(fd.get(), to)) return std::nullopt;
    return Stream(std::move(fd));
}

bool Stream::wait_for(short events, std::chrono::milliseconds deadline) const {
    pollfd one{fd_.get(), events, 0};
    return ::poll(&one, 1, static_cast<int>(deadline.count())) == 1;
}

bool Stream::send(std::string_view bytes) {
    while (!bytes.empty()) {
        if (!wait_for(POLLOUT, kPatience)) return false;
        const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (sent < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

std::optional<std::string> Stream::receive(std::chrono::milliseconds deadline) {
    if (!wait_for(POLLIN, deadline)) return std::nullopt;
    std::array<char, 64 << 10> piece{};
    const ssize_t got = ::recv(fd_.get(), piece.data(), piece.size(), 0);
    if (got < 0) return std::nullopt;
    return std::string(piece.data(), static_cast<std::size_t>(got));
}

void Stream::end_sending() { ::shutdown(fd_.get(), SHUT_WR); }

std::uint16_t free_port() {
    const Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(fd.get(), reinterpret_cast<const sockaddr *>(&address), size) != 0 ||
        ::getsockname(fd.get(), reinterpret_cast<sockaddr *>(&address), &size) != 0) {
        throw std::runtime_error("unable to find a free port");
    }
    return ntohs(address.sin_port);
}

}  // namespace hbnb::test
