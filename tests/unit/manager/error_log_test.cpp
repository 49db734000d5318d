#include "manager/host/error_log.hpp"

#include <fcntl.h>

#include <csignal>

#include "manager/host/log_file.hpp"
#include "unit/manager/sandbox.hpp"

using namespace hbnb;
using namespace hbnb::manager;
using namespace hbnb::test;

TEST_CASE("a line of the log is stamped and names its writer") {
    const Sandbox sandbox;
    ErrorLog log(LogLevel::info);
    REQUIRE(log.use(sandbox / "log", ::geteuid()));
    log.write(LogLevel::warning, "hello");
    log.write_as("worker[7]", LogLevel::info, "there");
    const std::string text = read_file(sandbox / "log");
    CHECK(text.find(" warning manager[" + std::to_string(::getpid()) + "]: hello\n") != std::string::npos);
    CHECK(text.find(" info worker[7]: there\n") != std::string::npos);
}

TEST_CASE("what is below the level is not written") {
    const Sandbox sandbox;
    ErrorLog log(LogLevel::warning);
    REQUIRE(log.use(sandbox / "log", ::geteuid()));
    log.write(LogLevel::info, "no");
    log.write_as("worker[7]", LogLevel::debug, "no");
    CHECK(read_file(sandbox / "log").empty());
}

TEST_CASE("after a rotation the old file keeps its lines and the new one gets the next, none lost or doubled") {
    const Sandbox sandbox;
    ErrorLog log(LogLevel::info);
    REQUIRE(log.use(sandbox / "log", ::geteuid()));
    log.write(LogLevel::info, "one");
    REQUIRE(::rename((sandbox / "log").c_str(), (sandbox / "log.1").c_str()) == 0);
    log.write(LogLevel::info, "two");
    REQUIRE(log.reopen());
    log.write(LogLevel::info, "three");
    const std::string old = read_file(sandbox / "log.1"), fresh = read_file(sandbox / "log");
    CHECK(old.find("one") != std::string::npos);
    CHECK(old.find("two") != std::string::npos);
    CHECK(old.find("three") == std::string::npos);
    CHECK(fresh.find("two") == std::string::npos);
    CHECK(fresh.find("three") != std::string::npos);
}

TEST_CASE("a path that does not open keeps the old file in use") {
    const Sandbox sandbox;
    REQUIRE(::mkdir((sandbox / "d").c_str(), 0755) == 0);
    ErrorLog log(LogLevel::info);
    REQUIRE(log.use(sandbox / "d/log", ::geteuid()));
    REQUIRE(::rename((sandbox / "d").c_str(), (sandbox / "e").c_str()) == 0);
    const auto opened = log.reopen();
    REQUIRE_FALSE(opened);
    CHECK(opened.error().message == "unable to open error log " + (sandbox / "d/log") + ": No such file or directory");
    log.write(LogLevel::info, "still here");
    CHECK(read_file(sandbox / "e/log").find("still here") != std::string::npos);
}

TEST_CASE("a full disk stops nobody: lines are counted, and the number is told when there is room") {
    const Sandbox sandbox;
    ErrorLog log(LogLevel::info);
    REQUIRE(log.use("/dev/full", ::geteuid()));
    for (int i = 0; i < 3; ++i) log.write(LogLevel::info, "lost");
    CHECK(log.dropped() == 3);
    REQUIRE(log.use(sandbox / "log", ::geteuid()));
    log.write(LogLevel::info, "found");
    const std::string text = read_file(sandbox / "log");
    CHECK(text.find("warning manager[" + std::to_string(::getpid()) + "]: 3 log lines were lost") != std::string::npos);
    CHECK(text.find("found") != std::string::npos);
    CHECK(text.find("lost\n") == std::string::npos);
}

