#include "manager/host/lock_file.hpp"

#include "unit/manager/sandbox.hpp"

using namespace hbnb;
using namespace hbnb::manager;
using namespace hbnb::test;

TEST_CASE("a second container is refused and told the first one's pid") {
    const Sandbox sandbox;
    const auto first = LockFile::take(sandbox / "l", ::geteuid());
    REQUIRE(first);
    CHECK_FALSE(first->dead_predecessor());
    const auto second = LockFile::take(sandbox / "l", ::geteuid());
    REQUIRE_FALSE(second);
    CHECK(second.error().message == "unable to start: already running, pid " + std::to_string(::getpid()) +
                                        " (it holds " + (sandbox / "l") + ")");
}

TEST_CASE("a lock is free again when its owner has gone, and its file with it") {
    const Sandbox sandbox;
    { REQUIRE(LockFile::take(sandbox / "l", ::geteuid())); }
    CHECK_FALSE(std::filesystem::exists(sandbox / "l"));
    CHECK(LockFile::take(sandbox / "l", ::geteuid()));
}

TEST_CASE("the lock of a manager that was killed names it") {
    const Sandbox sandbox;
    sandbox.write("l", "4711\n");
    const auto lock = LockFile::take(sandbox / "l", ::geteuid());
    REQUIRE(lock);
    CHECK(lock->dead_predecessor() == 4711);
    CHECK(read_file(sandbox / "l") == std::to_string(::getpid()) + "\n");
}

TEST_CASE("a lock file is given to the container's user, so that it can start alone next time") {
    if (!is_root()) return;
    const Sandbox sandbox;
    const auto lock = LockFile::take(sandbox / "l", kSomebody);
    REQUIRE(lock);
    struct stat status {};
    REQUIRE(::stat((sandbox / "l").c_str(), &status) == 0);
    CHECK(status.st_uid == kSomebody);
}

TEST_CASE("a lock file is never made through a symbolic link") {
    const Sandbox sandbox;
    sandbox.write("target", "precious");
    REQUIRE(::symlink("target", (sandbox / "l").c_str()) == 0);
    CHECK_FALSE(LockFile::take(sandbox / "l", ::geteuid()));
    CHECK(read_file(sandbox / "target") == "precious");
}
