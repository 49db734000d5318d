#include "wire/hand_off_queue.hpp"

#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/limits.hpp"
#include "wire/passing.hpp"

namespace hbnb::wire {
namespace {

enum class Kind : std::uint16_t { unix_connection, tcp_connection };
constexpr std::uint16_t kVersion = 2;
constexpr int kBytesInBuffer =
    768;  // what the kernel charges the sender for one message: measured; the unit test says so

// A wake token ends behind its moment. The kernel counts bytes and not messages: as a connection's message is so much
// longer, some twenty wake tokens are not one connection where it is asked how many wait. (The kernel charges no more
// for it.)
struct Wire {
    std::int64_t since_ns = 0;
    std::uint32_t sender = 0;
    std::uint16_t kind = 0;
    std::uint16_t version = kVersion;
    std::int64_t due_ns = 0;
    std::uint8_t is_fresh = 0;
    std::array<std::byte, 167> unused{};
};
constexpr std::size_t kWakeTokenBytes = sizeof(Wire::since_ns);
static_assert(sizeof(Wire) == 24 * kWakeTokenBytes && kWakeTokensMax < 24);
constexpr Moment kLatest{std::chrono::hours(24 * 365 * 200)};  // far from where adding a timeout would overflow

struct Packet {
    explicit Packet(Wire &content, std::size_t bytes = sizeof(Wire)) : part{&content, bytes} {
        header.msg_iov = &part;
        header.msg_iovlen = 1;
    }