TEST_CASE("a pipe that nobody reads stops nobody") {
    const Sandbox sandbox;
    REQUIRE(::mkfifo((sandbox / "fifo").c_str(), 0600) == 0);
    const Fd reader(::open((sandbox / "fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    ErrorLog log(LogLevel::info);
    REQUIRE(log.use(sandbox / "fifo", ::geteuid()));
    for (int i = 0; i < 200; ++i) log.write(LogLevel::info, std::string(2000, 'x'));
    CHECK(log.dropped() > 0);
}

TEST_CASE("a named pipe without a reader is refused instead of waited for") {
    const Sandbox sandbox;
    REQUIRE(::mkfifo((sandbox / "fifo").c_str(), 0600) == 0);
    const auto opened = open_log_file(sandbox / "fifo", "access log", ::geteuid());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().message == "unable to open access log " + (sandbox / "fifo") +
                                        ": no process reads this named pipe; start its reader first");
}

TEST_CASE("lines of one kind are one a second, then how many more there were, and other kinds go on") {
    const Sandbox sandbox;
    ErrorLog log(LogLevel::info);
    REQUIRE(log.use(sandbox / "log", ::geteuid()));
    const auto count = [&](const std::string &part) {
        const std::string text = read_file(sandbox / "log");
        std::size_t found = 0;
        for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
        return found;
    };
    const Moment begin = monotonic_now();
    for (int second = 0; second < 10; ++second) {
        for (int i = 0; i < 200; ++i) {
            const Moment now = begin + std::chrono::milliseconds(1000 * second + i);
            log.write_seldom("starts", 1, LogLevel::error, "start " + std::to_string(i) + " failed", now);
        }
        log.write_seldom("others", 1, LogLevel::error, "another", begin + std::chrono::milliseconds(1000 * second));
    }
    CHECK(count("start 0 failed") == 1);
    CHECK(count("starts: 199 more within a second, the last one: start 199 failed") == 1);
    CHECK(count("starts: 200 more within a second, the last one: start 199 failed") == 8);
    CHECK(count("another") == 10);
    CHECK(count("\n") == 20);
    log.tell_left_out(begin + std::chrono::seconds(20));
    CHECK(count("\n") == 21);
    for (int i = 0; i < 3; ++i) log.tell_left_out(begin + std::chrono::seconds(30 + i));
    CHECK(count("\n") == 21);
}

TEST_CASE("a file that the shell has opened for stderr is appended to, not overwritten where another one writes") {
    const Sandbox sandbox;
    const std::string file = sandbox.write("log", "there before\n");
    const Fd kept(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0));
    const Fd shells(::open(file.c_str(), O_WRONLY | O_CLOEXEC));  // no O_APPEND, at its beginning
    REQUIRE(::dup2(shells.get(), STDERR_FILENO) == STDERR_FILENO);
    ErrorLog(LogLevel::info).write(LogLevel::info, "hello");
    REQUIRE(::dup2(kept.get(), STDERR_FILENO) == STDERR_FILENO);
    const std::string text = read_file(file);
    CHECK(text.starts_with("there before\n"));
    CHECK(text.ends_with(": hello\n"));
}

TEST_CASE("a log that root makes belongs to the container's user, who must open it again") {
    if (!is_root()) return;
    const Sandbox sandbox;
    REQUIRE(open_log_file(sandbox / "log", "error log", kSomebody));
    struct stat status {};
    REQUIRE(::stat((sandbox / "log").c_str(), &status) == 0);
    CHECK(status.st_uid == kSomebody);
    CHECK((status.st_mode & 0007) == 0);
}

TEST_CASE("root follows no symbolic link to a log, and gives nobody's file away") {
    if (!is_root()) return;
    const Sandbox sandbox;
    const std::string secret = sandbox / "secret", log = sandbox / "log";
    const Fd made(::open(secret.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    std::string why;
    SUBCASE("a symbolic link") {
        REQUIRE(::symlink(secret.c_str(), log.c_str()) == 0);
        why = "it is a symbolic link";
    }
    SUBCASE("a hard link") {
        REQUIRE(::link(secret.c_str(), log.c_str()) == 0);
        why = "it belongs to user 0";
    }
    const auto opened = open_log_file(log, "error log", kSomebody);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().message.find("unable to open error log " + log + ": " + why) == 0);
    struct stat status {};
    REQUIRE(::fstat(made.get(), &status) == 0);
    CHECK(status.st_uid == 0);
    CHECK(status.st_size == 0);
}
