#include "manager/sockets/listener.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>

#include "manager/host/privileges.hpp"

namespace hbnb::manager {
namespace {

// How long accept() may wait where a plugin has made the socket wait (O_NONBLOCK belongs to all who share it): as
// shortly as the kernel counts. Of no effect on a socket that does not wait.
constexpr timeval kAcceptWaits{0, 1000};
constexpr suseconds_t kAcceptWaitsMax = 20'000;  // what the kernel rounds that up to is less

Result<void> make_impatient(int fd, const std::string &name) {
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
        ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kAcceptWaits, sizeof kAcceptWaits) != 0)
        return os_error("keep " + name + " from waiting in accept", errno);
    return {};
}

bool waits(int fd) {
    timeval given{};
    socklen_t size = sizeof given;
    if ((::fcntl(fd, F_GETFL) & O_NONBLOCK) == 0) return true;
    if (::getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &given, &size) != 0) return false;
    return (given.tv_sec == 0 && given.tv_usec == 0) || given.tv_sec > 0 || given.tv_usec > kAcceptWaitsMax;
}

bool lingers(int fd) {
    linger given{};
    socklen_t size = sizeof given;
    return ::getsockopt(fd, SOL_SOCKET, SO_LINGER, &given, &size) == 0 && given.l_onoff != 0;
}

bool listens(int fd) {
    int listening = 1;
    socklen_t size = sizeof listening;
    return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening != 0;
}

bool is_ipv6(const std::string &address) { return address.find(':') != std::string::npos; }

Result<UnixSocketPlan> plan_of(const config::UnixListener &wanted, const Claim &claim) {
    UnixSocketPlan plan{wanted.path, wanted.mode, std::nullopt, std::nullopt, wanted.backlog, claim};
    const std::string unable_to = "unable to listen on unix:" + wanted.path + ": ";
    if (!wanted.owner.empty()) {
        const auto uid = find_user(wanted.owner);
        if (!uid) return Error{unable_to + uid.error().message};
        plan.owner = *uid;
    }
    if (!wanted.group.empty()) {
        const auto gid = find_group(wanted.group);
        if (!gid) return Error{unable_to + gid.error().message};
        plan.group = *gid;
    }
    return plan;
}

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
    bool is_loopback = false;
};

std::optional<Address> parse_address(const config::TcpListener &wanted) {
    Address out;
    if (is_ipv6(wanted.address)) {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_port = htons(wanted.port);
        if (::inet_pton(AF_INET6, wanted.address.c_str(), &address.sin6_addr) != 1) return std::nullopt;
        out.is_loopback = IN6_IS_ADDR_LOOPBACK(&address.sin6_addr);
        std::memcpy(&out.storage, &address, out.size = sizeof address);
    } else {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(wanted.port);
        if (::inet_pton(AF_INET, wanted.address.c_str(), &address.sin_addr) != 1) return std::nullopt;
        out.is_loopback = (ntohl(address.sin_addr.s_addr) >> 24) == 127;
        std::memcpy(&out.storage, &address, out.size = sizeof address);
    }
    return out;
}

Result<Fd> bind_tcp(const config::TcpListener &wanted, const std::string &name) {
    const std::string unable_to = "listen on " + name;
    const auto address = parse_address(wanted);
    if (!address) return Error{"unable to " + unable_to + ": " + wanted.address + " is not an IPv4 or IPv6 address"};
    if (!address->is_loopback && !wanted.allow_remote) {
        return Error{"unable to " + unable_to + ": the address is not a loopback one, and allow_remote is not set"};
    }
    Fd fd(::socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.is_open()) return os_error(unable_to, errno);
    const int on = 1, v6_only = wanted.dual_stack ? 0 : 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address->storage.ss_family == AF_INET6 &&
        ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only) != 0)
        return os_error(unable_to, errno);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr *>(&address->storage), address->size) != 0)
        return os_error(unable_to, errno);
    return fd;
}

Result<Fd> open_tcp(const config::TcpListener &wanted, const std::string &name) {
    auto fd = bind_tcp(wanted, name);
    if (fd && ::listen(fd->get(), wanted.backlog) != 0) return os_error("listen on " + name, errno);
    return fd;
}

