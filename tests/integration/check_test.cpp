// --check and a start are one way: what a start refuses --check refuses with the same sentence and exit code, what it
// takes a start takes, and it changes nothing.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "support/container.hpp"
#include "support/fastcgi_client.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

bool holds(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

// A configuration in a directory of its own, and what was made beside it.
struct Setup {
    const char *name;
    std::string says;  // part of the sentence; empty: it is sound
    std::function<ContainerSettings(const TempDir &)> settings;
    std::vector<std::string> arguments = {};  // "DIR" stands for the directory
    std::string more = {};                    // appended to the file
};

ContainerSettings mounting(const std::string &plugin, const std::string &mount = "/x") {
    return {.pool = {{"timeouts.start", "5s"}}, .mounts = {{mount, plugin}}};
}

ContainerSettings listening(const std::string &listener) { return {.listen = {listener}}; }

std::string copy_of(const TempDir &dir, const std::string &file, std::size_t bytes) {
    write_file(dir / "copy.so", read_file(file).substr(0, bytes));
    return dir / "copy.so";
}

std::vector<std::string> command_of(const Setup &setup, const TempDir &dir) {
    std::vector<std::string> command{container_program(), "--config", dir / "hbnb.yaml"};
    for (std::string argument : setup.arguments) {
        if (const auto at = argument.find("DIR"); at != std::string::npos) argument.replace(at, 3, dir.path());
        command.push_back(argument);
    }
    return command;
}

void write_configuration(const Setup &setup, const TempDir &dir) {
    write_file(dir / "hbnb.yaml", container_yaml(dir.path(), setup.settings(dir)) + setup.more);
}

// What the program says for people, without place and number that differ from run to run.
std::string sentences(const std::string &output) {
    std::istringstream lines(output);
    std::string said;
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("hbnb-container: ")) continue;
        said += std::regex_replace(line, std::regex("worker [0-9]+"), "worker N") + "\n";
    }
    return said;
}

// Names, kinds, sizes and moments of the last change, but for files that end with `except`.
std::string state_of(const std::string &directory, const std::string &except = "/") {
    std::vector<std::string> lines;
    for (const auto &entry : std::filesystem::recursive_directory_iterator(directory)) {
        struct stat status {};
        if (entry.path().string().ends_with(except)) continue;
        ::lstat(entry.path().c_str(), &status);
        lines.push_back(entry.path().string() + " " + std::to_string(status.st_mode) + " " +
                        std::to_string(status.st_size) + " " + std::to_string(status.st_mtim.tv_sec) + "." +
                        std::to_string(status.st_mtim.tv_nsec));
    }
    std::sort(lines.begin(), lines.end());
    std::string state;
    for (const auto &line : lines) state += line + "\n";
    return state;
}

Outcome check(const Setup &setup, const TempDir &dir) {
    auto command = command_of(setup, dir);
    command.push_back("--check");
    const std::string before = state_of(dir.path());
    const Outcome outcome = run(command);
    CHECK_EQ(state_of(dir.path()), before);
    return outcome;
}

Fd listening_port(std::uint16_t &port) {
    Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr *>(&address), size) == 0);
    REQUIRE(::listen(fd.get(), 1) == 0);
    REQUIRE(::getsockname(fd.get(), reinterpret_cast<sockaddr *>(&address), &size) == 0);
    port = ntohs(address.sin_port);
    return fd;
}

void make_socket(const std::string &path) {
    const Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{AF_UNIX, {}};
    REQUIRE(path.size() < sizeof address.sun_path);
    path.copy(address.sun_path, path.size());
    REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr *>(&address), sizeof address) == 0);
}

void both_refuse(const Setup &setup) {
    INFO(setup.name);
    const TempDir dir;
    write_configuration(setup, dir);
    const Outcome checked = check(setup, dir);
    const Outcome started = run(command_of(setup, dir));
    CHECK_MESSAGE(checked.exit_code == 1, checked.output);
    CHECK_MESSAGE(started.exit_code == 1, started.output);
    CHECK_EQ(sentences(checked.output), sentences(started.output));
    CHECK_MESSAGE(holds(sentences(checked.output), setup.says), checked.output);
}

void both_accept(const Setup &setup) {
    INFO(setup.name);
    const TempDir dir;
    write_configuration(setup, dir);
    const Outcome checked = check(setup, dir);
    CHECK_MESSAGE(checked.exit_code == 0, checked.output);
    CHECK_MESSAGE(holds(checked.output, dir / "hbnb.yaml" + " is well\n"), checked.output);
    auto command = command_of(setup, dir);
    const std::string pid_file = dir / "ready.pid";
    command.insert(command.end(), {"--pid-file", pid_file});
    Process started(command, dir / "output");
    CHECK_MESSAGE(eventually([&] { return !read_file(pid_file).empty(); }), read_file(dir / "output"));
    started.signal(SIGTERM);
    CHECK(started.wait() == Exit{0, 0});
}

