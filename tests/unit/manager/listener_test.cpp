#include "manager/sockets/listener.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <filesystem>
#include <optional>

#include "unit/manager/sandbox.hpp"

using namespace hbnb;
using namespace hbnb::manager;
using namespace hbnb::test;

namespace {

config::Listener at(const std::string &path) {
    config::UnixListener listener;
    listener.path = path;
    return listener;
}

config::TcpListener tcp(const std::string &address, std::uint16_t port) {
    config::TcpListener listener;
    listener.address = address;
    listener.port = port;
    return listener;
}

std::uint16_t port_of(int fd) {
    sockaddr_in6 address{};  // an IPv4 one has its port in the same place
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr *>(&address), &size) == 0);
    return ntohs(address.sin6_port);
}

// To this machine. Closed where the connection was refused.
Fd connect_tcp(int family, std::uint16_t port) {
    Fd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    v6.sin6_addr = in6addr_loopback;
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int connected = family == AF_INET6 ? ::connect(fd.get(), reinterpret_cast<const sockaddr *>(&v6), sizeof v6)
                                             : ::connect(fd.get(), reinterpret_cast<const sockaddr *>(&v4), sizeof v4);
    return connected == 0 ? std::move(fd) : Fd();
}

bool has_ipv6_or_skipped() {
    const auto opened = Listener::open(tcp("::1", 0), Claim{::geteuid(), std::nullopt});
    if (!opened) MESSAGE("skipped: there is no IPv6 here: " << opened.error().message);
    return static_cast<bool>(opened);
}

Claim claim() { return Claim{::geteuid(), std::nullopt}; }

std::string refusal(const config::Listener &listener) {
    const auto opened = Listener::open(listener, claim());
    return opened ? "" : opened.error().message;
}

}  // namespace

TEST_CASE("a TCP port in use is refused with its name") {
    const auto first = Listener::open(tcp("127.0.0.1", 0), claim());
    REQUIRE(first);
    const std::uint16_t port = port_of(first->fd());
    CHECK(refusal(tcp("127.0.0.1", port)) ==
          "unable to listen on tcp:127.0.0.1:" + std::to_string(port) + ": Address already in use");
}

TEST_CASE("a TCP address that is not loopback needs allow_remote") {
    CHECK(refusal(tcp("0.0.0.0", 0)) ==
          "unable to listen on tcp:0.0.0.0:0: the address is not a loopback one, and allow_remote is not set");
    CHECK(refusal(tcp("::", 0)) ==
          "unable to listen on tcp:[::]:0: the address is not a loopback one, and allow_remote is not set");
}

TEST_CASE("[::] takes IPv4 where dual_stack says so and nowhere else, whatever the system's default is") {
    if (!has_ipv6_or_skipped()) return;
    config::TcpListener wanted = tcp("::", 0);
    wanted.allow_remote = true;
    for (const bool dual_stack : {false, true}) {
        wanted.dual_stack = dual_stack;
        const auto opened = Listener::open(wanted, claim());
        REQUIRE(opened);
        CHECK(connect_tcp(AF_INET6, port_of(opened->fd())).is_open());
        CHECK(connect_tcp(AF_INET, port_of(opened->fd())).is_open() == dual_stack);
    }
}

TEST_CASE("a bound socket of the other kind is refused: by a reload, and where it was inherited") {
    if (!has_ipv6_or_skipped()) return;
    config::TcpListener wanted = tcp("::", 0);
    wanted.allow_remote = true;
    auto opened = Listener::open(wanted, claim());
    REQUIRE(opened);
    const auto inherited = Listener::adopt(Fd(::dup(opened->fd())));
    REQUIRE(inherited);
    const Listeners before{std::make_shared<Listener>(std::move(*opened))};
    CHECK(open_listeners({wanted}, before, claim()));
    CHECK(inherited->check_change(wanted));
    wanted.dual_stack = true;
    CHECK(open_listeners({wanted}, before, claim()).error().message ==
          "unable to change tcp:[::]:0: dual_stack changes from false to true, which only a new start can do");
    CHECK(inherited->check_change(wanted).error().message ==
          "unable to use the inherited socket " + inherited->name() +
              ": it takes IPv6 only, and dual_stack is true; set dual_stack: false, or have it made otherwise (for "
              "systemd: BindIPv6Only=both)");
}