// Bound for an instant, which hinders nobody who binds it as well: only who listens has it.
Result<void> look_at_tcp(const config::TcpListener &wanted, const Claim &claim) {
    const std::string name = manager::name_of(config::Listener(wanted));
    const auto bound = bind_tcp(wanted, name);
    const bool is_well = bound || (claim.is_served && bound.error() == os_error("listen on " + name, EADDRINUSE));
    if (is_well) return {};
    return bound.error();
}

std::string name_of(const sockaddr_in &address) {
    std::array<char, INET_ADDRSTRLEN> host{};
    ::inet_ntop(AF_INET, &address.sin_addr, host.data(), host.size());
    return std::string("tcp:") + host.data() + ":" + std::to_string(ntohs(address.sin_port));
}

// "::ffff:127.0.0.1" is 127.0.0.1, on a socket of the other family.
std::string name_of(const sockaddr_in6 &address) {
    if (IN6_IS_ADDR_V4MAPPED(&address.sin6_addr)) {
        sockaddr_in v4{};
        v4.sin_port = address.sin6_port;
        std::memcpy(&v4.sin_addr, &address.sin6_addr.s6_addr[12], sizeof v4.sin_addr);
        return name_of(v4);
    }
    std::array<char, INET6_ADDRSTRLEN> host{};
    ::inet_ntop(AF_INET6, &address.sin6_addr, host.data(), host.size());
    return std::string("tcp:[") + host.data() + "]:" + std::to_string(ntohs(address.sin6_port));
}

std::string name_of(const sockaddr_un &address, socklen_t size) {
    const std::string path(address.sun_path, size - std::min<socklen_t>(size, offsetof(sockaddr_un, sun_path)));
    if (!path.empty() && path.front() == '\0') return "unix:@" + path.substr(1);
    return "unix:" + path.substr(0, path.find('\0'));
}

template <class Kind>
Kind as(const sockaddr_storage &storage) {
    Kind address{};
    std::memcpy(&address, &storage, sizeof address);
    return address;
}

// Empty: of another family.
std::string name_of(const sockaddr_storage &storage, socklen_t size) {
    switch (storage.ss_family) {
        case AF_INET: return name_of(as<sockaddr_in>(storage));
        case AF_INET6: return name_of(as<sockaddr_in6>(storage));
        case AF_UNIX: return name_of(as<sockaddr_un>(storage), size);
        default: return {};
    }
}

bool is_dual_stack(int fd) {
    int v6_only = 1;
    socklen_t size = sizeof v6_only;
    return ::getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, &size) == 0 && v6_only == 0;
}

Error refuse_family(const config::TcpListener &wanted, const std::string &name, bool inherited) {
    const std::string has = wanted.dual_stack ? "false" : "true", wants = wanted.dual_stack ? "true" : "false";
    if (!inherited)
        return Error{"unable to change " + name + ": dual_stack changes from " + has + " to " + wants +
                     ", which only a new start can do"};
    return Error{
        "unable to use the inherited socket " + name + ": it takes " + (wanted.dual_stack ? "IPv6 only" : "IPv4 too") +
        ", and dual_stack is " + wants + "; set dual_stack: " + has +
        ", or have it made otherwise (for systemd: BindIPv6Only=" + (wanted.dual_stack ? "both" : "ipv6-only") + ")"};
}

int backlog_of(const config::Listener &listener) {
    return std::visit([](const auto &kind) { return kind.backlog; }, listener);
}

}  // namespace

std::string name_of(const config::Listener &listener) {
    if (const auto *unix_listener = std::get_if<config::UnixListener>(&listener)) return "unix:" + unix_listener->path;
    const auto &tcp = std::get<config::TcpListener>(listener);
    if (const auto address = parse_address(tcp)) return name_of(address->storage, address->size);
    return "tcp:" + tcp.address + ":" + std::to_string(tcp.port);
}

