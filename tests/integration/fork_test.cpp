// What handlers start beside themselves: children that come back, stay, or execute programs.
#include <doctest/doctest.h>

#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "support/container.hpp"
#include "support/fastcgi_client.hpp"
#include "support/nginx.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

ContainerSettings one_worker(const std::string &plugin = "faults") {
    ContainerSettings settings{.min = 1, .max = 1};
    settings.mounts = {{"/faults", test_plugin(plugin)}};
    return settings;
}

std::string ask(const Container &container, const std::string &path) {
    const auto answer = FastcgiConnection(container.socket()).ask(fastcgi_get(path, false));
    return answer && answer->http_status() == 200 ? answer->body() : "";
}

pid_t child_of(const Container &container, const std::string &path) {
    const std::string told = ask(container, path);
    REQUIRE_MESSAGE(told.find_first_not_of("0123456789") == std::string::npos, told);
    REQUIRE(!told.empty());
    return static_cast<pid_t>(std::stol(told));
}

bool ends(pid_t pid) {
    return eventually([&] { return !process_exists(pid); });
}

// What of the worker's a process holds: sockets, epoll sets, event counters, memory that others map.
std::string held_by(pid_t pid) {
    std::string held;
    for (const auto &entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
        std::error_code closed;
        const std::string what = std::filesystem::read_symlink(entry.path(), closed).string();
        if (what.starts_with("socket:") || what.starts_with("anon_inode:") || what.starts_with("/memfd:"))
            held += what + "\n";
    }
    return held;
}

}  // namespace

TEST_CASE("a child that comes back from handle is no worker: it ends, with a line in the log, and its worker answers") {
    Container container(one_worker());
    container.expect_in_log("has forked a process");
    container.expect_in_log("thrown in a child");
    const pid_t worker = container.worker_pids().at(0);
    for (const std::string how : {"fork_returns", "raw_fork_returns", "fork_throws", "fork_ends_thread"}) {
        const pid_t child = child_of(container, "/faults/" + how);
        CHECK_MESSAGE(ends(child), how);
        const std::string line =
            "plugin faults has forked a process (" + std::to_string(child) + "), which came back from handle";
        CHECK_MESSAGE(eventually([&] { return container.error_log().find(line) != std::string::npos; }), how);
        for (int i = 0; i < 8; ++i) CHECK(ask(container, "/faults/pid") == std::to_string(worker));
    }
    CHECK(container.worker_pids() == std::vector<pid_t>{worker});
}

TEST_CASE("a child that ends by exit leaves its worker's answers and connections alone") {
    Container container(one_worker());
    const pid_t worker = container.worker_pids().at(0);
    FastcgiConnection kept(container.socket());
    REQUIRE(kept.ask(fastcgi_get("/faults/fork_exits", true)));
    for (int i = 0; i < 3; ++i) {
        const auto answer = kept.ask(fastcgi_get("/faults/pid", true));
        REQUIRE(answer);
        CHECK(answer->body() == std::to_string(worker));
    }
}

#ifndef HBNB_SANITIZED  // leaks are looked for in the child, too, which has one thread of several
TEST_CASE("a child that holds the connection and ends by exit does not cut the answer that its worker has begun") {
    Container container(one_worker());
    CHECK(ask(container, "/faults/raw_fork_exits") == "begun, whole");
}
#endif

TEST_CASE("a child that comes back from load or create is no worker") {
    std::string plugin;
    SUBCASE("load") { plugin = "forks_at_load"; }
    SUBCASE("create") { plugin = "forks_at_create"; }
    Container container(one_worker(plugin));
    container.expect_in_log("has forked a process");
    CHECK(eventually([&] { return container.error_log().find("has forked a process") != std::string::npos; }));
    CHECK(ask(container, "/faults/x") == "answered\n");
    CHECK(container.worker_pids().size() == 1);
    CHECK(container.pool().workers_crashed == 0);
}

TEST_CASE("a forked child holds no socket, queue or channel of its worker") {
    Container container(one_worker());
    FastcgiConnection kept(container.socket());
    REQUIRE(kept.ask(fastcgi_get("/faults/pid", true)));
    const pid_t child = child_of(container, "/faults/fork_sleeps");
    CHECK(eventually([&] { return held_by(child).empty(); }));
    CHECK_MESSAGE(process_exists(child), held_by(child));
}

TEST_CASE("what a handler has started ends with its worker, and nginx's kept connections with it") {
    Container container(one_worker());
    container.expect_in_log("ended: crashed, signal 9");
    container.expect_in_log("workers die young");
    Nginx nginx({.socket = container.socket()});
    for (const std::string how : {"fork_sleeps", "raw_fork_sleeps"}) {
        const auto told = nginx.get("/faults/" + how);
        REQUIRE(told.status == 200);
        const pid_t child = static_cast<pid_t>(std::stol(told.body)), worker = container.worker_pids().at(0);
        REQUIRE(process_exists(child));
        REQUIRE(::kill(worker, SIGKILL) == 0);
        CHECK_MESSAGE(ends(child), how);
        CHECK_MESSAGE(nginx.get("/faults/pid").status == 200, how);
    }
}

TEST_CASE("what a handler has started ends when the container stops, and when its manager is killed") {
    Container container(one_worker());
    const pid_t child = child_of(container, "/faults/raw_fork_sleeps");
    SUBCASE("stopped") { container.finish(); }
    SUBCASE("killed") {
        container.signal(SIGKILL);
        container.process().wait();
        container.forget();
    }
    CHECK(ends(child));
}

TEST_CASE("a program that a handler executes holds nothing of its worker") {
    Container container(one_worker());
    container.expect_in_log("ended: crashed, signal 9");
    container.expect_in_log("workers die young");
    const pid_t worker = container.worker_pids().at(0);
    CHECK(ask(container, "/faults/shell") == "0");
    std::vector<pid_t> programs;
    const auto in_group = [&] {
        programs.clear();
        for (const auto &entry : std::filesystem::directory_iterator("/proc")) {
            const std::string name = entry.path().filename();
            if (name.find_first_not_of("0123456789") != std::string::npos) continue;
            const auto pid = static_cast<pid_t>(std::stol(name));
            if (pid != worker && ::getpgid(pid) == worker && process_exists(pid)) programs.push_back(pid);
        }
        return programs.size() == 1;
    };
    REQUIRE(eventually(in_group));
    CHECK(held_by(programs[0]) == "");
    REQUIRE(::kill(worker, SIGKILL) == 0);
    CHECK(ends(programs[0]));
}