TEST_CASE("a TCP address is a literal, never a name") {
    CHECK(refusal(tcp("localhost", 0)) ==
          "unable to listen on tcp:localhost:0: localhost is not an IPv4 or IPv6 address");
}

TEST_CASE("the TCP queue's length is exact") {
    auto listener = Listener::open(tcp("127.0.0.1", 0), claim());
    REQUIRE(listener);
    std::vector<Fd> clients;
    for (unsigned expected = 0; expected < 5; ++expected) {
        CHECK(listener->waiting() == expected);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port_of(listener->fd()));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        Fd client(::socket(AF_INET, SOCK_STREAM, 0));
        REQUIRE(::connect(client.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0);
        const Moment deadline = monotonic_now() + kGenerous;
        while (listener->waiting() != expected + 1 && monotonic_now() < deadline) {
        }
        clients.push_back(std::move(client));
    }
}

TEST_CASE("an unknown owner or group of a socket is refused by its name") {
    const Sandbox sandbox;
    config::UnixListener listener;
    listener.path = sandbox / "s.sock";
    listener.group = "no-such-group";
    CHECK(refusal(listener) == "unable to listen on unix:" + listener.path +
                                   ": unable to look up group no-such-group: there is no such group");
    listener.group.clear();
    listener.owner = "no-such-user";
    CHECK(refusal(listener) ==
          "unable to listen on unix:" + listener.path + ": unable to look up user no-such-user: there is no such user");
}

TEST_CASE("a reload keeps the sockets it wants again, with those who wait in them") {
    const Sandbox sandbox;
    const auto before = open_listeners({at(sandbox / "a"), at(sandbox / "b")}, {}, claim());
    REQUIRE(before);
    const Fd waiting = connect_to(sandbox / "b");
    const auto after = open_listeners({at(sandbox / "b"), at(sandbox / "c")}, *before, claim());
    REQUIRE(after);
    CHECK(after->at(0) == before->at(1));
    CHECK(connect_to(sandbox / "c").is_open());
    CHECK(Fd(::accept(after->at(0)->fd(), nullptr, nullptr)).is_open());
}

TEST_CASE("a listener is closed and its file removed with the last generation that has it") {
    const Sandbox sandbox;
    auto before = open_listeners({at(sandbox / "a")}, {}, claim());
    REQUIRE(before);
    auto after = open_listeners({at(sandbox / "a")}, *before, claim());
    REQUIRE(after);
    before->clear();
    CHECK(connect_to(sandbox / "a").is_open());
    after->clear();
    CHECK_FALSE(std::filesystem::exists(sandbox / "a"));
}

TEST_CASE("when one of the new sockets cannot be opened, the other new ones are gone again and the old ones stay") {
    const Sandbox sandbox;
    const auto before = open_listeners({at(sandbox / "a")}, {}, claim());
    REQUIRE(before);
    CHECK_FALSE(open_listeners({at(sandbox / "b"), at(sandbox / "no/c")}, *before, claim()));
    CHECK_FALSE(std::filesystem::exists(sandbox / "b"));
    CHECK(connect_to(sandbox / "a").is_open());
}

TEST_CASE("a socket file that somebody removed comes back with the next reload") {
    const Sandbox sandbox;
    const auto before = open_listeners({at(sandbox / "a")}, {}, claim());
    REQUIRE(before);
    REQUIRE(::unlink((sandbox / "a").c_str()) == 0);
    const auto after = open_listeners({at(sandbox / "a")}, *before, claim());
    REQUIRE(after);
    CHECK(connect_to(sandbox / "a").is_open());
}