const Setup kBrokenPlugins[] = {
    {"a mount with a blank", "found the mount \"/a b\": it has a blank",
     [](const TempDir &) { return mounting("demo", "/a b"); }},
    {"a text file", "unable to load plugin ",
     [](const TempDir &dir) {
         write_file(dir / "text", "a handler\n");
         return mounting(copy_of(dir, dir / "text", 9));
     }},
    {"a truncated plugin", "unable to load plugin ",
     [](const TempDir &dir) { return mounting(copy_of(dir, plugin_file("demo"), 4096)); }},
    {"an empty plugin", "it is empty",
     [](const TempDir &dir) { return mounting(copy_of(dir, plugin_file("demo"), 0)); }},
    {"a plugin that is not there", "No such file or directory",
     [](const TempDir &dir) { return mounting(dir / "missing.so"); }},
    {"another ABI", "it was built for handler ABI 7.0",
     [](const TempDir &) { return mounting(test_plugin("wrong_abi")); }},
    {"no entry", "it has no function hbnb_handler_plugin",
     [](const TempDir &) { return mounting(test_plugin("no_entry")); }},
    {"a symbol that nobody has", "undefined symbol",
     [](const TempDir &) { return mounting(test_plugin("unresolved")); }},
    {"a crash at load", "load_aborts.so: it has ended its process (signal 6",
     [](const TempDir &) { return mounting(test_plugin("load_aborts")); }},
    {"a load that refuses", "unable to load plugin ",
     [](const TempDir &) { return mounting(test_plugin("load_fails")); }},
    {"a create that refuses", "unable to create an instance of plugin ",
     [](const TempDir &) { return mounting(test_plugin("create_fails")); }},
    {"a load that hangs", "it was not ready in time",
     [](const TempDir &) {
         ContainerSettings settings = mounting(test_plugin("load_hangs"));
         settings.pool["timeouts.start"] = "200ms";
         return settings;
     }},
    {"two drop-ins at one mount", "is mounted there already",
     [](const TempDir &dir) {
         std::filesystem::create_directory(dir / "handlers");
         for (const char *name : {"one.so", "two.so"})
             std::filesystem::copy_file(plugin_file("demo"), dir / "handlers/" + name);
         return ContainerSettings{.handlers_directory = dir / "handlers"};
     }},
    {"a plugin that others may write", "is writable by group or others",
     [](const TempDir &dir) {
         const std::string file = copy_of(dir, plugin_file("demo"), std::string::npos);
         ::chmod(file.c_str(), 0666);
         return mounting(file);
     }},
};

std::string misspelt(const TempDir &dir) {
    return "  other:\n    listen: [ { unix: " + dir / "o.sock" +
           " } ]\n    handlers: { mounts: { /: { plugin: " + plugin_file("api") + ", config: { databse: x } } } }\n";
}

}  // namespace

TEST_CASE("a plugin that a start refuses --check refuses with the same sentence, and nothing is changed") {
    for (const Setup &setup : kBrokenPlugins) both_refuse(setup);
}

TEST_CASE("a misspelt key of a plugin's config and a database that cannot be are refused by both") {
    TempDir elsewhere;
    both_refuse({"a misspelt key",
                 "key databse is unknown; known: database, connections; did you mean database?",
                 [](const TempDir &) { return ContainerSettings(); },
                 {},
                 misspelt(elsewhere)});
    both_refuse({"a database nowhere", "the directory /nowhere does not exist", [](const TempDir &) {
                     return ContainerSettings{.mounts = {{"/api/v1", "api"}}, .database = "sqlite:///nowhere/x.db"};
                 }});
}

