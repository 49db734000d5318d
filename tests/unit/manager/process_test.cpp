#include "manager/process/process.hpp"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <optional>

#include "manager/host/loop.hpp"
#include "unit/manager/sandbox.hpp"

using namespace hbnb;
using namespace hbnb::manager;
using namespace hbnb::test;
using pool::ExitStatus;

namespace {

// Runs `script` by /bin/sh with null as 0 to 2 and waits for it in the loop.
struct Shell {
    Loop loop;
    Fd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    std::optional<ExitStatus> status;

    ChildPlan plan(const std::string &script, std::vector<ChildDescriptor> more = {}) const {
        ChildPlan plan{"/bin/sh", {"-c", script}, {"WORD=given"}, {{0, null.get()}, {1, null.get()}, {2, null.get()}}};
        plan.descriptors.insert(plan.descriptors.end(), more.begin(), more.end());
        return plan;
    }

    Result<Process> start(const ChildPlan &plan) {
        return Process::start(loop, plan, [this](ExitStatus ended) {
            status = ended;
            loop.stop();
        });
    }

    ExitStatus run(const std::string &script, std::vector<ChildDescriptor> more = {}) {
        auto process = start(plan(script, std::move(more)));
        REQUIRE(process);
        wait();
        return status.value();
    }

    void wait() {
        Timer deadline(loop);
        deadline.at(monotonic_now() + kGenerous, [this] { loop.stop(); });
        loop.run();
        REQUIRE(status);
    }
};

int count_open() {
    int count = 0;
    for (int fd = 0; fd < 1024; ++fd) count += ::fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    return count;
}

}  // namespace

TEST_CASE("an exit code and a signal are told apart") {
    CHECK(Shell().run("exit 3") == ExitStatus{ExitStatus::Kind::exited, 3});
    CHECK(Shell().run("kill -QUIT $$") == ExitStatus{ExitStatus::Kind::signalled, SIGQUIT});
}

TEST_CASE("a child has exactly the descriptors it is given") {
    const Sandbox sandbox;
    const Fd leak(::fcntl(0, F_DUPFD, 100));  // not close-on-exec, as a library might open one
    const std::string out = sandbox.write("out", "");
    const Fd file(::open(out.c_str(), O_WRONLY | O_CLOEXEC));
    Shell shell;
    ChildPlan plan{"/bin/ls",
                   {"/proc/self/fd"},
                   {},
                   {{0, shell.null.get()}, {1, file.get()}, {2, shell.null.get()}, {4, file.get()}, {3, file.get()}}};
    const auto process = shell.start(plan);
    REQUIRE(process);
    shell.wait();
    CHECK(read_file(out) == "0\n1\n2\n3\n4\n5\n");  // 5 is the one ls reads with
}

TEST_CASE("numbers that cross each other arrive where they belong") {
    const Sandbox sandbox;
    std::vector<std::string> paths;
    std::vector<Fd> files;
    std::vector<ChildDescriptor> descriptors;
    for (int i = 0; i < 6; ++i) {
        paths.push_back(sandbox.write(std::to_string(i), ""));
        files.emplace_back(::open(paths.back().c_str(), O_WRONLY | O_CLOEXEC));
    }
    // The targets are the sources' own numbers in reverse, with Boost's pipe to be expected in the middle of them.
    for (std::size_t i = 0; i < files.size(); ++i)
        descriptors.push_back({3 + static_cast<int>(i), files[files.size() - 1 - i].get()});
    CHECK(Shell().run("for i in 3 4 5 6 7 8; do eval \"echo $i >&$i\"; done", descriptors) == ExitStatus{});
    for (std::size_t i = 0; i < files.size(); ++i)
        CHECK(read_file(paths[files.size() - 1 - i]) == std::to_string(3 + i) + "\n");
}

TEST_CASE("a child's environment is the given one alone") {
    const Sandbox sandbox;
    const std::string out = sandbox.write("out", "");
    const Fd file(::open(out.c_str(), O_WRONLY | O_CLOEXEC));
    Shell().run("tr '\\000' '\\n' < /proc/self/environ >&3", {{3, file.get()}});
    CHECK(read_file(out).find("WORD=given\n") != std::string::npos);
    CHECK(read_file(out).find("HOME=") == std::string::npos);
}