TEST_CASE("a reload may not change the mode of a file that is not ours any more, but all the rest") {
    if (!is_root()) return;
    const Sandbox sandbox;
    REQUIRE(::chown(sandbox.path().c_str(), kSomebody, kSomebody) == 0);
    config::UnixListener listener;
    listener.path = sandbox / "a";
    const auto before = open_listeners({listener}, {}, claim());
    REQUIRE(before);
    const auto reload = [&] {
        return as_somebody([&] {
            const auto after = open_listeners({listener}, *before, claim());
            if (!after) return after.error().message;
            const auto failures = apply_changes({listener}, *after);
            return failures.empty() ? std::string("changed") : failures.front();
        });
    };
    CHECK(reload() == "changed");
    listener.backlog = 7;
    CHECK(reload() == "changed");
    listener.mode = 0666;
    CHECK(reload() == "unable to change unix:" + listener.path +
                          ": its mode changes, and the file belongs to uid 0: only a new start can do that");
    listener.mode = 0660;
    listener.group = "1";
    CHECK(reload() ==
          "unable to change unix:" + listener.path + ": its owner or group changes, which only a new start can do");
}

TEST_CASE("workers are told who may connect") {
    config::UnixListener listener;
    listener.path = "/run/s.sock";
    listener.any_peer = false;
    listener.allow_uids = {33, 0};
    const wire::ListenerSetup setup = setup_of(listener, 7);
    CHECK(setup.descriptor == 7);
    CHECK(setup.name == "unix:/run/s.sock");
    CHECK_FALSE(setup.any_uid);
    CHECK(setup.allowed_uids == std::vector<std::uint32_t>{33, 0});
}

TEST_CASE("an address has one name however it is written") {
    CHECK(name_of(tcp("::1", 9000)) == "tcp:[::1]:9000");
    CHECK(name_of(tcp("0:0:0:0:0:0:0:1", 9000)) == "tcp:[::1]:9000");
    CHECK(name_of(tcp("127.0.0.1", 9000)) == "tcp:127.0.0.1:9000");
    CHECK(name_of(at("/run/x")) == "unix:/run/x");
}

TEST_CASE("an adopted socket is known by the address it is bound to, waits for nobody, and keeps its file") {
    const Sandbox sandbox;
    {
        auto adopted = Listener::adopt(bind_at(sandbox / "s", true));
        REQUIRE(adopted);
        CHECK(adopted->name() == "unix:" + sandbox / "s");
        CHECK(adopted->is_unix());
        CHECK((::fcntl(adopted->fd(), F_GETFL) & O_NONBLOCK) != 0);
        config::UnixListener wanted;
        wanted.path = sandbox / "s";
        wanted.mode = 0600;
        wanted.owner = "root";
        CHECK(adopted->check_change(wanted));
        CHECK(adopted->change(wanted));
        adopted->remove_file();
    }
    CHECK(std::filesystem::exists(sandbox / "s"));
    auto own = Listener::open(tcp("127.0.0.1", 0), claim());
    const std::string name = "tcp:127.0.0.1:" + std::to_string(port_of(own->fd()));
    const auto tcp_adopted = Listener::adopt(Fd(::dup(own->fd())));
    REQUIRE(tcp_adopted);
    CHECK(tcp_adopted->name() == name);
    CHECK_FALSE(tcp_adopted->is_unix());
    sockaddr_in6 mapped{};
    mapped.sin6_family = AF_INET6;
    REQUIRE(::inet_pton(AF_INET6, "::ffff:127.0.0.1", &mapped.sin6_addr) == 1);
    Fd v6(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int both = 0;
    if (!v6.is_open() || ::setsockopt(v6.get(), IPPROTO_IPV6, IPV6_V6ONLY, &both, sizeof both) != 0) return;
    REQUIRE(::bind(v6.get(), reinterpret_cast<const sockaddr *>(&mapped), sizeof mapped) == 0);
    REQUIRE(::listen(v6.get(), 8) == 0);
    const std::string written = "tcp:127.0.0.1:" + std::to_string(port_of(v6.get()));
    CHECK(Listener::adopt(std::move(v6))->name() == written);
}

TEST_CASE("what is no listening stream socket is not adopted") {
    const Sandbox sandbox;
    const auto refusal_of = [](Fd fd) {
        const auto adopted = Listener::adopt(std::move(fd));
        return adopted ? std::string() : adopted.error().message;
    };
    const std::string why = ": it is not a listening stream socket";
    CHECK(refusal_of(bind_at(sandbox / "s", false)).find(why) != std::string::npos);
    CHECK(refusal_of(Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0))).find(why) != std::string::npos);
    CHECK(refusal_of(Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC))).find(why) != std::string::npos);
}

