// ./quickstart where files in DIR are lost, name another process, or are none: what runs is found, and nothing hangs.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "support/eventually.hpp"
#include "support/process.hpp"
#include "support/quickstart.hpp"

using namespace hbnb::test;

namespace {

bool says(const Outcome &outcome, const std::string &words) {
    CAPTURE(outcome.output);
    const bool said = outcome.output.find(words) != std::string::npos;
    CHECK_MESSAGE(said, words);
    return said;
}

// By itself, so that nothing is left running where --stop does not find it.
void end(pid_t pid) {
    if (!process_exists(pid)) return;
    ::kill(pid, SIGTERM);
    CHECK(eventually([&] { return !process_exists(pid); }));
}

std::string found(const std::string &what, pid_t pid) { return "found " + what + " (pid " + std::to_string(pid) + ")"; }

}  // namespace

TEST_CASE("quickstart --stop finds a container and an nginx whose pid files are lost, says so, and ends both") {
    Quickstart quickstart;
    REQUIRE(quickstart.start().exit_code == 0);
    const pid_t container = quickstart.container(), nginx = quickstart.nginx();
    const std::string pid_file = quickstart.in_dir("container.pid");
    std::filesystem::remove(quickstart.in_dir("nginx/nginx.pid"));
    std::filesystem::remove(pid_file);
    SUBCASE("removed") {}
    SUBCASE("empty") { write_file(pid_file, ""); }
    SUBCASE("another process's") { write_file(pid_file, std::to_string(::getpid()) + "\n"); }
    SUBCASE("a named pipe") { REQUIRE(::mkfifo(pid_file.c_str(), 0666) == 0); }
    SUBCASE("a directory") { std::filesystem::create_directory(pid_file); }
    SUBCASE("its lock, too") { std::filesystem::remove(quickstart.in_dir("control.sock.lock")); }
    SUBCASE("the whole directory") { std::filesystem::remove_all(quickstart.dir()); }
    const Outcome stopped = quickstart.say({"--stop"});
    CHECK(stopped.exit_code == 0);
    says(stopped, pid_file + " is lost: " + found("hbnb-container", container));
    says(stopped, quickstart.in_dir("nginx/nginx.pid") + " is lost: " + found("nginx", nginx));
    says(stopped, "stopped hbnb-container (pid " + std::to_string(container) + ") and nginx");
    CHECK_FALSE(process_exists(container));
    CHECK_FALSE(process_exists(nginx));
    end(container);
    end(nginx);
}

TEST_CASE("quickstart --stop finds a container that was started by hand in its directory, by the lock") {
    Quickstart quickstart;
    REQUIRE(quickstart.start().exit_code == 0);
    REQUIRE(quickstart.say({"--stop"}).exit_code == 0);
    const Process by_hand({quickstart.in_dir("bin/hbnb-container"), "--config", quickstart.in_dir("hbnb.yaml")},
                          quickstart.temp() / "output");
    const std::string socket = quickstart.in_dir("control.sock");
    REQUIRE(eventually([&] { return std::filesystem::exists(socket); }));
    says(quickstart.start(), "already running in " + quickstart.dir() + ": hbnb-container (pid ");
    says(quickstart.say({"--stop"}), "stopped hbnb-container (pid " + std::to_string(by_hand.pid()) + ")");
    CHECK(eventually([&] { return !std::filesystem::exists(socket); }));
}

TEST_CASE("quickstart says that something holds the container's lock where it cannot tell what") {
    const Quickstart quickstart;
    std::filesystem::create_directory(quickstart.dir());
    write_file(quickstart.in_dir("hbnb.yaml"), "");
    const std::string lock = quickstart.in_dir("control.sock.lock");
    write_file(lock, "4711\n");
    const hbnb::Fd held(::open(lock.c_str(), O_RDWR | O_CLOEXEC));
    REQUIRE(::flock(held.get(), LOCK_EX | LOCK_NB) == 0);
    for (const Outcome &refused : {quickstart.say({"--stop"}), quickstart.start()}) {
        CHECK(refused.exit_code == 1);
        says(refused, "unable to find what runs in " + quickstart.dir() + ": a process has locked " + lock);
    }
    CHECK(process_exists(::getpid()));
}

TEST_CASE("quickstart as root signals no process but the service user's, whatever that user writes into the pid file") {
    if (::geteuid() != 0) {
        MESSAGE("skipped: this test needs root");
        return;
    }
    const Quickstart quickstart;
    std::filesystem::create_directory(quickstart.dir());
    write_file(quickstart.in_dir("hbnb.yaml"), "");
    // A process of root's that has all the words that are looked for, and the name.
    const std::string program = quickstart.temp() / "hbnb-container", pid_file = quickstart.in_dir("container.pid");
    std::filesystem::copy_file("/bin/sh", program);
    REQUIRE(::mkfifo((quickstart.temp() / "pipe").c_str(), 0600) == 0);
    const Process roots({program, "-c", "read -r line <\"$0\"", quickstart.temp() / "pipe", "--pid-file", pid_file},
                        quickstart.temp() / "output");
    write_file(pid_file, std::to_string(roots.pid()) + "\n");
    REQUIRE(::chown(pid_file.c_str(), 65534, 65534) == 0);
    const Outcome taken = run({"bash", "-c",
                               "dir=$0; is_root() { true; }; service_user=nobody; . " HBNB_SOURCE_DIRECTORY
                               "/conf/running.bash; pid_from \"$1\" hbnb-container \"--pid-file $1\"",
                               quickstart.dir(), pid_file});
    CHECK(taken.output.empty());
    CHECK(taken.exit_code != 0);
    REQUIRE(::chown(pid_file.c_str(), 0, 0) == 0);
    says(quickstart.say({"--stop"}), "stopped hbnb-container (pid " + std::to_string(roots.pid()) + ")");
}

TEST_CASE("quickstart refuses with its name what is no regular file where it would write one, and does not wait") {
    const Quickstart quickstart;
    std::filesystem::create_directories(quickstart.in_dir("nginx"));
    write_file(quickstart.in_dir("hbnb.yaml"), "");
    for (const char *name : {"error.log", "access.log", "hbnb.db", "hbnb.db-journal", "hbnb.yaml", "nginx.conf",
                             "container.pid", "control.sock.lock", "nginx/error.log", "nginx/nginx.pid"}) {
        const std::string path = quickstart.in_dir(name);
        for (const std::string kind : {"fifo", "directory", "socket", "character special file"}) {
            std::filesystem::remove(path);
            if (kind == "fifo") REQUIRE(::mkfifo(path.c_str(), 0666) == 0);
            if (kind == "directory") std::filesystem::create_directory(path);
            if (kind == "socket") REQUIRE(::mknod(path.c_str(), S_IFSOCK | 0666, 0) == 0);
            if (kind == "character special file") std::filesystem::create_symlink("/dev/null", path);
            const Outcome refused = quickstart.start();
            CHECK(refused.exit_code == 1);
            says(refused, "unable to write " + path + ": it is no regular file, but a " + kind);
        }
        std::filesystem::remove(path);
        write_file(quickstart.in_dir("hbnb.yaml"), "");
    }
}