Result<std::string> describe(const config::Listener &listener) {
    if (const auto *tcp = std::get_if<config::TcpListener>(&listener)) {
        std::string peers;
        for (const auto &peer : tcp->allow) peers += (peers.empty() ? "" : ", ") + peer;
        return {boost::system::in_place_value, name_of(listener) + (tcp->dual_stack ? ", IPv4 too" : "") + ": for " +
                                                   (peers.empty() ? "whoever is on this machine" : peers)};
    }
    const auto plan = plan_of(std::get<config::UnixListener>(listener), Claim{});
    if (!plan) return plan.error();
    std::string peers;
    const auto &socket = std::get<config::UnixListener>(listener);
    if (!socket.any_peer) peers = ", of those only root, the container's user and the uids";
    for (const auto uid : socket.allow_uids) peers += " " + std::to_string(uid);
    return {boost::system::in_place_value, name_of(listener) + ": mode " + mode_text(plan->mode) + ", owner " +
                                               user_name(plan->owner.value_or(::geteuid())) + ", group " +
                                               group_name(plan->group.value_or(::getegid())) + peers};
}

Result<Listener> Listener::open(const config::Listener &wanted, const Claim &claim) {
    std::string name = name_of(wanted);
    if (const auto *tcp = std::get_if<config::TcpListener>(&wanted)) {
        auto fd = open_tcp(*tcp, name);
        if (!fd) return fd.error();
        if (auto made = make_impatient(fd->get(), name); !made) return made.error();
        return Listener(std::move(name), std::move(*fd), tcp->backlog);
    }
    auto plan = plan_of(std::get<config::UnixListener>(wanted), claim);
    if (!plan) return plan.error();
    auto socket = UnixSocket::open(*plan);
    if (!socket) return socket.error();
    if (auto made = make_impatient(socket->fd(), name); !made) return made.error();
    return Listener(std::move(name), std::move(*socket), plan->backlog);
}

Result<void> Listener::look(const config::Listener &wanted, const Claim &claim) {
    if (const auto *tcp = std::get_if<config::TcpListener>(&wanted)) return look_at_tcp(*tcp, claim);
    const auto plan = plan_of(std::get<config::UnixListener>(wanted), claim);
    if (!plan) return plan.error();
    return UnixSocket::look(*plan);
}

Result<Listener> Listener::adopt(Fd fd) {
    const std::string unable_to = "use the inherited descriptor " + std::to_string(fd.get());
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    const int suits = ::sd_is_socket(fd.get(), AF_UNSPEC, SOCK_STREAM, 1);
    if (suits < 0) return os_error(unable_to, -suits);
    const bool named = ::getsockname(fd.get(), reinterpret_cast<sockaddr *>(&storage), &size) == 0;
    std::string name = named ? name_of(storage, size) : std::string();
    if (suits == 0 || name.empty()) {
        return Error{"unable to " + unable_to +
                     ": it is not a listening stream socket (Unix, IPv4 or IPv6; for systemd: ListenStream=, and "
                     "Accept=no)"};
    }
    // Its maker may have left it blocking, and a worker that lost the race for a connection would stay in accept().
    if (auto made = make_impatient(fd.get(), name); !made) return made.error();
    return Listener(std::move(name), std::move(fd), 0, true);
}

int Listener::fd() const {
    if (const auto *fd = std::get_if<Fd>(&socket_)) return fd->get();
    return std::get<UnixSocket>(socket_).fd();
}

