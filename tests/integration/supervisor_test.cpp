// What a service manager is told: systemd's protocol, seen from the other end of NOTIFY_SOCKET.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "support/container.hpp"
#include "support/notify_listener.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

using Words = std::vector<std::string>;

ContainerSettings told_to(const NotifyListener &listener, std::vector<std::string> more = {}) {
    ContainerSettings settings{.min = 2, .max = 4};
    settings.around.environment = std::move(more);
    settings.around.environment.push_back("NOTIFY_SOCKET=" + listener.name());
    return settings;
}

std::string variable(const std::string &message, const std::string &name) {
    const auto at = ("\n" + message).find("\n" + name + "=");
    if (at == std::string::npos) return {};
    const auto begin = at + name.size() + 1;
    return message.substr(begin, message.find('\n', begin) - begin);
}

std::string environment_of(pid_t pid) { return read_file("/proc/" + std::to_string(pid) + "/environ"); }

}  // namespace

TEST_CASE(
    "a service manager hears ready, reloading, ready and stopping, in this order, whether a reload is taken or not") {
    const TempDir dir;
    std::string name = dir / "notify";
    SUBCASE("at a path") {}
    SUBCASE("at an abstract name") { name = "@" + dir.path(); }
    NotifyListener listener(name);
    const auto settings = told_to(listener);
    Container container(settings);
    container.expect_in_log("reload failed");
    REQUIRE(eventually([&] { return listener.states() == Words{"READY"}; }));
    CHECK(variable(listener.last("READY"), "MAINPID") == std::to_string(container.pid()));
    CHECK(variable(listener.last("READY"), "STATUS") == "test: 2 workers (2 to 4)");

    REQUIRE(container.reload());
    REQUIRE(eventually([&] { return listener.states() == Words{"READY", "RELOADING", "READY"}; }));
    CHECK(std::stoull(variable(listener.last("RELOADING"), "MONOTONIC_USEC")) > 0);
    CHECK(variable(listener.last("RELOADING"), "STATUS") == "reload: generation 2");

    write_file(container.yaml(), "pools: 7\n");
    REQUIRE_FALSE(container.reload());
    REQUIRE(eventually([&] {
        return listener.states() == Words{"READY", "RELOADING", "READY", "RELOADING", "READY"};
    }));
    CHECK(variable(listener.last("READY"), "STATUS").find("; the last reload failed: " + container.yaml() + ":1:") !=
          std::string::npos);

    container.rewrite_yaml(settings);
    container.finish(SIGTERM);
    CHECK(listener.states() == Words{"READY", "RELOADING", "READY", "RELOADING", "READY", "STOPPING"});
    CHECK(variable(listener.last("STOPPING"), "STATUS") == "stop: the workers finish what they have");
}

TEST_CASE("a stop that interrupts a reload is the last that a service manager hears") {
    const TempDir dir;
    NotifyListener listener(dir / "notify");
    Container container(told_to(listener));
    container.expect_in_log("the pool is stopping");
    container.signal(SIGHUP);
    REQUIRE(eventually([&] { return listener.count("RELOADING") == 1; }));
    container.finish(SIGTERM);
    CHECK(listener.states().back() == "STOPPING");
}

TEST_CASE("the status line says how many workers there are") {
    const TempDir dir;
    NotifyListener listener(dir / "notify");
    Container container(told_to(listener));
    container.signal(SIGTTIN);
    CHECK(eventually([&] { return listener.last("STATUS=") == "STATUS=test: 3 workers (3 to 4)"; }));
}

TEST_CASE("a start that fails is never called ready, and says why") {
    const TempDir dir;
    NotifyListener listener(dir / "notify");
    auto settings = told_to(listener);
    settings.mounts = {{"/x", dir / "broken.so"}};
    write_file(dir / "broken.so", "no plugin");
    CHECK_THROWS(Container(settings));
    CHECK(listener.states() == Words{"STOPPING"});
    CHECK(variable(listener.last("STOPPING"), "STATUS").find("broken.so") != std::string::npos);
}

TEST_CASE("the watchdog hears of a loop that lives, and of none that stands still") {
    const TempDir dir;
    NotifyListener listener(dir / "notify");
    Container container(told_to(listener, {"WATCHDOG_USEC=100000"}));
    REQUIRE(eventually([&] { return listener.count("WATCHDOG=1") >= 5; }));
    container.signal(SIGSTOP);
    REQUIRE(eventually([&] { return is_stopped(container.pid()); }));
    const auto before = listener.count("WATCHDOG=1");
    std::this_thread::sleep_for(std::chrono::milliseconds(500));  // for anybody else who might say it in its place
    CHECK(listener.count("WATCHDOG=1") == before);
    container.signal(SIGCONT);
    CHECK(eventually([&] { return listener.count("WATCHDOG=1") > before; }));
}

TEST_CASE("a service manager that reads nothing does not stop the container") {
    const TempDir dir;
    NotifyListener listener(dir / "notify");
    Container container(told_to(listener, {"WATCHDOG_USEC=1000"}));
    container.expect_in_log("unable to tell the service manager");
    REQUIRE(eventually([&] { return container.error_log().find("unable to tell") != std::string::npos; }));
    CHECK(container.reload());
    CHECK(eventually([&] { return !listener.states().empty() && listener.states().back() == "READY"; }));
    CHECK(listener.count("RELOADING") == 0);  // of what could not be said only the last
}

TEST_CASE("what a service manager has put into the environment does not reach the workers") {
    const TempDir dir;
    NotifyListener listener(dir / "notify");
    const Container container(told_to(listener, {"WATCHDOG_USEC=60000000", "LISTEN_FDS=1", "LISTEN_PID=1"}));
    for (const pid_t worker : container.worker_pids()) {
        const std::string environment = environment_of(worker);
        CHECK(environment.find("PATH=") != std::string::npos);
        for (const char *name : {"NOTIFY_SOCKET", "WATCHDOG_", "LISTEN_"})
            CHECK(environment.find(name) == std::string::npos);
    }
}