TEST_CASE("a place where a start cannot make its files --check refuses with the same sentence") {
    const auto sound = [](const TempDir &) { return ContainerSettings(); };
    const std::string prefix = "--set";
    const std::vector<Setup> places = {
        {"no directory for the error log",
         "unable to open error log /nowhere/error.log: No such file or directory",
         sound,
         {prefix, "log.error=/nowhere/error.log"}},
        {"no directory for the access log",
         "unable to open access log /nowhere/a.log: No such file or directory",
         sound,
         {prefix, "log.access=/nowhere/a.log"}},
        {"a directory as error log", "Is a directory", sound, {prefix, "log.error=DIR"}},
        {"a socket as access log",
         "a.log: it is a socket",
         [](const TempDir &dir) {
             make_socket(dir / "a.log");
             return ContainerSettings();
         },
         {prefix, "log.access=DIR/a.log"}},
        {"an error log behind a link to nowhere",
         "error.log: No such file or directory",
         [](const TempDir &dir) {
             std::filesystem::create_symlink("/nowhere/error.log", dir / "error.log");
             return ContainerSettings();
         },
         {prefix, "log.error=DIR/error.log"}},
        {"no directory for the socket", "unable to listen on unix:/nowhere/s: No such file or directory",
         [](const TempDir &) { return listening("unix: /nowhere/s"); }},
        {"a file in the directory's place", "Not a directory",
         [](const TempDir &dir) {
             write_file(dir / "file", "");
             return listening("unix: " + dir / "file/s");
         }},
        {"a file in the socket's place", "a file that is not a socket is in its place",
         [](const TempDir &dir) {
             write_file(dir / "s", "");
             return listening("unix: " + dir / "s");
         }},
        {"no directory for the control socket",
         "No such file or directory",
         sound,
         {prefix, "control=/nowhere/c.sock"}},
        {"a named pipe in the pid file's place",
         "pid: it is not a regular file",
         [](const TempDir &dir) {
             REQUIRE(::mkfifo((dir / "pid").c_str(), 0666) == 0);
             return ContainerSettings();
         },
         {"--pid-file", "DIR/pid"}},
        {"a directory in the lock's place", "unable to lock ",
         [](const TempDir &dir) {
             std::filesystem::create_directory(dir / "control.sock.lock");
             return ContainerSettings();
         }},
        {"no directory for the pid file",
         "unable to write pid file /nowhere/pid: No such file or directory",
         sound,
         {"--pid-file", "/nowhere/pid"}},
        {"an address of another machine", "unable to listen on tcp:192.0.2.1:9000: Cannot assign requested address",
         [](const TempDir &) { return listening("tcp: \"192.0.2.1:9000\", allow_remote: true, allow: [192.0.2.2]"); }},
        {"a group that is not there", "there is no such group",
         [](const TempDir &dir) { return listening("unix: " + dir / "s" + ", group: no-such-group"); }},
        {"a user that is not there", "there is no such user", sound, {prefix, "user=no-such-user"}},
        {"a worker program that is not there",
         "unable to run the worker program /nowhere/w: No such file or directory",
         sound,
         {"--worker", "/nowhere/w"}},
        {"a variable", "a variable is not replaced here", sound, {prefix, "log.error=${HOME}/error.log"}},
    };
    for (const Setup &setup : places) both_refuse(setup);
}

TEST_CASE("a port that another program has is refused by both") {
    std::uint16_t port = 0;
    const Fd taken = listening_port(port);
    both_refuse({"a taken port", "Address already in use",
                 [&](const TempDir &) { return listening("tcp: \"127.0.0.1:" + std::to_string(port) + "\""); }});
}

TEST_CASE("what the service's user may not write is refused by both, once privileges are dropped") {
    if (::geteuid() != 0) {
        MESSAGE("skipped: only root can run a container as another user");
        return;
    }
    both_refuse({"the log is root's",
                 "who must open it again",
                 [](const TempDir &dir) {
                     write_file(dir / "error.log", "");
                     return ContainerSettings();
                 },
                 {"--set", "user=nobody"}});
}

TEST_CASE("what a start takes --check takes, and nothing is changed") {
    const std::vector<Setup> sound = {
        {"the demo", "", [](const TempDir &) { return ContainerSettings(); }},
        {"several threads and two pools", "",
         [](const TempDir &) {
             return ContainerSettings{.threads = 4, .others = {{"other", "demo"}}};
         }},
        {"the application, whose database is not there yet", "",
         [](const TempDir &) {
             return ContainerSettings{.mounts = {{"/api/v1", "api"}, {"/", "pages"}}};
         }},
        {"a stale lock and logs that are there", "",
         [](const TempDir &dir) {
             write_file(dir / "control.sock.lock", "999999999\n");
             write_file(dir / "error.log", "before\n");
             write_file(dir / "access.log", "before\n");
             return ContainerSettings();
         }},
        {"a plugin in C", "", [](const TempDir &) { return mounting(test_plugin("bare_c")); }},
        {"an access log behind a link to a file that is not there",
         "",
         [](const TempDir &dir) {
             std::filesystem::create_directory(dir / "logs");
             std::filesystem::create_symlink("logs/a.log", dir / "a.log");
             return ContainerSettings();
         },
         {"--set", "log.access=DIR/a.log"}},
        {"no access log, and stderr",
         "",
         [](const TempDir &) { return ContainerSettings{.access_log = false}; },
         {"--set", "log.error=stderr"}},
    };
    for (const Setup &setup : sound) both_accept(setup);
}

