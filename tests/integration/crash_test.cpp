// Workers that die: at most the requests in their hands are lost, and they are replaced.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/container.hpp"
#include "support/fastcgi_client.hpp"
#include "support/invariants.hpp"
#include "support/load.hpp"
#include "support/nginx.hpp"

using namespace hbnb::test;

namespace {

constexpr unsigned kClients = 8;

void expect_crashes(Container &container) {
    container.expect_in_log("crashed");
    container.expect_in_log("workers die young");  // where the killed one had just begun
}

void expect_suspensions(Container &container) {
    container.expect_in_log("ended: suspended");
    container.expect_in_log("workers die young");
}

bool all_serve(const Container &container, unsigned workers) { return container.worker_pids().size() >= workers; }

bool has(const std::vector<pid_t> &pids, pid_t pid) { return std::find(pids.begin(), pids.end(), pid) != pids.end(); }

void send_all(const std::vector<pid_t> &pids, int signal) {
    for (const pid_t pid : pids) ::kill(pid, signal);
}

}  // namespace

TEST_CASE("a worker killed while it is idle is replaced, and no client notices") {
    Container container({.min = 2, .max = 2});
    expect_crashes(container);
    const Invariants before(container);
    {
        Nginx nginx({.socket = container.socket()});
        const pid_t victim = container.worker_pids().at(0);
        ::kill(victim, SIGKILL);
        CHECK(eventually([&] { return all_serve(container, 2) && !has(container.worker_pids(), victim); }));
        CHECK_FALSE(process_exists(victim));
        for (int i = 0; i < 20; ++i) CHECK(nginx.get("/demo/hello").status == 200);
    }
    CHECK(container.pool().workers_crashed == 1);
    before.hold();
}

TEST_CASE("workers killed under a load of GETs cost no answer: nginx asks again") {
    Container container({.min = 4, .max = 4});
    expect_crashes(container);
    Nginx nginx({.socket = container.socket()});
    Load load(nginx.endpoint(), "/demo/hello", kClients);
    for (int i = 0; i < 5; ++i) {
        const auto answered = load.answered();
        REQUIRE(eventually([&] { return all_serve(container, 4) && load.answered() > answered + 200; }));
        ::kill(container.worker_pids().at(0), SIGKILL);
    }
    REQUIRE(eventually([&] { return container.pool().workers_crashed == 5 && all_serve(container, 4); }));
    const auto result = load.stop();
    CHECK_MESSAGE(result.failures() == 0, result.describe() << "\n" << nginx.error_log());
}

TEST_CASE("without nginx's second try, a killed worker costs at most the one request in its hands") {
    Container container({.min = 4, .max = 4});
    expect_crashes(container);
    std::atomic<bool> stopping{false};
    std::atomic<unsigned> answered{0}, lost{0};
    std::vector<std::thread> clients;
    for (unsigned i = 0; i < kClients; ++i) {
        clients.emplace_back([&] {
            for (unsigned asked = 0; !stopping && asked < kLoadRequestsMax; ++asked) {
                const auto answer = FastcgiConnection(container.socket()).ask(fastcgi_get("/demo/hello", false));
                ++(answer && answer->http_status() == 200 ? answered : lost);
            }
        });
    }
    CHECK(eventually([&] { return answered > 500; }));
    ::kill(container.worker_pids().at(1), SIGKILL);
    CHECK(eventually([&] { return container.pool().workers_crashed == 1 && all_serve(container, 4); }));
    stopping = true;
    for (auto &client : clients) client.join();
    CHECK(lost <= 1);
}

TEST_CASE("the log names signal, plugin, method and URI of the request that killed its worker") {
    Container container({.min = 2, .max = 2});
    expect_crashes(container);
    const Invariants before(container);
    auto nginx = std::make_unique<Nginx>(NginxSettings{.socket = container.socket()});
    std::string signal;
    SUBCASE("a segmentation fault") { signal = "SEGV"; }
    SUBCASE("an abort") { signal = "ABRT"; }
    SUBCASE("a kill") { signal = "KILL"; }
    const auto answer = nginx->get("/demo/crash?signal=" + signal);
    CHECK(answer.status == 502);
    REQUIRE(eventually(
        [&] { return container.error_log().find("GET /demo/crash?signal=" + signal) != std::string::npos; }));
    CHECK(logs(container, "SIG" + signal));
    CHECK(logs(container, "plugin demo"));
    CHECK(eventually([&] { return nginx->get("/demo/hello").status == 200; }));
    nginx.reset();
    before.hold();
}

