// What is wrong with a start is said in a sentence that names it; the exit code is 1 (wrong usage 2), and nothing is
// left.
#include <doctest/doctest.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <unistd.h>
#include <algorithm>

#include <filesystem>
#include <string>

#include "base/fd.hpp"
#include "support/container.hpp"

using namespace hbnb::test;

namespace {

// A YAML for `dir` and what becomes of a start with it.
struct Start {
    TempDir dir;
    ContainerSettings settings;
    std::string more;  // YAML after it

    Outcome operator()() const {
        write_file(dir / "hbnb.yaml", container_yaml(dir.path(), settings) + more);
        Process process({container_program(), "--config", dir / "hbnb.yaml", "--pid-file", dir / "pid"},
                        dir / "output");
        const auto exit = process.wait();
        return {exit ? exit->code : -1, read_file(dir / "output")};
    }
};

void check_refused(const Start &start, const std::string &sentence) {
    const Outcome outcome = start();
    CHECK(outcome.exit_code == 1);
    CHECK_MESSAGE(outcome.output.find(sentence) != std::string::npos, outcome.output);
    CHECK(outcome.output.rfind("hbnb-container: ", 0) == 0);
    for (const char *name : {"hbnb.sock", "control.sock", "pid"}) {
        CHECK_FALSE_MESSAGE(std::filesystem::is_socket(start.dir / name), name);
    }
    // Waits: a sanitizer's own helper in a worker that was killed may outlive it for an instant.
    CHECK(eventually([] {
        const auto left = children_of(::getpid());
        return std::none_of(left.begin(), left.end(), process_exists);
    }));
}

std::string copy_of_demo(const TempDir &dir, mode_t mode) {
    std::filesystem::copy_file(plugin_file("demo"), dir / "copy.so");
    ::chmod((dir / "copy.so").c_str(), mode);
    return dir / "copy.so";
}

// A second pool, whose socket is the one that cannot be had: the first pool's must be gone again too.
std::string another_pool(const std::string &listen) {
    return "  other:\n    listen: [ { " + listen + " } ]\n    handlers: { mounts: { /: { plugin: \"" +
           plugin_file("demo") + "\" } } }\n";
}

}  // namespace

TEST_CASE("an unknown key is refused with file, line and column, and the nearest key") {
    Start start;
    start.settings.pool = {{"workers.maximum", "8"}};
    check_refused(start, start.dir / "hbnb.yaml:");
    check_refused(start, "pools.test.workers.maximum: unknown key");
}

TEST_CASE("a value of the wrong type is refused with what was found and what is allowed") {
    Start start;
    start.settings.pool = {{"timeouts.request", "soon"}};
    check_refused(start,
                  "pools.test.timeouts.request: found \"soon\"; allowed a duration from 10ms to 1d, or 0 (no limit)");
}

TEST_CASE("YAML that is none is refused with its place, alone") {
    Start start;
    start.more = "  - [\n";
    check_refused(start, "hbnb.yaml:");
}

TEST_CASE("a configuration file that is not there, or is a directory, is named") {
    const TempDir dir;
    const Outcome gone = run({container_program(), "--config", dir / "gone.yaml"});
    CHECK(gone.exit_code == 1);
    CHECK_MESSAGE(
        gone.output == "hbnb-container: unable to read " + dir / "gone.yaml" + ": No such file or directory\n",
        gone.output);
    const Outcome directory = run({container_program(), "--config", dir.path()});
    CHECK(directory.exit_code == 1);
    CHECK_MESSAGE(directory.output.find("unable to read " + dir.path() + ": ") != std::string::npos, directory.output);
}

TEST_CASE("wrong usage is exit code 2") {
    for (const std::vector<std::string> &words : {std::vector<std::string>{},
                                                  {"--config"},
                                                  {"--config", "x", "--colour"},
                                                  {"--config", "x", "--set", "novalue"}}) {
        std::vector<std::string> command{container_program()};
        command.insert(command.end(), words.begin(), words.end());
        const Outcome outcome = run(command);
        CHECK(outcome.exit_code == 2);
        CHECK_FALSE(outcome.output.empty());
    }
}

TEST_CASE("a plugin that is not there is named with the place that names it") {
    Start start;
    start.settings.mounts = {{"/gone", start.dir / "gone.so"}};
    check_refused(start, "unable to load plugin " + start.dir / "gone.so" + ": No such file or directory (");
}

TEST_CASE("a plugin that anybody may write is refused") {
    Start start;
    start.settings.mounts = {{"/open", copy_of_demo(start.dir, 0666)}};
    check_refused(start,
                  "unable to load plugin " + start.dir / "copy.so" + ": it is writable by group or others (mode 0666)");
}

