// Listening sockets that somebody else has opened: systemd's socket activation.
#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "support/container.hpp"
#include "support/fastcgi_client.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

template <class Address>
Fd bound(int type, const Address &address) {
    Fd fd(::socket(reinterpret_cast<const sockaddr *>(&address)->sa_family, type | SOCK_CLOEXEC, 0));
    REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0);
    return fd;
}

Fd unix_at(const std::string &path, int type = SOCK_STREAM) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    return bound(type, address);
}

Fd listening(Fd fd) {
    REQUIRE(::listen(fd.get(), 64) == 0);
    return fd;
}

struct Tcp {
    Fd fd;
    std::uint16_t port = 0;
};

Tcp loopback() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    Fd fd = listening(bound(SOCK_STREAM, address));
    socklen_t size = sizeof address;
    REQUIRE(::getsockname(fd.get(), reinterpret_cast<sockaddr *>(&address), &size) == 0);
    return {std::move(fd), ntohs(address.sin_port)};
}

// On every address of this machine; closed, with a line that says so, where there is no IPv6.
Tcp everywhere(bool dual_stack) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    Fd fd(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int v6_only = dual_stack ? 0 : 1;
    socklen_t size = sizeof address;
    if (!fd.is_open() || ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only) != 0 ||
        ::bind(fd.get(), reinterpret_cast<const sockaddr *>(&address), size) != 0) {
        MESSAGE("skipped: there is no IPv6 here: " << std::strerror(errno));
        return {};
    }
    fd = listening(std::move(fd));
    REQUIRE(::getsockname(fd.get(), reinterpret_cast<sockaddr *>(&address), &size) == 0);
    return {std::move(fd), ntohs(address.sin6_port)};
}

std::string everywhere_yaml(const Tcp &socket, const std::string &more) {
    return "tcp: \"[::]:" + std::to_string(socket.port) + "\", allow_remote: true, " + more;
}

struct stat look(const std::string &path) {
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status;
}

ContainerSettings on(std::vector<std::string> listen, std::vector<int> descriptors) {
    ContainerSettings settings{.min = 2, .max = 2};
    settings.listen = std::move(listen);
    settings.around.descriptors = std::move(descriptors);
    return settings;
}

int ask(const Endpoint &to) {
    FastcgiConnection client(to);
    const auto answer = client.ask(fastcgi_get("/demo/hello", false));
    return answer ? answer->http_status() : 0;
}

// Starts a container on these descriptors to its end.
Outcome start(const TempDir &dir, const ContainerSettings &settings) {
    write_file(dir / "hbnb.yaml", container_yaml(dir.path(), settings));
    Process process(activated({container_program(), "--config", dir / "hbnb.yaml"}, settings.around), dir / "output",
                    settings.around);
    const auto exit = process.wait();
    return {exit ? exit->code : -1, read_file(dir / "output")};
}

}  // namespace

TEST_CASE("an inherited socket is served, and its file is left as it is: mode, inode, and after the stop") {
    const TempDir dir;
    const std::string path = dir / "hbnb.sock";
    const Fd unix_socket_of_ours = listening(unix_at(path));
    REQUIRE(::chmod(path.c_str(), 0604) == 0);
    const auto tcp_socket = loopback();
    const std::string tcp_name = "127.0.0.1:" + std::to_string(tcp_socket.port);
    Container container(on({"unix: " + path + ", mode: \"0660\", backlog: 5", "tcp: \"" + tcp_name + "\""},
                           {unix_socket_of_ours.get(), tcp_socket.fd.get()}));
    CHECK(container.pool().listeners == std::vector<std::string>{"unix:" + path, "tcp:" + tcp_name});
    const auto before = look(path);
    const auto is_served = [&] {
        CHECK(ask(unix_socket(path)) == 200);
        CHECK(ask(tcp(tcp_socket.port)) == 200);
        CHECK(look(path).st_ino == before.st_ino);
        CHECK((look(path).st_mode & 0777) == 0604);
    };
    is_served();
    REQUIRE(container.reload());
    is_served();
    container.finish();
    CHECK(look(path).st_ino == before.st_ino);
    CHECK(FastcgiConnection(path).send("x"));  // whoever comes now waits for the next start
}

TEST_CASE("on a socket that takes IPv4 and IPv6 a peer is known by the address it has, and nobody else is let in") {
    const auto socket = everywhere(true);
    if (!socket.fd.is_open()) return;
    std::string allow;
    bool v4 = false;
    SUBCASE("an IPv4 peer") {
        allow = "allow: [127.0.0.1]";
        v4 = true;
    }
    SUBCASE("an IPv4 peer as IPv6 writes it") {
        allow = "allow: [\"::ffff:127.0.0.1\"]";
        v4 = true;
    }
    SUBCASE("an IPv6 peer") { allow = "allow: [\"::1\"]"; }
    Container container(on({everywhere_yaml(socket, "dual_stack: true, " + allow)}, {socket.fd.get()}));
    container.expect_in_log("is not allowed");
    CHECK(ask(tcp(socket.port)) == (v4 ? 200 : 0));
    CHECK(ask(tcp6(socket.port)) == (v4 ? 0 : 200));
    const std::string refused = v4 ? "refused: peer ::1 is not allowed" : "refused: peer 127.0.0.1 is not allowed";
    CHECK(eventually([&] { return container.error_log().find(refused) != std::string::npos; }));
}