TEST_CASE("a child starts with default signals, no core file and a process group of its own") {
    ::signal(SIGPIPE, SIG_IGN);
    sigset_t blocked, before;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGUSR2);
    ::sigprocmask(SIG_BLOCK, &blocked, &before);
    const std::string script =
        "grep -q 'SigIgn:.0000000000000000' /proc/self/status && grep -q 'SigBlk:.0000000000000000' /proc/self/status "
        "&& [ $(ulimit -c) = 0 ] && [ $(cut -d' ' -f5 /proc/$$/stat) = $$ ]";
    CHECK(Shell().run(script) == ExitStatus{});
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
}

TEST_CASE("a child's core file is limited to the plan's size, and never beyond the manager's own limit") {
    rlimit mine{};
    REQUIRE(::getrlimit(RLIMIT_CORE, &mine) == 0);
    const std::uint64_t asked = 1 << 20, expected = std::min<std::uint64_t>(asked, mine.rlim_max) / 512;
    const std::string blocks = std::to_string(expected);
    Shell shell;
    ChildPlan plan = shell.plan("[ $(ulimit -c) = " + blocks + " ] && [ $(ulimit -Hc) = " + blocks + " ]");
    plan.core_bytes = asked;
    auto process = shell.start(plan);
    REQUIRE(process);
    shell.wait();
    CHECK(shell.status == ExitStatus{});
}

TEST_CASE("a program that is not there is an error and leaves no child and no descriptor") {
    Shell shell;
    ChildPlan plan = shell.plan("");
    plan.program = "/nowhere/program";
    const int before = count_open();
    const auto process = shell.start(plan);
    REQUIRE_FALSE(process);
    CHECK(process.error().message == "unable to start /nowhere/program: No such file or directory");
    CHECK(count_open() == before);
}

TEST_CASE("a file that cannot be executed is an error and leaves no zombie") {
    const Sandbox sandbox;
    Shell shell;
    ChildPlan plan = shell.plan("");
    plan.program = sandbox.write("program", "\177ELF but not really", 0755);
    const auto process = shell.start(plan);
    REQUIRE_FALSE(process);
    CHECK(process.error().message == "unable to start " + plan.program + ": Exec format error");
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

#ifndef HBNB_SANITIZED  // UBSan itself needs a pipe to look at an object's type, and calls what it cannot look at wrong
TEST_CASE("when descriptors run out a start is an error, not an end") {
    Shell shell;
    const int before = count_open();
    rlimit limit{}, tight{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
    int failures = 0;
    for (int hand_off = 0; hand_off < 24; ++hand_off) {  // wherever it hits
        tight = limit;
        tight.rlim_cur = static_cast<rlim_t>(before + hand_off);
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &tight) == 0);
        auto process = shell.start(shell.plan("exit 0", {{3, shell.null.get()}, {9, shell.null.get()}}));
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
        if (!process) {
            ++failures;
            continue;
        }
        shell.wait();
    }
    CHECK(failures > 0);
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}
#endif

TEST_CASE("a killed child is seen to end by the signal, and killing it again hits nobody") {
    Shell shell;
    auto process = shell.start(shell.plan("exec sleep 1000"));
    REQUIRE(process);
    process->kill();
    shell.wait();
    CHECK(shell.status == ExitStatus{ExitStatus::Kind::signalled, SIGKILL});
    process->kill();
}

TEST_CASE("a process that is given up is killed and waited for") {
    Shell shell;
    pid_t pid = 0;
    {
        auto process = shell.start(shell.plan("exec sleep 1000"));
        REQUIRE(process);
        pid = process->pid();
    }
    Timer poll(shell.loop);
    const std::function<void()> look = [&] {
        if (::kill(pid, 0) != 0) return shell.loop.stop();
        poll.at(monotonic_now() + std::chrono::milliseconds(5), look);
    };
    look();
    shell.loop.run();
    CHECK_FALSE(shell.status);
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
}

TEST_CASE("orphans are waited for, children that have an owner are left to it") {
    const pid_t orphan = ::fork();
    REQUIRE(orphan >= 0);
    if (orphan == 0) ::_exit(0);
    siginfo_t info{};
    REQUIRE(::waitid(P_PID, static_cast<id_t>(orphan), &info, WEXITED | WNOWAIT) == 0);
    CHECK(reap_orphans([&](pid_t pid) { return pid == orphan; }).empty());
    CHECK(reap_orphans([](pid_t) { return false; }) == std::vector<pid_t>{orphan});
    CHECK(reap_orphans([](pid_t) { return false; }).empty());
}