    iovec part;
    msghdr header{};
    Passing passing;
};

bool send_packet(int to, Packet &packet) {
    ssize_t sent = -1;
    do sent = ::sendmsg(to, &packet.header, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent == static_cast<ssize_t>(packet.part.iov_len);
}

// The bytes that have come, 0: an empty message, or the end; nullopt: nothing is there.
std::optional<std::size_t> receive_packet(int from, Packet &packet, int flags) {
    ssize_t got = -1;
    do got = ::recvmsg(from, &packet.header, flags | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0) return std::nullopt;
    return static_cast<std::size_t>(got);
}

short polled(int end, short events) {
    pollfd one{end, events, 0};
    return ::poll(&one, 1, 0) > 0 ? one.revents : short{0};
}

bool is_shut_down(int end) { return (polled(end, POLLRDHUP) & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0; }

bool is_connection(const Wire &wire, std::size_t bytes) { return bytes == sizeof wire && wire.version == kVersion; }

bool is_message(const Wire &wire, std::size_t bytes) { return bytes == kWakeTokenBytes || is_connection(wire, bytes); }

Moment clamped(std::int64_t moment_ns, Moment latest) {
    return Moment{Duration(std::clamp<std::int64_t>(moment_ns, 0, latest.since_boot.count()))};
}

int option_of(int socket, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    return ::getsockopt(socket, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

// What may lie in a queue: no listening socket, no file, and nothing that could hold its closer up.
bool is_stream_connection(const Fd &descriptor) {
    const int fd = descriptor.get();
    if (option_of(fd, SO_TYPE) != SOCK_STREAM || option_of(fd, SO_ACCEPTCONN) != 0) return false;
    const int family = option_of(fd, SO_DOMAIN);
    const linger none{};
    return (family == AF_UNIX || family == AF_INET || family == AF_INET6) &&
           ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none) == 0;
}

int bytes_in(int end) {
    int bytes = 0;
    return ::ioctl(end, SIOCINQ, &bytes) == 0 ? bytes : 0;
}

}  // namespace

bool HandOffQueue::send(int connection, const Entry &entry) const {
    Wire wire;
    wire.since_ns = entry.since.since_boot.count();
    wire.sender = entry.sender;
    wire.kind = static_cast<std::uint16_t>(entry.is_unix ? Kind::unix_connection : Kind::tcp_connection);
    wire.due_ns = entry.due.since_boot.count();
    wire.is_fresh = entry.is_fresh ? 1 : 0;
    Packet packet(wire);
    packet.passing.attach(packet.header, {&connection, 1});
    return send_packet(in_, packet);
}

void HandOffQueue::send_wake_tokens(Moment now, unsigned times) const {
    Wire wire;
    wire.since_ns = now.since_boot.count();
    Packet packet(wire, kWakeTokenBytes);
    const unsigned lying = static_cast<unsigned>(bytes_in(out_) % sizeof(Wire) / kWakeTokenBytes);
    const unsigned wanted = lying >= kWakeTokensMax ? 0 : std::min(times, kWakeTokensMax - lying);
    for (unsigned i = 0; i < wanted && send_packet(in_, packet); ++i) {
    }
}

HandOffQueue::Take HandOffQueue::take(Moment now) const {
    Wire wire;
    Packet packet(wire);
    packet.passing.prepare_to_receive(packet.header);
    Take taken;
    const auto received = receive_packet(out_, packet, 0);
    if (!received) return taken;
    auto descriptors = passed_descriptors(packet.header);
    const std::size_t bytes = *received;
    if (!is_message(wire, bytes)) {
        taken.what = bytes == 0 && is_ended() ? Taken::ended : Taken::rubbish;
        return taken;
    }
    taken.entry = {clamped(wire.since_ns, now), wire.sender,
                   wire.kind == static_cast<std::uint16_t>(Kind::unix_connection), wire.is_fresh != 0,
                   clamped(wire.due_ns, kLatest)};
    taken.what = is_connection(wire, bytes) ? Taken::connection : Taken::wake_token;
    if (taken.what == Taken::wake_token || descriptors.empty()) return taken;
    taken.connection = std::move(descriptors.front());
    if (is_stream_connection(taken.connection)) return taken;
    taken.what = Taken::rubbish;
    taken.connection.reset();
    return taken;
}

std::optional<Moment> HandOffQueue::head(Moment now) const {
    Wire wire;
    Packet packet(wire);
    const auto bytes = receive_packet(out_, packet, MSG_PEEK);
    if (!bytes || (*bytes == 0 && is_ended())) return std::nullopt;
    return is_message(wire, *bytes) ? clamped(wire.since_ns, now) : Moment{};
}

bool HandOffQueue::has_connection() const {
    Wire wire;
    Packet packet(wire);
    return is_connection(wire, receive_packet(out_, packet, MSG_PEEK).value_or(0));
}

bool HandOffQueue::is_empty() const { return polled(out_, POLLIN) == 0; }

bool HandOffQueue::is_shut() const { return is_shut_down(out_); }

bool HandOffQueue::is_ended() const { return is_shut() && bytes_in(out_) == 0; }

int HandOffQueue::buffer() const { return option_of(in_, SO_SNDBUF); }

unsigned HandOffQueue::depth() const { return static_cast<unsigned>(bytes_in(out_)) / sizeof(Wire); }

Result<HandOffQueueEnds> HandOffQueueEnds::make(unsigned depth) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return os_error("make a hand-off queue", errno);
    HandOffQueueEnds made{Fd(ends[0]), Fd(ends[1])};
    // The kernel doubles what it is given. Without the privilege to force it, net.core.wmem_max bounds it.
    const int wanted = static_cast<int>(std::min(depth, kHandOffQueueMax)) * kBytesInBuffer / 2 + kBytesInBuffer;
    if (::setsockopt(made.in.get(), SOL_SOCKET, SO_SNDBUFFORCE, &wanted, sizeof wanted) != 0)
        ::setsockopt(made.in.get(), SOL_SOCKET, SO_SNDBUF, &wanted, sizeof wanted);
    const int given = made.queue().buffer();
    if (given < 0) return os_error("size a hand-off queue", errno);
    made.capacity = static_cast<unsigned>(given / kBytesInBuffer);
    made.buffer = given;
    for (const Fd *end : {&made.in, &made.out}) {
        const int locked = 1;  // a filter could throw away what its sender believes to be on its way
        if (::setsockopt(end->get(), SOL_SOCKET, SO_LOCK_FILTER, &locked, sizeof locked) != 0)
            return os_error("lock a hand-off queue's filter", errno);
    }
    return made;
}

std::optional<std::string> HandOffQueueEnds::damage() const {
    if (is_shut_down(in.get()) || is_shut_down(out.get())) return "were shut down";
    if (queue().buffer() < buffer) return "were made smaller (SO_SNDBUF)";
    if (option_of(out.get(), SO_PEEK_OFF) >= 0) return "hide what waits in them (SO_PEEK_OFF)";
    return std::nullopt;
}

void HandOffQueueEnds::end() const { ::shutdown(in.get(), SHUT_RDWR); }

// Empty messages have no bytes: where only such are left, nothing is.
void HandOffQueueEnds::move_to(const HandOffQueue &other, Moment now) const {
    const int none = -1;
    ::setsockopt(out.get(), SOL_SOCKET, SO_PEEK_OFF, &none, sizeof none);
    for (unsigned i = 0; i < 2 * kHandOffQueueMax && bytes_in(out.get()) > 0; ++i) {
        const HandOffQueue::Take taken = queue().take(now);
        if (taken.what == HandOffQueue::Taken::connection && taken.connection.is_open())
            static_cast<void>(other.send(taken.connection.get(), taken.entry));
    }
    other.send_wake_tokens(now);
}

// ---- the board

Result<PoolBoardMapping> PoolBoardMapping::create(Fd &memfd) {
    auto page = SharedPages::create("pool board", sizeof(PoolBoard), SharedPages::Others::read, memfd);
    if (!page) return page.error();
    return PoolBoardMapping(std::move(*page));
}

Result<PoolBoardMapping> PoolBoardMapping::open(int memfd) {
    auto page = SharedPages::open("pool board", sizeof(PoolBoard), SharedPages::Others::read, memfd);
    if (!page) return page.error();
    return PoolBoardMapping(std::move(*page));
}

void PoolBoardMapping::set_depth_max(std::uint32_t depth) { board_->depth_max.store(depth, std::memory_order_relaxed); }

}  // namespace hbnb::wire