TEST_CASE("an inherited socket of every address that takes IPv4 too, or does not, against dual_stack is refused") {
    const TempDir dir;
    const auto socket = everywhere(true);
    if (!socket.fd.is_open()) return;
    const Outcome outcome = start(dir, on({everywhere_yaml(socket, "allow: [\"::1\"]")}, {socket.fd.get()}));
    CHECK(outcome.exit_code == 1);
    CHECK_MESSAGE(outcome.output.find("unable to use the inherited socket tcp:[::]:" + std::to_string(socket.port) +
                                      ": it takes IPv4 too, and dual_stack is false; set dual_stack: true, or have it "
                                      "made otherwise (for systemd: BindIPv6Only=ipv6-only)") != std::string::npos,
                  outcome.output);
    const auto v6_only = everywhere(false);
    Container container(on({everywhere_yaml(v6_only, "allow: [\"::1\"]")}, {v6_only.fd.get()}));
    CHECK(ask(tcp6(v6_only.port)) == 200);
    CHECK_FALSE(Stream::connect(tcp(v6_only.port)));
}

TEST_CASE("who comes between a stop and the next start waits in an inherited socket and is served") {
    const TempDir dir;
    const Fd socket = listening(unix_at(dir / "s"));
    const auto settings = on({"unix: " + dir / "s"}, {socket.get()});
    { const Container first(settings); }
    FastcgiConnection waits(dir / "s");
    REQUIRE(waits.send(fcgi::encode_request(fastcgi_get("/demo/hello", false))));
    const Container second(settings);
    const auto answer = waits.receive();
    CHECK((answer && answer->http_status() == 200));
}

TEST_CASE("an inherited socket that a reload drops is kept for the reload that asks for it again") {
    const TempDir dir;
    const Fd first = listening(unix_at(dir / "a")), second = listening(unix_at(dir / "b"));
    auto settings = on({"unix: " + dir / "a"}, {first.get(), second.get()});
    Container container(settings);
    container.expect_in_log("is asked for by no pool");
    const std::string warning = "the inherited socket unix:" + dir / "b" + " is asked for by no pool";
    CHECK(logs(container, warning));
    settings.listen = {"unix: " + dir / "b"};
    container.rewrite_yaml(settings);
    REQUIRE(container.reload());
    CHECK(ask(unix_socket(dir / "b")) == 200);
    settings.listen = {"unix: " + dir / "a"};
    container.rewrite_yaml(settings);
    REQUIRE(container.reload());
    CHECK(ask(unix_socket(dir / "a")) == 200);
    CHECK(std::filesystem::exists(dir / "b"));
}

TEST_CASE("an inherited socket whose file somebody removes is not bound anew: it is its maker's") {
    const TempDir dir;
    const Fd socket = listening(unix_at(dir / "inherited"));
    Container container(on({"unix: " + dir / "inherited", "unix: " + dir / "own"}, {socket.get()}));
    container.expect_in_log("has lost its file");
    REQUIRE(std::filesystem::remove(dir / "inherited"));
    REQUIRE(std::filesystem::remove(dir / "own"));
    REQUIRE(eventually([&] { return std::filesystem::exists(dir / "own"); }));  // so it has looked after them
    CHECK_FALSE(std::filesystem::exists(dir / "inherited"));
}

TEST_CASE("sockets that were meant for another process are left alone") {
    const TempDir dir;
    const Fd socket = listening(unix_at(dir / "other"));
    auto settings = on({}, {socket.get()});
    settings.around.environment = {};
    write_file(dir / "hbnb.yaml", container_yaml(dir.path(), settings));
    Process process({container_program(), "--config", dir / "hbnb.yaml", "--pid-file", dir / "pid"}, dir / "output",
                    {{"LISTEN_FDS=1", "LISTEN_PID=1"}, {socket.get()}});
    REQUIRE(eventually([&] { return !read_file(dir / "pid").empty(); }));
    CHECK(ask(unix_socket(dir / "hbnb.sock")) == 200);
    CHECK(read_file(dir / "error.log").find("inherited") == std::string::npos);
    process.signal(SIGTERM);
    CHECK(process.wait() == Exit{0, 0});
}

TEST_CASE("what is no listening stream socket is refused by its number") {
    const TempDir dir;
    const auto is_refused = [&](const Fd &descriptor) {
        const Outcome outcome = start(dir, on({}, {descriptor.get()}));
        CHECK(outcome.exit_code == 1);
        CHECK_MESSAGE(outcome.output.find("unable to use the inherited descriptor 3: it is not a listening stream "
                                          "socket") != std::string::npos,
                      outcome.output);
    };
    SUBCASE("a datagram socket") { is_refused(unix_at(dir / "s", SOCK_DGRAM)); }
    SUBCASE("one that does not listen") { is_refused(unix_at(dir / "s")); }
    SUBCASE("a file") { is_refused(Fd(::open("/dev/null", O_RDWR | O_CLOEXEC))); }
    CHECK_FALSE(std::filesystem::exists(dir / "hbnb.sock"));
}

TEST_CASE("more inherited sockets than there are is a sentence") {
    const TempDir dir;
    write_file(dir / "hbnb.yaml", container_yaml(dir.path(), {}));
    const Outcome outcome = run({"/bin/sh", "-c", "LISTEN_FDS=2 LISTEN_PID=$$ exec \"$0\" \"$@\"", container_program(),
                                 "--config", dir / "hbnb.yaml"});
    CHECK(outcome.exit_code == 1);
    CHECK_MESSAGE(outcome.output.find("unable to take the inherited sockets (LISTEN_FDS=2): Bad file descriptor") !=
                      std::string::npos,
                  outcome.output);
}
