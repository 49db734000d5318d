// A system that lacks something when the container starts, or gives less than it needs, and signals in its first
// instant.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "support/container.hpp"
#include "support/fastcgi_client.hpp"
#include "support/invariants.hpp"
#include "support/root.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

using Words = std::vector<std::string>;

bool holds(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

// A container that may not come up, started by a command that changes what it finds.
class Start {
  public:
    explicit Start(const ContainerSettings &settings = {}) {
        write_file(dir_ / "hbnb.yaml", container_yaml(dir_.path(), settings));
    }
    const TempDir &dir() const { return dir_; }
    Words command(Words by) const {
        const Words own{container_program(), "--config", dir_ / "hbnb.yaml", "--pid-file", dir_ / "pid"};
        by.insert(by.end(), own.begin(), own.end());
        return by;
    }
    void run(const Words &by, const Surroundings &around = {}) {
        process_ = std::make_unique<Process>(command(by), dir_ / "output", around);
    }
    std::optional<Exit> wait() { return process_->wait(); }
    bool is_up() {
        eventually([&] { return holds(read_file(dir_ / "pid"), "\n") || !process_->is_running(); });
        return process_->is_running();
    }
    Process &process() { return *process_; }
    std::string output() const { return read_file(dir_ / "output"); }
    std::string log() const { return read_file(dir_ / "error.log"); }
    wire::Status status() const {
        return wire::decode_status(get(unix_socket(dir_ / "control.sock"), "/status").body).value();
    }
    bool left_nothing() const {
        for (const char *name : {"hbnb.sock", "control.sock", "control.sock.lock", "pid", "pid.new"})
            if (std::filesystem::exists(dir_ / name)) return false;
        return true;
    }

    // Refused with this sentence, on stderr and, where it was open already, in the log, and nothing is left behind.
    void check_refused(const Words &by, const std::string &sentence) {
        run(by);
        const auto exit = wait();
        REQUIRE_MESSAGE(exit.has_value(), log());
        CHECK(exit->code == 1);
        CHECK_MESSAGE(holds(output(), sentence), output());
        CHECK_FALSE(holds(output(), "map::at"));
        CHECK_MESSAGE((log().empty() || holds(log(), sentence)), log());
        CHECK(left_nothing());
    }

  private:
    TempDir dir_;
    std::unique_ptr<Process> process_;
};

std::string support(const std::string &name) { return std::string(HBNB_SUPPORT_DIRECTORY) + "/" + name; }

// The kernel that a filter makes, or nothing where there can be none.
Words without(const std::string &what) { return {support("without"), what, "--"}; }

bool has_filters_or_skipped() {
    const Outcome tried = run({support("without"), "close_range=ENOSYS", "--", "true"});
    if (tried.exit_code == 0) return true;
    MESSAGE("skipped: seccomp filters are not allowed here: " << tried.output);
    return false;
}

bool can_interrupt_or_skipped(bool first_process) {
    Words command{support("interrupted"), "close_range", std::to_string(SIGCHLD)};
    if (first_process) command.push_back("--first-process");
    command.insert(command.end(), {"--", "true"});
    const Outcome tried = run(command);
    if (tried.exit_code == 0) return true;
    MESSAGE("skipped: a process cannot be traced here as this test needs it: " << tried.output);
    return false;
}

}  // namespace

TEST_CASE("a start that can have no process says so, on stderr too, and leaves nothing") {
    if (!has_filters_or_skipped()) return;
    Words by = without("processes=EAGAIN");
#ifdef HBNB_SANITIZED  // a leak is looked for by a process of its own
    by.insert(by.begin(), {"env", "ASAN_OPTIONS=detect_leaks=0"});
#endif
    Start({.min = 3, .max = 4})
        .check_refused(by,
                       "unable to start worker 1: unable to start " + std::string(HBNB_PROGRAM_DIRECTORY) +
                           "/hbnb-worker: Resource temporarily unavailable; there may be no more processes (pids.max");
}

TEST_CASE("a start that has too few descriptors for its workers says how many it may have") {
    Start({.min = 60, .max = 60, .pool = {{"limits.connections", "32"}}})
        .check_refused({"prlimit", "--nofile=128:128"}, "Too many open files (this process may have 128");
}

TEST_CASE("a limit of a file's size is named where a plugin's copy in memory meets it") {
    Start({.min = 1, .max = 1})
        .check_refused({"prlimit", "--fsize=20480:20480"},
                       "File too large (a file of this process, also one in memory, may have 20480 bytes: ulimit -f");
}

TEST_CASE("what the kernel does not offer, or a container's profile forbids, is named before anything is bound") {
    if (!has_filters_or_skipped()) return;
    std::string what, sentence;
    SUBCASE("pidfd_open") {
        what = "pidfd_open=ENOSYS";
        sentence = "unable to watch a process (pidfd_open): Function not implemented; Linux 5.3 or newer has it";
    }
    SUBCASE("pidfd_open, forbidden") {
        what = "pidfd_open=EPERM";
        sentence =
            "unable to watch a process (pidfd_open): Operation not permitted; Linux 5.3 or newer has it, and the "
            "profile of a container must allow it";
    }
    SUBCASE("pidfd_send_signal") {
        what = "pidfd_send_signal=ENOSYS";
        sentence = "unable to signal a process (pidfd_send_signal): Function not implemented; Linux 5.1";
    }
    SUBCASE("waitid") {
        what = "waitid=ENOSYS";
        sentence = "unable to wait for a process (waitid with P_PIDFD): Function not implemented; Linux 5.4";
    }
    SUBCASE("memfd_create") {
        what = "memfd_create=ENOSYS";
        sentence = "unable to make a file in memory (memfd_create): Function not implemented; Linux 3.17";
    }
    Start().check_refused(without(what), sentence);
}

