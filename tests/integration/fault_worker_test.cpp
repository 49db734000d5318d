// What can befall a worker, and what a handler can do to its own: others serve meanwhile, the log says what it was, and
// afterwards everything is as it was before.
#include <doctest/doctest.h>

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "support/container.hpp"
#include "support/fastcgi_client.hpp"
#include "support/invariants.hpp"
#include "support/nginx.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

ContainerSettings with_faults(unsigned workers) {
    return {.min = workers, .max = workers, .mounts = {{"/demo", "demo"}, {"/faults", test_plugin("faults")}}};
}

void expect_crashes(Container &container) {
    container.expect_in_log("ended: crashed");
    container.expect_in_log("workers die young");  // where the dead one had just begun
}

bool is_hello(const std::optional<fcgi::ResponseGatherer> &answer) {
    return answer && answer->http_status() == 200 && answer->body() == "Hello from the container\n";
}

bool serves(const Container &container) {
    return is_hello(FastcgiConnection(container.socket()).ask(fastcgi_get("/demo/hello", false)));
}

// Of all its threads, user and system, in clock ticks.
std::uint64_t cpu_ticks(pid_t pid) {
    const std::string text = read_file("/proc/" + std::to_string(pid) + "/stat");
    std::istringstream fields(text.substr(text.rfind(')') + 2));
    std::string skipped;
    for (int i = 0; i < 11; ++i) fields >> skipped;
    std::uint64_t user = 0, system = 0;
    fields >> user >> system;
    return user + system;
}

}  // namespace

TEST_CASE("connections that wait when the only worker is killed are served by its replacement") {
    Container container({.min = 1, .max = 1});
    expect_crashes(container);
    const Invariants before(container);
    const pid_t victim = container.worker_pids().at(0);
    {
        FastcgiConnection in_hand(container.socket());
        REQUIRE(in_hand.send(fcgi::encode_request(fastcgi_get("/demo/hang", false))));
        REQUIRE(eventually([&] { return container.pool().busy == 1; }));
        std::vector<std::unique_ptr<FastcgiConnection>> queued;
        for (int i = 0; i < 20; ++i) {
            queued.push_back(std::make_unique<FastcgiConnection>(container.socket()));
            REQUIRE(queued.back()->send(fcgi::encode_request(fastcgi_get("/demo/hello", false))));
        }
        // Each lies in the queue: one in the worker's hands, on its way from the listening socket, would die with it.
        REQUIRE(eventually([&] { return container.pool().workers.at(0).handed_over == queued.size(); }));
        ::kill(victim, SIGKILL);
        CHECK_FALSE(in_hand.receive());
        for (const auto &one : queued) CHECK(is_hello(one->receive()));
    }
    CHECK(logs(container,
               "(pid " + std::to_string(victim) + ") ended: crashed, signal 9 (SIGKILL), not sent by the manager"));
    before.hold();
}

TEST_CASE("a worker killed in a request costs that one a 502, and the log names it") {
    Container container({.min = 2, .max = 2});
    expect_crashes(container);
    const Invariants before(container);
    {
        Nginx nginx({.socket = container.socket()});
        HttpResponse lost;
        std::thread client([&] { lost = ask(nginx.endpoint(), {"POST", "/demo/hang?mine", {}, "x"}); });
        wire::CurrentRequest running;
        pid_t victim = 0;
        const bool seen = eventually([&] {
            for (const auto &worker : container.pool().workers) {
                if (worker.current.empty()) continue;
                running = worker.current.front();
                victim = static_cast<pid_t>(worker.pid);
            }
            return victim != 0;
        });
        if (seen) ::kill(victim, SIGKILL);
        for (int i = 0; i < 20; ++i) CHECK(nginx.get("/demo/hello").status == 200);
        client.join();
        REQUIRE(seen);
        CHECK(lost.status == 502);
        CHECK(logs(container, "it was serving POST /demo/hang?mine (request " + running.request_id +
                                  ", plugin demo, route /hang"));
        CHECK(running.request_id.size() == 32);  // nginx's
    }
    CHECK(container.pool().workers_crashed == 1);
    before.hold();
}

TEST_CASE("a handler that ends its process or its thread costs the requests in its hands and no more") {
    Container container(with_faults(2));
    expect_crashes(container);
    container.expect_in_log("ended its thread");
    const Invariants before(container);
    std::string route, said;
    SUBCASE("a floating point exception") { route = "divide", said = "signal 8 (SIGFPE)"; }
    SUBCASE("a stack overflow") { route = "overflow", said = "signal 11 (SIGSEGV)"; }
    SUBCASE("exit()") { route = "exit", said = "exit code 0, because a handler has ended its process"; }
    SUBCASE("_exit()") { route = "exit_at_once", said = "exit code 0, because a handler has ended its process"; }
    SUBCASE("pthread_exit()") { route = "end_thread", said = "a handler has ended its thread"; }
    CHECK_FALSE(FastcgiConnection(container.socket()).ask(fastcgi_get("/faults/" + route, false)));
    for (int i = 0; i < 20; ++i) CHECK(serves(container));
    CHECK(logs(container, said));
    CHECK(logs(container, "it was serving GET /faults/" + route));
    CHECK(logs(container, "plugin faults"));
    CHECK(container.pool().workers_crashed == 1);
    before.hold();
}