TEST_CASE("a plugin in a directory that anybody may write is refused") {
    Start start;
    start.settings.mounts = {{"/open", copy_of_demo(start.dir, 0644)}};
    ::chmod(start.dir.path().c_str(), 0777);
    check_refused(start, "its directory " + start.dir.path() + " is writable by group or others (mode 0777)");
}

TEST_CASE("a plugin that may not be read is refused") {
    if (::geteuid() == 0) return;  // root reads everything
    Start start;
    start.settings.mounts = {{"/secret", copy_of_demo(start.dir, 0000)}};
    check_refused(start, "unable to load plugin " + start.dir / "copy.so" + ": Permission denied");
}

TEST_CASE("files that are no plugins are refused") {
    Start start;
    std::string sentence;
    SUBCASE("an empty file") {
        write_file(start.dir / "x.so", "");
        sentence = "unable to load plugin " + start.dir / "x.so" + ": it is empty";
    }
    SUBCASE("noise") {
        write_file(start.dir / "x.so", "noise");
        sentence = "unable to load plugin " + start.dir / "x.so";
    }
    SUBCASE("a shared object without our function") {
        std::filesystem::copy_file("/usr/lib/x86_64-linux-gnu/libfcgi.so.0", start.dir / "x.so");
        sentence = "unable to load plugin " + start.dir / "x.so";
    }
    SUBCASE("half a shared object, which kills whoever loads it") {
        std::filesystem::copy_file("/usr/lib/x86_64-linux-gnu/libfcgi.so.0", start.dir / "x.so");
        std::filesystem::resize_file(start.dir / "x.so", std::filesystem::file_size(start.dir / "x.so") / 2);
        sentence = "plugin " + start.dir / "x.so";
    }
    SUBCASE("a directory") {
        std::filesystem::create_directory(start.dir / "x.so");
        sentence = "unable to load plugin " + start.dir / "x.so" + ": it is not a regular file";
    }
    ::chmod((start.dir / "x.so").c_str(), 0755);
    start.settings.mounts = {{"/x", start.dir / "x.so"}};
    check_refused(start, sentence);
}

TEST_CASE("two plugins at one mount are refused with both names") {
    Start start;
    std::filesystem::copy_file(plugin_file("demo"), start.dir / "one.so");
    std::filesystem::copy_file(plugin_file("demo"), start.dir / "two.so");
    start.settings.handlers_directory = start.dir.path();
    check_refused(start, "one.so");
    check_refused(start, "two.so");
}

TEST_CASE("a socket path longer than an address holds is refused") {
    Start start;
    start.more = another_pool("unix: /tmp/" + std::string(120, 'x'));
    check_refused(start, "allowed at most 107");
}

TEST_CASE("a socket in a directory that is not there is refused") {
    Start start;
    start.more = another_pool("unix: " + start.dir / "no/where.sock");
    check_refused(start, "unable to listen on unix:" + start.dir / "no/where.sock" + ": No such file or directory");
}

TEST_CASE("a TCP port in use is named") {
    const hbnb::Fd taken(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(taken.get(), reinterpret_cast<const sockaddr *>(&address), size) == 0);
    REQUIRE(::listen(taken.get(), 1) == 0);
    REQUIRE(::getsockname(taken.get(), reinterpret_cast<sockaddr *>(&address), &size) == 0);
    const std::string name = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    Start start;
    start.more = another_pool("tcp: " + name);
    check_refused(start, "unable to listen on tcp:" + name + ": Address already in use");
}

TEST_CASE("an error log in a directory without permission or existence is named") {
    Start start;
    std::string text = container_yaml(start.dir.path(), {});
    const std::string was = "error: " + start.dir / "error.log";
    text.replace(text.find(was), was.size(), "error: " + start.dir / "no/error.log");
    write_file(start.dir / "hbnb.yaml", text);
    const Outcome outcome = run({container_program(), "--config", start.dir / "hbnb.yaml"});
    CHECK(outcome.exit_code == 1);
    CHECK_MESSAGE(outcome.output.find(start.dir / "no/error.log") != std::string::npos, outcome.output);
    CHECK_FALSE(std::filesystem::exists(start.dir / "hbnb.sock"));
}

TEST_CASE("a directory that may not be written is named when the socket should be made in it") {
    if (::geteuid() == 0) return;  // root writes everywhere
    Start start;
    start.more = another_pool("unix: /usr/hbnb.sock");
    check_refused(start, "unable to listen on unix:/usr/hbnb.sock: Permission denied");
}

TEST_CASE("a database file that is empty or corrupted is named, and stays as it is") {
    Start start;
    start.settings.mounts = {{"/api/v1", "api"}};
    std::string content;
    SUBCASE("empty") { content = ""; }
    SUBCASE("corrupted") { content = std::string(8192, 'x'); }
    write_file(start.dir / "hbnb.db", content);
    check_refused(start, "unable to open database " + start.dir / "hbnb.db" + ": ");
    CHECK(read_file(start.dir / "hbnb.db") == content);
}