TEST_CASE("a worker that cannot start its threads says that, and blames no plugin") {
    if (!has_filters_or_skipped()) return;
    Start start({.min = 1, .max = 1, .threads = 3});
    start.check_refused(without("threads=EAGAIN"),
                        "unable to start handler thread 1 of 3: Resource temporarily unavailable; there may be no more "
                        "threads (pids.max");
    CHECK_FALSE(holds(start.output(), "plugin"));
}

#ifndef HBNB_SANITIZED  // no limit of memory there
TEST_CASE("a plugin whose static data is more than limits.memory is named, and not the one that is loaded after it") {
    Start start({.min = 1, .max = 1, .mounts = {{"/a", test_plugin("large")}, {"/b", "demo"}}});
    start.check_refused({}, "unable to load plugin " + test_plugin("large") + ": with it the worker has 6.");
    CHECK(holds(start.output(), "and limits.memory is 4.0GiB"));
    CHECK_FALSE(holds(start.output(), "demo.so"));
}

TEST_CASE("where memory ends while a plugin is loaded, the plugin that has taken most of it is named") {
    Start start({.min = 1, .max = 1, .mounts = {{"/a", test_plugin("large_1")}, {"/b", test_plugin("large_2")}}});
    start.check_refused({}, "unable to load plugin " + test_plugin("large_2") + ": with it the worker has");
    CHECK_MESSAGE(holds(start.output(), "are in use, most of it by " + test_plugin("large_1")), start.output());
}
#endif

TEST_CASE("without close_range it starts, serves, and its workers inherit nothing more") {
    if (!has_filters_or_skipped()) return;
    std::string error;
    SUBCASE("an old kernel") { error = "ENOSYS"; }
    SUBCASE("an old profile") { error = "EPERM"; }
    const TempDir elsewhere;
    write_file(elsewhere / "inherited", "x");
    const Fd inherited(::open((elsewhere / "inherited").c_str(), O_RDONLY | O_CLOEXEC));
    std::vector<std::size_t> counts;
    for (const Words &by : {without("close_range=" + error), Words{}}) {
        Start start({.min = 1, .max = 1});
        start.run(by, {.descriptors = {inherited.get()}});
        REQUIRE_MESSAGE(start.is_up(), start.output());
        const auto answer = FastcgiConnection(start.dir() / "hbnb.sock").ask(fastcgi_get("/demo/hello", false));
        CHECK((answer && answer->http_status() == 200));
        const auto worker = static_cast<pid_t>(start.status().pools.at(0).workers.at(0).pid);
        CHECK(eventually([&] { return start.status().pools.at(0).workers.at(0).connections == 0; }));
        if (const auto count = count_descriptors(worker); count != 0) counts.push_back(count);
        start.process().signal(SIGTERM);
        CHECK(start.wait() == Exit{0, 0});
    }
    if (counts.size() == 2) CHECK(counts[0] == counts[1]);
}

TEST_CASE("where /proc is not mounted the start is refused by that name") {
    if (!has_pid_namespaces_or_skipped()) return;
    Start().check_refused({"unshare", "--mount", "sh", "-c", "mount -t tmpfs none /proc && exec \"$0\" \"$@\""},
                          "unable to read /proc/self/fd: /proc is not mounted here");
}

TEST_CASE("signals in the first instant are held until there is a manager that hears them") {
    bool first_process = false;
    SUBCASE("an ordinary process") {}
    SUBCASE("process 1") { first_process = true; }
    if ((first_process && !has_pid_namespaces_or_skipped()) || !can_interrupt_or_skipped(first_process)) return;
    for (const char *call : {"close_range", "memfd_create"}) {  // before the file is read; when the sockets are bound
        const auto interrupted_by = [&](int number) {
            Words command{support("interrupted"), call, std::to_string(number)};
            if (first_process) command.push_back("--first-process");
            command.push_back("--");
            return command;
        };
        CAPTURE(call);
        for (const int number : {SIGTERM, SIGQUIT, SIGINT}) {
            CAPTURE(number);
            Start start({.min = 1, .max = 1});
            start.run(interrupted_by(number));
            CHECK(start.wait() == Exit{0, 0});
            CHECK_MESSAGE(holds(start.log(), "stopped"), start.output());
            CHECK(start.left_nothing());
        }
        for (const auto &one : {std::pair(SIGHUP, "reload: generation 2 serves"),
                                std::pair(SIGUSR1, "logs opened anew"), std::pair(SIGTTIN, "1 -> 2")}) {
            const int number = one.first;
            const char *const said = one.second;
            CAPTURE(number);
            Start start({.min = 1, .max = 1});
            start.run(interrupted_by(number));
            REQUIRE_MESSAGE(start.is_up(), start.output());
            if (number != SIGTTIN) CHECK(eventually([&] { return holds(start.log(), said); }));
            CHECK(get(unix_socket(start.dir() / "control.sock"), "/status").status == 200);
            for (const pid_t manager : children_of(start.process().pid())) ::kill(manager, SIGTERM);
            CHECK(start.wait() == Exit{0, 0});
        }
    }
}

TEST_CASE("a container whose starter has blocked its signals hears them all the same") {
    Start start({.min = 1, .max = 1});
    start.run({"env", "--block-signal=TERM,HUP"});
    REQUIRE_MESSAGE(start.is_up(), start.output());
    start.process().signal(SIGTERM);
    CHECK(start.wait() == Exit{0, 0});
    CHECK(start.left_nothing());
}