TEST_CASE("a GET that kills its worker kills at most two: the pool outlives it") {
    Container container({.min = 8, .max = 8});
    expect_crashes(container);
    Nginx nginx({.socket = container.socket()});
    {
        Load load(nginx.endpoint(), "/demo/hello", kClients);  // nginx has a kept connection to many of them
        CHECK(eventually([&] { return load.answered() > 1000; }));
    }
    nginx.get("/demo/crash?signal=KILL");
    CHECK(eventually([&] { return all_serve(container, 8); }));
    CHECK(container.pool().workers_crashed >= 1);
    CHECK(container.pool().workers_crashed <= 2);
}

TEST_CASE("a worker that is stopped by a signal is killed and replaced, and the others serve meanwhile") {
    Container container({.min = 2, .max = 2});
    expect_suspensions(container);
    const Invariants before(container);
    const pid_t victim = container.worker_pids().at(0);
    ::kill(victim, SIGSTOP);
    REQUIRE(eventually([&] { return is_stopped(victim); }));
    for (int i = 0; i < 20; ++i) {
        const auto answer = FastcgiConnection(container.socket()).ask(fastcgi_get("/demo/hello", false));
        CHECK((answer && answer->http_status() == 200));
    }
    CHECK(eventually([&] { return !process_exists(victim) && all_serve(container, 2); }));
    CHECK(logs(container, "SIGSTOP or the like"));
    before.hold();
}

TEST_CASE("when every worker is stopped by a signal, who comes waits for the new ones and is answered") {
    Container container({.min = 3, .max = 3});
    expect_suspensions(container);
    const Invariants before(container);
    const auto victims = container.worker_pids();
    send_all(victims, SIGSTOP);
    for (const pid_t victim : victims) REQUIRE(eventually([&] { return is_stopped(victim); }));
    const auto answer = FastcgiConnection(container.socket()).ask(fastcgi_get("/demo/hello", false));
    CHECK((answer && answer->http_status() == 200));
    for (const pid_t victim : victims) CHECK(eventually([&] { return !process_exists(victim); }));
    CHECK(eventually([&] { return all_serve(container, 3); }));
    before.hold();
}

TEST_CASE("nobody is killed because the manager stood still, nor because the whole machine did") {
    Container container({.min = 2, .max = 2});
    const Invariants before(container);
    const auto workers = container.worker_pids();
    bool everybody = false;
    SUBCASE("the manager alone") {}
    SUBCASE("everybody") { everybody = true; }
    container.signal(SIGSTOP);
    if (everybody) send_all(workers, SIGSTOP);
    std::this_thread::sleep_for(std::chrono::seconds(4));
    container.signal(SIGCONT);
    if (everybody) send_all(workers, SIGCONT);
    const double woken = container.status().uptime_s;
    CHECK(eventually([&] { return container.status().uptime_s > woken + 1.5; }));
    CHECK(container.worker_pids() == workers);
    CHECK(container.pool().workers_started == 2);
    before.hold();
}

TEST_CASE("a killed manager's workers finish what they have and leave, and the next start finds the path clean") {
    Container container({.min = 2, .max = 2});
    Nginx nginx({.socket = container.socket()});
    const auto workers = container.worker_pids();
    std::thread slow([&] { CHECK(nginx.get("/demo/sleep?ms=500").status == 200); });
    REQUIRE(eventually([&] { return container.pool().busy == 1; }));
    container.signal(SIGKILL);
    container.process().wait();
    slow.join();
    for (const pid_t worker : workers) {
        CHECK(eventually([&] { return !process_exists(worker); }));
        const std::string said = "worker[" + std::to_string(worker) + "]: the manager has gone";
        CHECK(logs(container, said));
    }
    container.forget();
    Process next({container_program(), "--config", container.yaml(), "--pid-file", container.dir() / "next.pid"},
                 container.dir() / "output");
    CHECK(eventually([&] { return read_file(container.dir() / "next.pid") == std::to_string(next.pid()) + "\n"; }));
    CHECK(nginx.get("/demo/hello").status == 200);
    next.signal(SIGTERM);
    CHECK(next.wait() == Exit{0, 0});
}
