// The socket file: replaced where nobody serves it, never taken from a living process.
#include <doctest/doctest.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <string>

#include "support/container.hpp"
#include "support/fastcgi_client.hpp"
#include "support/invariants.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

// Starts a second container on the same files as `yaml` names, to its end.
Outcome start(const std::string &yaml) {
    return run({container_program(), "--config", yaml}, std::chrono::seconds(60));
}

std::string yaml_in(const TempDir &dir) {
    write_file(dir / "hbnb.yaml", container_yaml(dir.path(), {}));
    return dir / "hbnb.yaml";
}

Fd bound_socket(const std::string &path) {
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0);
    return fd;
}

}  // namespace

TEST_CASE("a second container with the same configuration says who runs, and the first goes on") {
    Container first;
    const auto before = inode_of(first.socket());
    const Outcome second = start(first.yaml());
    CHECK(second.exit_code == 1);
    CHECK_MESSAGE(second.output.find("already running, pid " + std::to_string(first.pid())) != std::string::npos,
                  second.output);
    CHECK(inode_of(first.socket()) == before);
    FastcgiConnection client(first.socket());
    CHECK(client.ask(fastcgi_get("/demo/hello", false))->http_status() == 200);
}

TEST_CASE("a socket that another living process serves is never taken") {
    const TempDir dir;
    const Fd living = bound_socket(dir / "hbnb.sock");
    REQUIRE(::listen(living.get(), 5) == 0);
    const auto before = inode_of(dir / "hbnb.sock");
    const Outcome outcome = start(yaml_in(dir));
    CHECK(outcome.exit_code == 1);
    CHECK_MESSAGE(outcome.output.find("unable to listen on unix:" + dir / "hbnb.sock" +
                                      ": already served by a living process") != std::string::npos,
                  outcome.output);
    CHECK(inode_of(dir / "hbnb.sock") == before);
}

TEST_CASE("a socket file that nobody serves any more is replaced") {
    ContainerSettings settings;
    const TempDir dir;
    { const Fd dead = bound_socket(dir / "hbnb.sock"); }
    REQUIRE(std::filesystem::exists(dir / "hbnb.sock"));
    Process container({container_program(), "--config", yaml_in(dir), "--pid-file", dir / "pid"}, dir / "output");
    CHECK(eventually([&] { return !read_file(dir / "pid").empty(); }));
    FastcgiConnection client(dir / "hbnb.sock");
    CHECK(client.ask(fastcgi_get("/demo/hello", false))->http_status() == 200);
    container.signal(SIGTERM);
    CHECK(container.wait() == Exit{0, 0});
}

TEST_CASE("a directory or a plain file where the socket should be stays as it is") {
    const TempDir dir;
    std::string what;
    SUBCASE("a directory") {
        std::filesystem::create_directory(dir / "hbnb.sock");
        what = "a directory is in its place";
    }
    SUBCASE("a file") {
        write_file(dir / "hbnb.sock", "precious");
        what = "a file that is not a socket is in its place";
    }
    const Outcome outcome = start(yaml_in(dir));
    CHECK(outcome.exit_code == 1);
    CHECK_MESSAGE(
        outcome.output.find("unable to listen on unix:" + dir / "hbnb.sock" + ": " + what) != std::string::npos,
        outcome.output);
    CHECK((std::filesystem::is_directory(dir / "hbnb.sock") || read_file(dir / "hbnb.sock") == "precious"));
}

TEST_CASE("a socket file that is removed comes back by itself, and who waits in the old queue is served") {
    Container container({.min = 1, .max = 1});
    container.expect_in_log("lost its file");
    Invariants before(container);
    before.socket_may_be_new();
    FastcgiConnection slow(container.socket());
    REQUIRE(slow.send(fcgi::encode_request(fastcgi_get("/demo/sleep?ms=3000", false))));
    REQUIRE(eventually([&] { return container.pool().busy == 1; }));
    FastcgiConnection queued(container.socket());
    REQUIRE(queued.send(fcgi::encode_request(fastcgi_get("/demo/hello", false))));
    const auto lost = inode_of(container.socket());
    REQUIRE(std::filesystem::remove(container.socket()));
    REQUIRE(eventually([&] { return inode_of(container.socket()) != 0; }));
    CHECK(inode_of(container.socket()) != lost);
    FastcgiConnection next(container.socket());
    CHECK(next.ask(fastcgi_get("/demo/hello", false))->http_status() == 200);
    for (FastcgiConnection *one : {&queued, &slow}) {
        const auto answer = one->receive();
        CHECK((answer && answer->http_status() == 200));
    }
    CHECK(container.status().last_reload.result == "none");
    before.hold();
}

TEST_CASE("a socket file that is removed again and again leaves no descriptor behind, and bounds set by hand stay") {
    Container container({.min = 1, .max = 2});
    container.expect_in_log("lost its file");
    container.signal(SIGTTIN);
    REQUIRE(eventually([&] { return container.pool().overridden; }));
    const auto bind_anew = [&] {
        const auto generation = container.pool().generation;
        REQUIRE(std::filesystem::remove(container.socket()));
        REQUIRE(eventually([&] {
            const auto pool = container.pool();
            return pool.generation > generation && pool.serving == 2 && pool.draining + pool.ending == 0;
        }));
    };
    bind_anew();
    const auto before = count_descriptors(container.pid());
    for (int i = 0; i < 3; ++i) bind_anew();
    CHECK(eventually([&] { return count_descriptors(container.pid()) <= before; }));
    CHECK(container.pool().overridden);
    CHECK(container.pool().min == 2);
}

TEST_CASE("a socket file that another living process has put its own in the place of is left to it") {
    Container container({.min = 1, .max = 1});
    container.expect_in_log("already served by a living process");
    REQUIRE(std::filesystem::remove(container.socket()));
    const Fd other = bound_socket(container.socket());
    REQUIRE(::listen(other.get(), 5) == 0);
    REQUIRE(eventually([&] { return container.error_log().find("already served") != std::string::npos; }));
    REQUIRE(std::filesystem::remove(container.socket()));
    container.expect_in_log("lost its file");
    REQUIRE(eventually([&] { return inode_of(container.socket()) != 0; }));
    CHECK(FastcgiConnection(container.socket()).ask(fastcgi_get("/demo/hello", false))->http_status() == 200);
}

TEST_CASE("the socket file has the mode that was asked for") {
    Container container;
    struct stat status {};
    REQUIRE(::stat(container.socket().c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0660);
    REQUIRE(::stat((container.dir() / "control.sock").c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
}