unsigned Listener::waiting() const {
    tcp_info info{};
    socklen_t size = sizeof info;
    if (is_unix() || ::getsockopt(fd(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
    return info.tcpi_unacked;  // of a listening socket: the connections nobody has accepted yet
}

bool Listener::has_waiting() const {
    pollfd queue{fd(), POLLIN, 0};
    return !is_shut() && ::poll(&queue, 1, 0) > 0;
}

bool Listener::is_shut() const {
    pollfd socket{fd(), POLLRDHUP, 0};
    return ::poll(&socket, 1, 0) > 0 && (socket.revents & (POLLRDHUP | POLLHUP)) != 0;
}

bool Listener::is_reachable() const {
    const auto *socket = std::get_if<UnixSocket>(&socket_);
    return socket == nullptr || (socket->has_file() && !is_shut());
}

std::optional<std::string> Listener::put_right() {
    std::string found;
    const auto add = [&found](const char *what) { found += (found.empty() ? "" : ", ") + std::string(what); };
    if (waits(fd())) {
        add("was made to wait in accept");
        [[maybe_unused]] const auto made = make_impatient(fd(), name_);
    }
    const linger none{};
    if (!is_unix() && lingers(fd())) {
        add("was made to linger (SO_LINGER)");
        ::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
    }
    const bool was_shut = !listens(fd()) || is_shut();
    if (backlog_ > 0) ::listen(fd(), backlog_);  // a TCP socket that was shut listens again
    if (was_shut && !is_said_to_be_shut_)
        add(inherited_ && is_unix() ? "was shut down, and only its maker can make another," : "was shut down");
    is_said_to_be_shut_ = was_shut && (is_shut() || !listens(fd()));
    if (found.empty()) return std::nullopt;
    return name_ + " " + found;
}

Result<void> Listener::check_change(const config::Listener &wanted) const {
    const auto *tcp = std::get_if<config::TcpListener>(&wanted);
    if (tcp != nullptr && tcp->address == "::" && is_dual_stack(fd()) != tcp->dual_stack)
        return refuse_family(*tcp, name_, inherited_);
    const auto *socket = std::get_if<UnixSocket>(&socket_);
    if (socket == nullptr) return {};
    auto plan = plan_of(std::get<config::UnixListener>(wanted), Claim{});
    if (!plan) return plan.error();
    return socket->check_change(*plan);
}

Result<void> Listener::change(const config::Listener &wanted) {
    if (inherited_) return {};
    if (const auto *unix_wanted = std::get_if<config::UnixListener>(&wanted)) {
        auto plan = plan_of(*unix_wanted, Claim{});
        if (!plan) return plan.error();
        backlog_ = plan->backlog;
        return std::get<UnixSocket>(socket_).change(*plan);
    }
    backlog_ = backlog_of(wanted);
    if (::listen(fd(), backlog_) != 0) return os_error("change the backlog of " + name_, errno);
    return {};
}

void Listener::remove_file() {
    if (auto *socket = std::get_if<UnixSocket>(&socket_)) socket->remove_file();
}

Result<Listeners> open_listeners(const std::vector<config::Listener> &wanted, const Listeners &before,
                                 const Claim &claim) {
    Listeners listeners;
    for (const auto &one : wanted) {
        const auto kept = std::find_if(before.begin(), before.end(), [&](const auto &old) {
            return old->name() == name_of(one) && old->is_reachable();
        });
        if (kept != before.end()) {
            if (auto allowed = (*kept)->check_change(one); !allowed) return allowed.error();
            listeners.push_back(*kept);
            continue;
        }
        auto opened = Listener::open(one, claim);
        if (!opened) return opened.error();
        listeners.push_back(std::make_shared<Listener>(std::move(*opened)));
    }
    return listeners;
}

void keep_queues(std::vector<config::Listener> &wanted, Listeners &listeners, const Listeners &before) {
    const std::vector<config::Listener> own = wanted;
    for (const auto &old : before) {
        const auto named =
            std::find_if(own.begin(), own.end(), [&](const auto &one) { return name_of(one) == old->name(); });
        const bool is_taken = std::find(listeners.begin(), listeners.end(), old) != listeners.end();
        if (named == own.end() || is_taken || !old->has_waiting()) continue;
        wanted.push_back(*named);
        listeners.push_back(old);
    }
}

std::vector<std::string> names_of(const Listeners &listeners) {
    std::vector<std::string> names;
    for (const auto &listener : listeners) {
        if (std::find(names.begin(), names.end(), listener->name()) == names.end()) names.push_back(listener->name());
    }
    return names;
}

std::vector<std::string> apply_changes(const std::vector<config::Listener> &wanted, const Listeners &listeners) {
    std::vector<std::string> failures;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (auto changed = listeners[i]->change(wanted[i]); !changed) failures.push_back(changed.error().message);
    }
    return failures;
}

wire::ListenerSetup setup_of(const config::Listener &listener, int descriptor) {
    wire::ListenerSetup setup;
    setup.descriptor = descriptor;
    setup.name = name_of(listener);
    if (const auto *unix_listener = std::get_if<config::UnixListener>(&listener)) {
        setup.any_uid = unix_listener->any_peer;
        setup.allowed_uids = unix_listener->allow_uids;
    } else {
        setup.allowed_addresses = std::get<config::TcpListener>(listener).allow;
    }
    return setup;
}

}  // namespace hbnb::manager