TEST_CASE("what a plugin does to a listening socket that it shares is put right, and said once") {
    const Sandbox sandbox;
    std::optional<Listener> listener;
    SUBCASE("unix") { listener.emplace(*Listener::open(at(sandbox / "s"), claim())); }
    SUBCASE("inherited") { listener.emplace(*Listener::adopt(bind_at(sandbox / "s", true))); }
    SUBCASE("tcp") { listener.emplace(*Listener::open(tcp("127.0.0.1", 0), claim())); }
    const int shared = listener->fd();
    const timeval for_ever{};
    CHECK_FALSE(listener->put_right());
    REQUIRE(::fcntl(shared, F_SETFL, 0) == 0);
    CHECK_MESSAGE(::accept4(shared, nullptr, nullptr, SOCK_CLOEXEC) < 0, "it comes back all the same");
    CHECK(errno == EAGAIN);
    CHECK(listener->put_right() == listener->name() + " was made to wait in accept");
    CHECK((::fcntl(shared, F_GETFL) & O_NONBLOCK) != 0);
    REQUIRE(::setsockopt(shared, SOL_SOCKET, SO_RCVTIMEO, &for_ever, sizeof for_ever) == 0);
    CHECK(listener->put_right() == listener->name() + " was made to wait in accept");
    timeval given{};
    socklen_t size = sizeof given;
    REQUIRE(::getsockopt(shared, SOL_SOCKET, SO_RCVTIMEO, &given, &size) == 0);
    CHECK(given.tv_usec > 0);
    CHECK_FALSE(listener->put_right());
}

TEST_CASE("a TCP socket that a plugin has shut listens again, and does not linger") {
    const std::uint16_t port =
        port_of(Listener::open(tcp("127.0.0.1", 0), claim())->fd());  // a port that was asked for
    auto listener = Listener::open(tcp("127.0.0.1", port), claim());
    REQUIRE(listener);
    const linger long_one{1, 600};
    REQUIRE(::setsockopt(listener->fd(), SOL_SOCKET, SO_LINGER, &long_one, sizeof long_one) == 0);
    REQUIRE(::shutdown(listener->fd(), SHUT_RDWR) == 0);
    CHECK_FALSE(connect_tcp(AF_INET, port).is_open());
    CHECK(listener->put_right() == listener->name() + " was made to linger (SO_LINGER), was shut down");
    CHECK(connect_tcp(AF_INET, port).is_open());
    CHECK(listener->is_reachable());
    CHECK_FALSE(listener->put_right());
}

TEST_CASE("a Unix socket that a plugin has shut is told of once, and is bound anew by whoever wants its address") {
    const Sandbox sandbox;
    auto listener = Listener::open(at(sandbox / "s"), claim());
    REQUIRE(listener);
    REQUIRE(::shutdown(listener->fd(), SHUT_RD) == 0);
    CHECK(listener->put_right() == listener->name() + " was shut down");
    CHECK_FALSE(listener->put_right());
    CHECK_FALSE(listener->is_reachable());
    CHECK_FALSE(listener->has_waiting());
    Listeners before{std::make_shared<Listener>(std::move(*listener))};
    const auto after = open_listeners({at(sandbox / "s")}, before, claim());
    REQUIRE(after);
    CHECK(after->front() != before.front());
    CHECK(after->front()->is_reachable());
    before.clear();
    CHECK_MESSAGE(std::filesystem::exists(sandbox / "s"), "the file is the new one's");
}

TEST_CASE("a backlog that a plugin has made small is as it was after the next look") {
    auto listener = Listener::open(tcp("127.0.0.1", 0), claim());
    REQUIRE(listener);
    const auto backlog = [&] {
        tcp_info info{};
        socklen_t size = sizeof info;
        REQUIRE(::getsockopt(listener->fd(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0);
        return info.tcpi_sacked;  // of a listening socket
    };
    const auto made = backlog();
    REQUIRE(::listen(listener->fd(), 1) == 0);
    REQUIRE(backlog() == 1);
    CHECK_FALSE(listener->put_right());
    CHECK(backlog() == made);
}
