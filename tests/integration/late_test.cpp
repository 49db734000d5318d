// Clients that connect first and send later, over Unix sockets and TCP. What is asserted is state, never a time: who is
// begun while a thread is free, what the status says waits, how many workers there are.
#include <doctest/doctest.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/container.hpp"
#include "support/eventually.hpp"
#include "support/fastcgi_client.hpp"
#include "support/nginx.hpp"
#include "support/process.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

using Connections = std::vector<std::unique_ptr<FastcgiConnection>>;

std::string asking(const std::string &path) { return fcgi::encode_request(fastcgi_get(path, true)); }

unsigned status_of(const std::optional<fcgi::ResponseGatherer> &answer) { return answer ? answer->http_status() : 0; }

ContainerSettings with_gate(unsigned min, unsigned max, std::map<std::string, std::string> pool) {
    pool.insert(
        {{"workers.spare", "0"}, {"timeouts.read", "1h"}, {"timeouts.request", "1h"}, {"waiting.age_max", "1h"}});
    ContainerSettings settings{.min = min, .max = max, .pool = std::move(pool)};
    settings.mounts = {{"/demo", "demo"}, {"/gated", test_plugin("gated")}};
    return settings;
}

// Connected, accepted, and silent.
Connections silent(const Container &container, const Endpoint &to, unsigned count) {
    Connections all;
    for (unsigned i = 0; i < count; ++i) all.push_back(std::make_unique<FastcgiConnection>(to));
    const auto accepted = [&] {
        std::uint64_t sum = 0;
        for (const auto &worker : container.pool().workers) sum += worker.connections;
        return sum >= count;
    };
    REQUIRE(eventually(accepted));
    return all;
}

bool has_been_read(FastcgiConnection &connection) {
    int left = 0;
    return ::ioctl(connection.stream().descriptor(), SIOCOUTQ, &left) == 0 && left == 0;
}

}  // namespace

TEST_CASE("who connects first and sends later waits behind nobody while a worker is free") {
    const std::uint16_t port = free_port();
    ContainerSettings settings = with_gate(1, 2, {});
    Endpoint to;
    SUBCASE("over a Unix socket") {}
    SUBCASE("over TCP") {
        settings.listen = {"tcp: \"127.0.0.1:" + std::to_string(port) + "\""};
        to = tcp(port);
    }
    Container container(settings);
    if (to.port == 0) to = unix_socket(container.socket());
    const Connections all = silent(container, to, 8);  // with the one worker that there is
    container.signal(SIGTTIN);
    REQUIRE(eventually([&] { return container.pool().serving == 2; }));
    const std::string gate = container.dir() / "gate";
    REQUIRE(all[0]->send(asking("/gated/wait?file=" + gate)));
    REQUIRE(eventually([&] { return container.pool().busy == 1; }));
    for (std::size_t i = 1; i < all.size(); ++i) REQUIRE(all[i]->send(asking("/demo/hello")));
    for (std::size_t i = 1; i < all.size(); ++i) CHECK(status_of(all[i]->receive()) == 200);
    CHECK(eventually(
        [&] { return container.pool().busy == 1; }));  // the first one's worker has been in its request all the time
    write_file(gate, "");
    CHECK(status_of(all[0]->receive()) == 200);
}

TEST_CASE("those who send later are seen waiting, and the pool grows until each of them is begun") {
    constexpr unsigned kClients = 8;
    Container container(with_gate(1, kClients, {}));
    const Connections all = silent(container, unix_socket(container.socket()), kClients);
    CHECK(container.pool().target == 1);  // nobody has asked for anything
    const std::string gate = container.dir() / "gate";
    for (const auto &one : all) REQUIRE(one->send(asking("/gated/wait?file=" + gate)));
    CHECK(eventually([&] { return container.pool().busy == kClients; }));
    write_file(gate, "");
    for (const auto &one : all) CHECK(status_of(one->receive()) == 200);
}

TEST_CASE("who sends later to a pool that cannot grow is seen waiting, and answered 503 after waiting.age_max") {
    ContainerSettings settings = with_gate(1, 1, {{"waiting.age_max", "200ms"}});
    Container container(settings);
    container.expect_in_log("overloaded");
    const Connections all = silent(container, unix_socket(container.socket()), 2);
    const std::string gate = container.dir() / "gate";
    REQUIRE(all[0]->send(asking("/gated/wait?file=" + gate)));
    REQUIRE(eventually([&] { return container.pool().busy == 1; }));
    REQUIRE(all[1]->send(asking("/demo/hello")));
    CHECK(status_of(all[1]->receive()) == 503);
    CHECK(eventually([&] { return container.pool().shed == 1; }));
    CHECK(eventually([&] { return container.pool().overloaded; }));
    write_file(gate, "");
    CHECK(status_of(all[0]->receive()) == 200);
    CHECK(status_of(all[1]->ask(fastcgi_get("/demo/hello", true))) == 200);
}

