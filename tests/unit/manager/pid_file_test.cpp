#include "manager/host/pid_file.hpp"

#include <fcntl.h>

#include <filesystem>

#include "unit/manager/sandbox.hpp"

using namespace hbnb;
using namespace hbnb::manager;
using namespace hbnb::test;

namespace {

std::string our_line() { return std::to_string(::getpid()) + "\n"; }

struct stat look_at(const std::string &path) {
    struct stat status {};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    return status;
}

// Refused by a start and by --check, with one sentence; what is there stays.
void check_refused(const std::string &path, const std::string &reason) {
    const auto before = look_at(path);
    const std::string sentence = "unable to write pid file " + path + ": " + reason;
    const auto file = PidFile::prepare(path);
    REQUIRE_FALSE(file);
    CHECK(file.error().message == sentence);
    const auto looked = PidFile::look(path);
    REQUIRE_FALSE(looked);
    CHECK(looked.error().message == sentence);
    CHECK(look_at(path).st_ino == before.st_ino);
}

}  // namespace

TEST_CASE("the pid file has the pid when everything is up and goes at the end") {
    const Sandbox sandbox;
    {
        auto file = PidFile::prepare(sandbox / "pid");
        REQUIRE(file);
        CHECK(read_file(sandbox / "pid").empty());
        REQUIRE(file->publish());
        CHECK(read_file(sandbox / "pid") == our_line());
    }
    CHECK(std::filesystem::is_empty(sandbox.path()));
}

TEST_CASE("the pid file of a container that runs is no other one's") {
    const Sandbox sandbox;
    const std::string path = sandbox / "pid";
    {
        auto first = PidFile::prepare(path);
        REQUIRE(first);
        REQUIRE(first->publish());
        const auto second = PidFile::prepare(path);
        REQUIRE_FALSE(second);
        CHECK(second.error().message ==
              "unable to write pid file " + path + ": another container that runs has it; name another file");
        CHECK(std::filesystem::exists(path));
    }
    CHECK(PidFile::prepare(path));
}

TEST_CASE("a start that fails leaves another's pid file and nothing of its own") {
    const Sandbox sandbox;
    sandbox.write("pid", "1\n");
    { REQUIRE(PidFile::prepare(sandbox / "pid")); }
    CHECK(read_file(sandbox / "pid") == "1\n");
    { REQUIRE(PidFile::prepare(sandbox / "other")); }
    CHECK_FALSE(std::filesystem::exists(sandbox / "other"));
}

TEST_CASE("a pid file of a killed container is written anew, however long its text was") {
    const Sandbox sandbox;
    sandbox.write("pid", std::string(40, '7') + "\n", 0666);
    auto file = PidFile::prepare(sandbox / "pid");
    REQUIRE(file);
    REQUIRE(file->publish());
    CHECK(read_file(sandbox / "pid") == our_line());
    CHECK((look_at(sandbox / "pid").st_mode & 07777U) == 0644);
}

TEST_CASE("a pid file that another container has taken over stays with it") {
    const Sandbox sandbox;
    {
        auto file = PidFile::prepare(sandbox / "pid");
        REQUIRE(file);
        REQUIRE(file->publish());
        SUBCASE("written") { sandbox.write("pid", "1\n"); }
        SUBCASE("replaced") {
            sandbox.write("new", "1\n");
            REQUIRE(::rename((sandbox / "new").c_str(), (sandbox / "pid").c_str()) == 0);
        }
    }
    CHECK(read_file(sandbox / "pid") == "1\n");
}

TEST_CASE("a pid file that is removed while the container starts is missed with a sentence") {
    const Sandbox sandbox;
    auto file = PidFile::prepare(sandbox / "pid");
    REQUIRE(file);
    ::unlink((sandbox / "pid").c_str());
    const auto published = file->publish();
    REQUIRE_FALSE(published);
    CHECK(published.error().message ==
          "unable to write pid file " + (sandbox / "pid") + ": it was removed or replaced while the container started");
}

TEST_CASE("a pid file that cannot be written is refused before anything starts") {
    const Sandbox sandbox;
    const auto file = PidFile::prepare(sandbox / "no/pid");
    REQUIRE_FALSE(file);
    CHECK(file.error().message == "unable to write pid file " + (sandbox / "no/pid") + ": No such file or directory");
}

TEST_CASE("what is no regular file is no pid file, and is not waited for") {
    const Sandbox sandbox;
    const std::string path = sandbox / "pid";
    SUBCASE("a named pipe") { REQUIRE(::mkfifo(path.c_str(), 0666) == 0); }
    SUBCASE("a directory") { std::filesystem::create_directory(path); }
    SUBCASE("a socket") { bind_at(path, false); }
    SUBCASE("a symbolic link") { REQUIRE(::symlink("target", path.c_str()) == 0); }
    check_refused(path, "it is not a regular file");
    CHECK_FALSE(std::filesystem::exists(sandbox / "target"));
}

TEST_CASE("a pid file that has a second name is refused: the other one may be anybody's") {
    const Sandbox sandbox;
    sandbox.write("precious", "text");
    REQUIRE(::link((sandbox / "precious").c_str(), (sandbox / "pid").c_str()) == 0);
    check_refused(sandbox / "pid", "it has another name, too");
    CHECK(read_file(sandbox / "precious") == "text");
}

TEST_CASE("a pid file that another user could write is made anew where root starts") {
    if (!is_root()) return;
    const Sandbox sandbox;
    sandbox.write("pid", "1\n");
    REQUIRE(::chown((sandbox / "pid").c_str(), kSomebody, kSomebody) == 0);
    const Fd writer(::open((sandbox / "pid").c_str(), O_RDWR | O_CLOEXEC));
    auto file = PidFile::prepare(sandbox / "pid");
    REQUIRE(file);
    REQUIRE(file->publish());
    CHECK(::ftruncate(writer.get(), 0) == 0);
    CHECK(read_file(sandbox / "pid") == our_line());
    CHECK(look_at(sandbox / "pid").st_uid == 0);
}

TEST_CASE("a pid file of root's is written, and emptied at the end, by the user that it became") {
    if (!is_root()) return;
    const Sandbox sandbox;
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        bool published = false;
        {
            auto file = PidFile::prepare(sandbox / "pid");
            if (!file || ::setresuid(kSomebody, kSomebody, kSomebody) != 0) ::_exit(1);
            published = file->publish().has_value() && read_file(sandbox / "pid") == our_line();
        }
        ::_exit(published ? 0 : 2);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(read_file(sandbox / "pid").empty());
    CHECK(look_at(sandbox / "pid").st_uid == 0);
}