TEST_CASE("--check beside the container that runs with that file says what it cannot know, and disturbs nothing") {
    Container container({.min = 1, .max = 1, .mounts = {{"/api/v1", "api"}, {"/demo", "demo"}}});
    REQUIRE(FastcgiConnection(container.socket()).ask(fastcgi_get("/api/v1/stats", false)));
    const auto before = container.status();
    REQUIRE(eventually([&] { return holds(container.access_log(), "/api/v1/stats"); }));  // it writes on by itself
    const std::string files = state_of(container.dir().path(), ".log");
    const std::string log = container.error_log();
    const Outcome checked = run({container_program(), "--config", container.yaml(), "--check"});
    CHECK_MESSAGE(checked.exit_code == 0, checked.output);
    CHECK_MESSAGE(holds(checked.output, "not known: whether the sockets are free, as a container (pid " +
                                            std::to_string(container.pid()) + ") seems to run"),
                  checked.output);
    CHECK_EQ(state_of(container.dir().path(), ".log"), files);
    CHECK(container.error_log().starts_with(log));
    const auto after = container.status();
    CHECK(after.pools.at(0).workers.at(0).pid == before.pools.at(0).workers.at(0).pid);
    CHECK(after.pools.at(0).workers.at(0).accepted == before.pools.at(0).workers.at(0).accepted);
    CHECK(after.generation == before.generation);
}

TEST_CASE("whether a named pipe has a reader --check cannot know without disturbing it, and says so") {
    const TempDir dir;
    const Setup setup{"", "", [](const TempDir &) { return ContainerSettings(); }, {"--set", "log.access=DIR/pipe"}};
    write_configuration(setup, dir);
    REQUIRE(::mkfifo((dir / "pipe").c_str(), 0600) == 0);
    const Outcome checked = check(setup, dir);
    CHECK_MESSAGE(checked.exit_code == 0, checked.output);
    CHECK_MESSAGE(holds(checked.output, "not known: whether a process reads the named pipe " + dir / "pipe"),
                  checked.output);
    const Outcome started = run(command_of(setup, dir));
    CHECK(started.exit_code == 1);
    CHECK_MESSAGE(holds(started.output, dir / "pipe: no process reads this named pipe; start its reader first"),
                  started.output);
}

#ifndef HBNB_SANITIZED  // which takes more of a stack than there is here
TEST_CASE("--check goes its way on a stack of 128 KiB, as a start does") {
    const TempDir dir;
    const Setup setup{"", "", [](const TempDir &) { return ContainerSettings(); }};
    write_configuration(setup, dir);
    const Outcome checked =
        run({"prlimit", "--stack=131072:131072", container_program(), "--config", dir / "hbnb.yaml", "--check"});
    CHECK_MESSAGE(checked.exit_code == 0, checked.output);
}
#endif

TEST_CASE("hbnbctl check says what --check says") {
    const TempDir dir;
    write_file(dir / "hbnb.yaml", container_yaml(dir.path(), mounting(test_plugin("wrong_abi"))));
    const Outcome checked = run({container_program(), "--config", dir / "hbnb.yaml", "--check"});
    const Outcome asked = run({control_program(), "check", dir / "hbnb.yaml"});
    CHECK(asked.exit_code == checked.exit_code);
    CHECK_EQ(sentences(asked.output), sentences(checked.output));
    const Outcome set = run({control_program(), "check", dir / "hbnb.yaml", "--set",
                             "pools.test.handlers.mounts./x.plugin=" + plugin_file("demo")});
    CHECK_MESSAGE(set.exit_code == 0, set.output);
    const Outcome nowhere = run({control_program(), "check", "--container", "/nowhere/c", dir / "hbnb.yaml"});
    CHECK(nowhere.exit_code == 1);
    CHECK_EQ(nowhere.output, "hbnbctl: unable to check " + dir / "hbnb.yaml" +
                                 " with /nowhere/c: No such file or directory; name the program with --container\n");
}

TEST_CASE("a plugin is told what it is loaded for: to serve, to prove a reload, or to be checked") {
    Container container({.min = 2, .max = 2, .mounts = {{"/purpose", test_plugin("purpose")}}});
    container.expect_in_log("loaded to ");
    container.expect_in_log("let go of by ");
    const auto count = [&](const std::string &line) {
        const std::string log = container.error_log();
        std::size_t found = 0;
        for (auto at = log.find(line); at != std::string::npos; at = log.find(line, at + 1)) ++found;
        return found;
    };
    CHECK(eventually([&] { return count("loaded to serve") == 2; }));
    CHECK(container.reload());
    CHECK(eventually([&] { return count("loaded to prove") == 1 && count("loaded to serve") == 3; }));
    const Outcome checked = run({container_program(), "--config", container.yaml(), "--check"});
    CHECK_MESSAGE(holds(checked.output, "loaded to check"), checked.output);
    CHECK(holds(checked.output, "let go of by check"));
}
