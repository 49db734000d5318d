#include "worker/request/cut.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <string>

#include "fcgi/record.hpp"

namespace hbnb::worker {
namespace {

constexpr int kMoreRoom = 1 << 20;  // bytes; the kernel takes what net.core.wmem_max allows

std::string_view send_at_once(int socket, std::string_view bytes) {  // what is left
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
        if (sent < 0 && errno != EINTR) break;
    }
    return bytes;
}

}  // namespace

void end_as_cut(int socket, std::string_view torn) {
    const std::string last = std::string(torn).append(fcgi::kInvalidHeader);
    std::string_view left = send_at_once(socket, last);
    if (!left.empty() && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        ::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &kMoreRoom, sizeof kMoreRoom);
        left = send_at_once(socket, left);
        const linger reset{1, 0};  // at its close; means nothing to a Unix socket
        if (!left.empty()) ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    }
    ::shutdown(socket, SHUT_RDWR);
}

}  // namespace hbnb::worker
