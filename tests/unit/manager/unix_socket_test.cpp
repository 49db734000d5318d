#include "manager/sockets/unix_socket.hpp"

#include <fcntl.h>

#include <csignal>
#include <optional>

#include "unit/manager/sandbox.hpp"

using namespace hbnb;
using namespace hbnb::manager;
using namespace hbnb::test;

namespace {

UnixSocketPlan plan_at(const std::string &path) {
    UnixSocketPlan plan;
    plan.path = path;
    plan.claim.service_user = ::geteuid();
    return plan;
}

std::string refusal(const UnixSocketPlan &plan) {
    const auto opened = UnixSocket::open(plan);
    return opened ? "" : opened.error().message;
}

struct stat look_at(const std::string &path) {
    struct stat status {};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    return status;
}

}  // namespace

TEST_CASE("a socket listens under its path with the mode asked for, whatever the umask is") {
    const Sandbox sandbox;
    const mode_t before = ::umask(0177);
    UnixSocketPlan plan = plan_at(sandbox / "s.sock");
    plan.mode = 0660;
    const auto socket = UnixSocket::open(plan);
    ::umask(before);
    REQUIRE(socket);
    CHECK((look_at(plan.path).st_mode & 07777) == 0660);
    CHECK(connect_to(plan.path).is_open());
    CHECK((::fcntl(socket->fd(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(std::distance(std::filesystem::directory_iterator(sandbox.path()), {}) == 1);  // no temporary name is left
}

TEST_CASE("a socket is given to its owner and group") {
    if (!is_root()) return;
    const Sandbox sandbox;
    UnixSocketPlan plan = plan_at(sandbox / "s.sock");
    plan.owner = kSomebody;
    plan.group = 1;
    const auto socket = UnixSocket::open(plan);
    REQUIRE(socket);
    CHECK(look_at(plan.path).st_uid == kSomebody);
    CHECK(look_at(plan.path).st_gid == 1);
}

TEST_CASE("a group we may not give a socket to is refused, and nothing is left") {
    if (!is_root()) return;
    const Sandbox sandbox;
    REQUIRE(::chown(sandbox.path().c_str(), kSomebody, kSomebody) == 0);
    UnixSocketPlan plan = plan_at(sandbox / "s.sock");
    plan.group = 1;
    CHECK(as_somebody([&] { return refusal(plan); }) ==
          "unable to give unix:" + plan.path + " to its owner and group: Operation not permitted");
    CHECK(std::filesystem::is_empty(sandbox.path()));
}

TEST_CASE("a stale socket is replaced") {
    const Sandbox sandbox;
    const std::string path = sandbox / "s.sock";
    bind_at(path, true).reset();
    const auto socket = UnixSocket::open(plan_at(path));
    REQUIRE(socket);
    CHECK(connect_to(path).is_open());
}

TEST_CASE("a socket that a living process serves is never stolen") {
    const Sandbox sandbox;
    const std::string path = sandbox / "s.sock";
    const Fd living = bind_at(path, true);
    const ino_t inode = look_at(path).st_ino;
    CHECK(refusal(plan_at(path)) == "unable to listen on unix:" + path + ": already served by a living process (pid " +
                                        std::to_string(::getpid()) + ")");
    CHECK(look_at(path).st_ino == inode);
}

TEST_CASE("a socket whose queue is full is served by somebody living") {
    const Sandbox sandbox;
    const std::string path = sandbox / "s.sock";
    const Fd living = bind_at(path, true);
    REQUIRE(::listen(living.get(), 0) == 0);
    const Fd first = connect_to(path);
    REQUIRE_FALSE(connect_to(path).is_open());
    CHECK(refusal(plan_at(path)) == "unable to listen on unix:" + path + ": already served by a living process");
}

TEST_CASE("what the orphans of a killed manager still hold is taken over by its successor only") {
    const Sandbox sandbox;
    const std::string path = sandbox / "s.sock";
    std::array<int, 2> orphans_life{};
    REQUIRE(::pipe(orphans_life.data()) == 0);
    const pid_t manager = ::fork();  // binds, leaves a child that holds the socket, and dies
    REQUIRE(manager >= 0);
    if (manager == 0) {
        ::close(orphans_life[1]);
        const sockaddr_un address = unix_address(path);
        const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
        if (::bind(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0 || ::listen(fd, 8) != 0)
            ::_exit(1);
        if (::fork() == 0) {
            char end = 0;
            ::_exit(static_cast<int>(::read(orphans_life[0], &end, 1)));
        }
        ::_exit(0);
    }
    int status = -1;
    REQUIRE(::waitpid(manager, &status, 0) == manager);
    REQUIRE(status == 0);

    UnixSocketPlan plan = plan_at(path);
    CHECK(refusal(plan) == "unable to listen on unix:" + path + ": already served by a living process (pid " +
                               std::to_string(manager) + ", whose children still hold it)");
    plan.claim.dead_predecessor = manager;
    CHECK(refusal(plan).empty());
    ::close(orphans_life[0]);
    ::close(orphans_life[1]);
}

TEST_CASE("a directory in the place of a socket is refused and stays") {
    const Sandbox sandbox;
    const std::string path = sandbox / "s.sock";
    REQUIRE(::mkdir(path.c_str(), 0755) == 0);
    CHECK(refusal(plan_at(path)) == "unable to listen on unix:" + path + ": a directory is in its place");
    CHECK(S_ISDIR(look_at(path).st_mode));
}

TEST_CASE("a plain file in the place of a socket is refused and stays") {
    const Sandbox sandbox;
    const std::string path = sandbox.write("s.sock", "precious");
    CHECK(refusal(plan_at(path)) ==
          "unable to listen on unix:" + path + ": a file that is not a socket is in its place");
    CHECK(read_file(path) == "precious");
}

TEST_CASE("a symbolic link in the place of a socket is refused, even one to a stale socket") {
    const Sandbox sandbox;
    bind_at(sandbox / "other.sock", true).reset();
    const std::string path = sandbox / "s.sock";
    REQUIRE(::symlink("other.sock", path.c_str()) == 0);
    CHECK(refusal(plan_at(path)) ==
          "unable to listen on unix:" + path + ": a file that is not a socket is in its place");
}

TEST_CASE("a stale socket of a foreign user is refused, one of the container's user is replaced") {
    if (!is_root()) return;
    const Sandbox sandbox;
    const std::string path = sandbox / "s.sock";
    bind_at(path, true).reset();
    REQUIRE(::lchown(path.c_str(), 1234, 1234) == 0);
    UnixSocketPlan plan = plan_at(path);
    CHECK(refusal(plan) == "unable to listen on unix:" + path + ": a socket of uid 1234 is in its place");
    plan.claim.service_user = 1234;
    CHECK(refusal(plan).empty());
}

TEST_CASE("the longest path that a socket address holds works, one byte more is refused") {
    const Sandbox sandbox;
    const std::string longest = sandbox / std::string(kSocketPathMax - sandbox.path().size() - 1, 'x');
    CHECK(refusal(plan_at(longest)).empty());
    CHECK(refusal(plan_at(longest + "x")) ==
          "unable to listen on unix:" + longest + "x: the path is too long: 108 bytes, at most 107");
}

TEST_CASE("a missing directory and a relative path are refused") {
    const Sandbox sandbox;
    CHECK(refusal(plan_at(sandbox / "no/s.sock")) ==
          "unable to listen on unix:" + (sandbox / "no/s.sock") + ": No such file or directory");
    CHECK(refusal(plan_at("s.sock")) == "unable to listen on unix:s.sock: the path is not absolute");
}

TEST_CASE("a directory that is not ours to write is refused") {
    if (!is_root()) return;
    const Sandbox sandbox;
    const UnixSocketPlan plan = plan_at(sandbox / "s.sock");
    CHECK(as_somebody([&] { return refusal(plan); }) ==
          "unable to listen on unix:" + plan.path + ": Permission denied");
}

TEST_CASE("the file goes with the socket, but never one that somebody else has put there") {
    const Sandbox sandbox;
    const std::string path = sandbox / "s.sock";
    {
        auto socket = UnixSocket::open(plan_at(path));
        REQUIRE(socket);
        const UnixSocket moved = std::move(*socket);
        CHECK(connect_to(path).is_open());
    }
    CHECK_FALSE(std::filesystem::exists(path));
    {
        const auto socket = UnixSocket::open(plan_at(path));
        REQUIRE(socket);
        REQUIRE(::unlink(path.c_str()) == 0);
        sandbox.write("s.sock", "another's");
    }
    CHECK(read_file(path) == "another's");
}

TEST_CASE("mode and backlog change in place, and those who wait go on waiting") {
    const Sandbox sandbox;
    UnixSocketPlan plan = plan_at(sandbox / "s.sock");
    plan.backlog = 0;
    auto socket = UnixSocket::open(plan);
    REQUIRE(socket);
    const Fd first = connect_to(plan.path);
    REQUIRE_FALSE(connect_to(plan.path).is_open());
    const ino_t inode = look_at(plan.path).st_ino;
    plan.backlog = 8;
    plan.mode = 0666;
    REQUIRE(socket->change(plan));
    CHECK(connect_to(plan.path).is_open());
    CHECK(look_at(plan.path).st_ino == inode);
    CHECK((look_at(plan.path).st_mode & 07777) == 0666);
    CHECK(Fd(::accept(socket->fd(), nullptr, nullptr)).is_open());
}

TEST_CASE("what a manager left under the temporary name does not stop the next one") {
    const Sandbox sandbox;
    bind_at(sandbox / "s.sock.new", false).reset();
    CHECK(refusal(plan_at(sandbox / "s.sock")).empty());
}