TEST_CASE("a worker whose handler has closed what is not its own leaves, and is replaced") {
    Container container(with_faults(2));
    expect_crashes(container);
    container.expect_in_log("has a handler closed what is not its own?");
    container.expect_in_log("Bad file descriptor");
    const Invariants before(container);
    std::string route;
    SUBCASE("every descriptor") { route = "/faults/close_all"; }
    SUBCASE("the listening sockets") { route = "/faults/close_listeners"; }
    FastcgiConnection(container.socket()).ask(fastcgi_get(route, false));
    CHECK(eventually([&] {  // it sees it when the kernel wakes it for a connection, and not the other one
        CHECK(serves(container));
        return container.pool().workers_crashed == 1;
    }));
    before.hold();
}

TEST_CASE("a handler that throws is answered 500, and its worker lives") {
    Container container({.min = 2, .max = 2});
    container.expect_in_log("thrown because");
    const Invariants before(container);
    const auto workers = container.worker_pids();
    const auto answer = FastcgiConnection(container.socket()).ask(fastcgi_get("/demo/throw", false));
    CHECK((answer && answer->http_status() == 500));
    CHECK(container.worker_pids() == workers);
    before.hold();
}

TEST_CASE("a connection that a handler's child holds as well costs nothing once its peer has closed it") {
    Container container(with_faults(1));
    const pid_t worker = container.worker_pids().at(0);
    {
        FastcgiConnection kept(container.socket());
        const auto answer = kept.ask(fastcgi_get("/faults/child", true));
        REQUIRE((answer && answer->http_status() == 200));
        REQUIRE(container.pool().workers.at(0).connections == 1);
    }
    REQUIRE(eventually([&] { return container.pool().workers.at(0).connections == 0; }));
    const auto ticks = cpu_ticks(worker);
    const double since = container.status().uptime_s;
    REQUIRE(eventually([&] { return container.status().uptime_s > since + 3; }));
    CHECK(cpu_ticks(worker) - ticks < 100);  // a second of three
    CHECK(serves(container));
}

TEST_CASE("a worker without descriptors leaves connections to others, does not spin, and goes on when it has some") {
    Container container({.min = 1, .max = 1, .pool = {{"waiting.age_max", "60s"}}});
    container.expect_in_log("Too many open files");
    const Invariants before(container);
    const pid_t worker = container.worker_pids().at(0);
    rlimit was{};
    REQUIRE(::prlimit(worker, RLIMIT_NOFILE, nullptr, &was) == 0);
    const rlimit none{8, was.rlim_max};  // more than poll() is given, fewer than are open
    REQUIRE(::prlimit(worker, RLIMIT_NOFILE, &none, nullptr) == 0);
    FastcgiConnection waits(container.socket());
    REQUIRE(waits.send(fcgi::encode_request(fastcgi_get("/demo/hello", false))));
    REQUIRE(logs(container, "unable to accept a connection on unix:" + container.socket() + ": Too many open files"));
    const auto ticks = cpu_ticks(worker);
    const double since = container.status().uptime_s;
    REQUIRE(eventually([&] { return container.status().uptime_s > since + 3; }));
    CHECK(cpu_ticks(worker) - ticks < 100);  // a second of three
    SUBCASE("others serve") {
        container.signal(SIGTTIN);
        CHECK(is_hello(waits.receive()));
        CHECK(serves(container));
        REQUIRE(::prlimit(worker, RLIMIT_NOFILE, &was, nullptr) == 0);  // a sanitizer's last look needs some
        container.signal(SIGTTOU);
    }
    SUBCASE("it is alone and its limit is lifted") {
        REQUIRE(::prlimit(worker, RLIMIT_NOFILE, &was, nullptr) == 0);
        CHECK(is_hello(waits.receive()));
        CHECK(container.worker_pids().at(0) == worker);
    }
    CHECK(container.pool().workers_crashed == 0);
    before.hold();
}

#ifndef HBNB_SANITIZED  // looking for leaks takes descriptors, when such a worker leaves
TEST_CASE("workers that have no descriptor for who waits, and serve nobody, end: their successors answer") {
    Container container({.min = 2, .max = 2, .pool = {{"waiting.age_max", "200ms"}}});
    expect_crashes(container);
    container.expect_in_log("do handlers leave files open?");
    container.expect_in_log("Too many open files");
    container.expect_in_log("overloaded");
    const auto workers = container.worker_pids();
    const rlimit none{8, 8};
    FastcgiConnection kept(container.socket());
    REQUIRE(is_hello(kept.ask(fastcgi_get("/demo/hello", true))));
    for (const pid_t worker : workers) REQUIRE(::prlimit(worker, RLIMIT_NOFILE, &none, nullptr) == 0);
    FastcgiConnection waits(container.socket());
    REQUIRE(waits.send(fcgi::encode_request(fastcgi_get("/demo/hello", false))));
    CHECK(is_hello(waits.receive()));
    CHECK(serves(container));
}
#endif