TEST_CASE("half heads at a busy worker are held: seen in status and log, and no reason for another worker") {
    constexpr unsigned kHeld = 10;
    Container container(with_gate(1, 8, {{"waiting.age_max", "100ms"}}));
    container.expect_in_log(std::to_string(kHeld) + " are held at busy workers");
    const Connections all = silent(container, unix_socket(container.socket()), kHeld);
    const std::string head = asking("/demo/hello");
    for (const auto &one : all) REQUIRE(one->send(head.substr(0, head.size() / 2)));
    for (const auto &one : all) REQUIRE(eventually([&] { return has_been_read(*one); }));
    FastcgiConnection slow(container.socket());
    const std::string gate = container.dir() / "gate";
    REQUIRE(slow.send(asking("/gated/wait?file=" + gate)));
    REQUIRE(eventually([&] { return container.pool().busy == 1; }));
    for (const auto &one : all) REQUIRE(one->send(head.substr(head.size() / 2)));
    CHECK(eventually([&] { return container.pool().held == kHeld; }));
    CHECK(container.pool().workers.front().held == kHeld);
    CHECK(eventually([&] { return container.pool().overloaded; }));
    const auto pool = container.pool();
    CHECK(pool.waiting_ms >= 100);
    CHECK(pool.waiting == 0);
    CHECK(pool.target == 1);
    CHECK(pool.workers_started == 1);
    const auto said = run({control_program(), "--control", container.dir() / "control.sock", "status"});
    CHECK_MESSAGE(said.output.find("held at busy workers: " + std::to_string(kHeld)) != std::string::npos, said.output);
    write_file(gate, "");
    CHECK(status_of(slow.receive()) == 200);
    for (const auto &one : all) CHECK(status_of(one->receive()) == 200);
    CHECK(eventually([&] { return container.pool().held == 0; }));
}

TEST_CASE("connections that say nothing do not hold a worker that drains, and are heard by its successor") {
    Container container(with_gate(1, 1, {{"timeouts.drain", "1h"}}));
    const Connections all = silent(container, unix_socket(container.socket()), 40);
    const auto first = container.pool().workers.front().pid;
    REQUIRE(container.reload());
    CHECK(eventually([&] {
        const auto workers = container.pool().workers;
        return workers.size() == 1 && workers.front().pid != first;
    }));
    for (const auto &one : all) CHECK(status_of(one->ask(fastcgi_get("/demo/hello", true))) == 200);
    CHECK(container.pool().workers_crashed == 0);
}

// The kernel wakes any of the workers that are free, and those that are not may be told of a connection as well: it
// must not stay with one of these.
TEST_CASE("a new connection of nginx's for each request waits behind nobody while a thread of a fixed pool is free") {
    constexpr unsigned kWorkers = 4, kRequests = 200;
    const std::uint16_t port = free_port();
    ContainerSettings settings = with_gate(kWorkers, kWorkers, {});
    NginxSettings front{.keep_connections = false};
    SUBCASE("over a Unix socket") {}
    SUBCASE("over TCP") {
        settings.listen = {"tcp: \"127.0.0.1:" + std::to_string(port) + "\""};
        front.text = "pid @DIR@/nginx.pid; error_log @DIR@/error.log; events {}\nhttp { access_log off;\ninclude " +
                     nginx_fastcgi_directory() +
                     "/http.conf;\nserver { listen 127.0.0.1:@PORT@; location / { include " +
                     nginx_fastcgi_directory() + "/params.conf; fastcgi_pass 127.0.0.1:" + std::to_string(port) +
                     "; fastcgi_keep_conn off; } } }\n";
    }
    Container container(settings);
    front.socket = container.socket();
    Nginx nginx(front);
    const std::string gate = container.dir() / "gate";
    std::vector<std::thread> held;
    std::vector<int> statuses(kWorkers - 1);
    for (int &status : statuses) held.emplace_back([&] { status = nginx.get("/gated/wait?file=" + gate).status; });
    CHECK(eventually([&] { return container.pool().busy == kWorkers - 1; }));
    for (unsigned i = 0; i < kRequests; ++i) CHECK(nginx.get("/demo/hello").status == 200);
    CHECK(eventually([&] { return container.pool().busy == kWorkers - 1; }));  // all the time: the gate is shut
    write_file(gate, "");
    for (auto &one : held) one.join();
    for (const int status : statuses) CHECK(status == 200);
    CHECK(container.pool().shed == 0);
}
