// workers.wrapper: the program that a pool puts before its worker program.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <thread>

#include "support/container.hpp"
#include "support/fastcgi_client.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

std::string script(const TempDir &dir, const std::string &text, mode_t mode = 0755) {
    const std::string file = dir / "wrapper";
    write_file(file, "#!/bin/sh\n" + text);
    ::chmod(file.c_str(), mode);
    return file;
}

ContainerSettings wrapped(const std::string &words) {
    return {.min = 1, .max = 1, .pool = {{"workers.wrapper", "[" + words + "]"}, {"timeouts.start", "60s"}}};
}

std::string get_demo(const Container &container) {
    const auto answer = FastcgiConnection(container.socket()).ask(fastcgi_get("/demo/hello", false));
    return answer ? std::to_string(answer->http_status()) : "no answer";
}

// What a check says of this wrapper, in a start's words.
std::string refusal(const std::string &words) {
    const TempDir dir;
    write_file(dir / "hbnb.yaml", container_yaml(dir.path(), wrapped(words)));
    const Outcome outcome = run({container_program(), "--config", dir / "hbnb.yaml", "--check"});
    CHECK(outcome.exit_code == 1);
    return outcome.output;
}

bool holds(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a wrapper is given the worker program behind its own words, runs it, and the worker serves and leaves") {
    const TempDir dir;
    const std::string wrapper = script(dir, "printf '%s\\n' \"$@\" >" + dir / "words" + "; shift 2; exec \"$@\"\n");
    Container container(wrapped(wrapper + ", one, \"two words\""));
    CHECK(get_demo(container) == "200");
    const std::string words = read_file(dir / "words");
    CHECK_MESSAGE(words.starts_with("one\ntwo words\n/"), words);
    CHECK_MESSAGE(words.ends_with("/hbnb-worker\n"), words);
}

TEST_CASE("a worker that its wrapper runs as a child serves, and is gone with its wrapper, inside a request too") {
    const TempDir dir;
    const std::string wrapper = script(dir, "\"$@\" &\necho $! >" + dir / "pid" + "\nwait $!\n");
    ContainerSettings settings = wrapped(wrapper);
    settings.mounts = {{"/demo", "demo"}, {"/gated", test_plugin("gated")}};
    Container container(settings);
    CHECK(get_demo(container) == "200");
    const pid_t worker = std::stoi(read_file(dir / "pid"));
    const pid_t of_wrapper = container.worker_pids().at(0);
    CHECK(worker != of_wrapper);
    std::thread client(
        [&] { FastcgiConnection(container.socket()).ask(fastcgi_get("/gated/wait?file=" + dir / "never", false)); });
    CHECK(eventually([&] { return container.pool().busy == 1; }));
    container.expect_in_log("ended: crashed");
    container.expect_in_log("workers die young");
    ::kill(of_wrapper, SIGKILL);
    CHECK(eventually([&] { return !process_exists(worker); }));
    client.join();
    CHECK(eventually([&] { return !container.worker_pids().empty() && container.worker_pids().at(0) != of_wrapper; }));
    CHECK(get_demo(container) == "200");
}

TEST_CASE("programs that are known as wrappers hand on what a worker needs") {
    for (const char *words : {"env, HBNB_X=1", "nice, -n, 5", "setsid, -w"}) {
        CAPTURE(words);
        Container container(wrapped(words));
        CHECK(get_demo(container) == "200");
    }
}

TEST_CASE("a wrapper that is not there, or is not executable, is refused with key, program and reason") {
    const std::string key = "that pools.test.workers.wrapper names: ";
    const TempDir dir;
    const std::string plain = script(dir, "", 0644);
    const std::string missing = refusal("hbnb-no-such-program, -q");
    CHECK_MESSAGE(holds(missing, "unable to run the wrapper hbnb-no-such-program " + key + "No such file or directory"),
                  missing);
    CHECK(holds(refusal(plain), "unable to run the wrapper " + plain + " " + key + "Permission denied"));
    CHECK(holds(refusal(dir.path()), "unable to run the wrapper " + dir.path() + " " + key + "Is a directory"));
}

TEST_CASE("a wrapper that ends before it runs the worker is blamed by name, with what it printed, and no plugin is") {
    const TempDir dir;
    const std::string wrapper = script(dir, "echo not today >&2\nexit 3\n");
    const std::string said = refusal(wrapper);
    CHECK_MESSAGE(holds(said, "unable to run the worker program through the wrapper " + wrapper +
                                  " (workers.wrapper): the wrapper has ended before it did (exit code 3)"),
                  said);
    CHECK_MESSAGE(holds(said, "not today"), said);
    CHECK_MESSAGE(!holds(said, "plugin"), said);
}

TEST_CASE(
    "with a wrapper a plugin is loaded from its own file, where tools look for its code, unless that has changed") {
    const TempDir dir;
    const std::string file = dir / "plugin.so";
    write_file(file, read_file(test_plugin("gated")));
    ContainerSettings settings = wrapped("env");
    settings.mounts = {{"/gated", file}, {"/demo", "demo"}};
    Container container(settings);
    const auto maps_of = [](pid_t pid) { return read_file("/proc/" + std::to_string(pid) + "/maps"); };
    const pid_t first = container.worker_pids().at(0);
    CHECK_MESSAGE(holds(maps_of(first), file + "\n"), maps_of(first));
    CHECK_MESSAGE(!holds(maps_of(first), "memfd:plugin.so"), maps_of(first));
    std::filesystem::rename(file, dir / "was");
    write_file(file, read_file(test_plugin("purpose")));
    container.expect_in_log("ended: crashed");
    container.expect_in_log("workers die young");
    ::kill(first, SIGKILL);
    std::vector<pid_t> pids;
    REQUIRE(eventually([&] { return !(pids = container.worker_pids()).empty() && pids.front() != first; }));
    const std::string maps = maps_of(pids.front());
    CHECK_MESSAGE(holds(maps, "memfd:plugin.so"), maps);
    CHECK(get_demo(container) == "200");
}

TEST_CASE("a reload to a wrapper that is missing is refused, and one to another wrapper takes it") {
    const TempDir dir;
    Container container(wrapped("env"));
    container.rewrite_yaml(wrapped("hbnb-no-such-program"));
    container.expect_in_log("unable to run the wrapper hbnb-no-such-program");
    CHECK_FALSE(container.reload());
    CHECK(get_demo(container) == "200");
    const std::string wrapper = script(dir, "touch " + dir / "ran" + "\nexec \"$@\"\n");
    container.rewrite_yaml(wrapped(wrapper));
    CHECK(container.reload());
    CHECK(std::filesystem::exists(dir / "ran"));
    CHECK(get_demo(container) == "200");
}
