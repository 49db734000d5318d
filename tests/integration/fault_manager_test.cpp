// What can befall the manager: its death, signals in any number, a stop under load, a second one beside it.
#include <doctest/doctest.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/container.hpp"
#include "support/fastcgi_client.hpp"
#include "support/invariants.hpp"
#include "support/load.hpp"
#include "support/nginx.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

bool is_hello(const std::optional<fcgi::ResponseGatherer> &answer) {
    return answer && answer->http_status() == 200 && answer->body() == "Hello from the container\n";
}

// Clients with a connection a request, until the socket file is gone.
class OneShotClients {
  public:
    OneShotClients(const Container &container, unsigned number) {
        for (unsigned i = 0; i < number; ++i) threads_.emplace_back([&] { ask(container.socket()); });
    }
    OneShotClients(const OneShotClients &) = delete;
    OneShotClients &operator=(const OneShotClients &) = delete;
    ~OneShotClients() { stop(); }

    void stop() {
        stopping_ = true;
        for (auto &thread : threads_) thread.join();
        threads_.clear();
    }
    std::uint64_t answered() const { return answered_; }
    std::uint64_t lost() const { return lost_; }        // connected, and not answered
    std::uint64_t refused() const { return refused_; }  // told at once that nobody serves here

  private:
    void ask(const std::string &socket) {
        for (std::uint64_t asked = 0; !stopping_ && asked < kLoadRequestsMax; ++asked) {
            std::unique_ptr<FastcgiConnection> client;
            try {
                client = std::make_unique<FastcgiConnection>(socket);
            } catch (const std::runtime_error &) {
                ++refused_;
                return;
            }
            ++(is_hello(client->ask(fastcgi_get("/demo/hello", false))) ? answered_ : lost_);
        }
    }

    std::atomic<bool> stopping_{false};
    std::atomic<std::uint64_t> answered_{0}, lost_{0}, refused_{0};
    std::vector<std::thread> threads_;
};

}  // namespace

TEST_CASE("a manager that dies takes nobody with it: what runs and what waits is answered, then the workers leave") {
    Container container({.min = 1, .max = 1});
    int number = SIGKILL;
    SUBCASE("killed") { number = SIGKILL; }
    SUBCASE("a crash of its own") { number = SIGSEGV; }
    const auto workers = container.worker_pids();
    FastcgiConnection slow(container.socket());
    REQUIRE(slow.send(fcgi::encode_request(fastcgi_get("/demo/sleep?ms=700", false))));
    REQUIRE(eventually([&] { return container.pool().busy == 1; }));
    std::vector<std::unique_ptr<FastcgiConnection>> queued;
    for (int i = 0; i < 10; ++i) {
        queued.push_back(std::make_unique<FastcgiConnection>(container.socket()));
        REQUIRE(queued.back()->send(fcgi::encode_request(fastcgi_get("/demo/hello", false))));
    }
    container.signal(number);
    REQUIRE(container.process().wait());
    container.forget();
    const auto answer = slow.receive();
    CHECK((answer && answer->body() == "slept 700 ms\n"));
    for (const auto &one : queued) CHECK(is_hello(one->receive()));
    for (const pid_t worker : workers) CHECK(eventually([&] { return !process_exists(worker); }));

    Process next({container_program(), "--config", container.yaml(), "--pid-file", container.dir() / "next.pid"},
                 container.dir() / "output");
    CHECK(eventually([&] { return read_file(container.dir() / "next.pid") == std::to_string(next.pid()) + "\n"; }));
    CHECK(is_hello(FastcgiConnection(container.socket()).ask(fastcgi_get("/demo/hello", false))));
    next.signal(SIGTERM);
    CHECK(next.wait() == Exit{0, 0});
}

TEST_CASE("a second container is refused, and the first one's socket, pid file and service are untouched") {
    Container first({.min = 2, .max = 2});
    const Invariants before(first);
    const std::string pid_file = first.dir() / "container.pid";
    const auto inode = inode_of(pid_file);
    const Outcome second = run({container_program(), "--config", first.yaml(), "--pid-file", pid_file});
    CHECK(second.exit_code == 1);
    CHECK_MESSAGE(second.output.find("already running, pid " + std::to_string(first.pid())) != std::string::npos,
                  second.output);
    CHECK(inode_of(pid_file) == inode);
    CHECK(read_file(pid_file) == std::to_string(first.pid()) + "\n");
    before.hold();
}

TEST_CASE("signals by the thousand are taken together: the last state is the right one, and requests are answered") {
    Container container({.min = 2, .max = 2});
    const auto storm = [&] {
        Nginx nginx({.socket = container.socket()});
        const auto first = container.status().generation;
        for (int i = 0; i < 1000; ++i) {
            container.signal(SIGHUP);
            container.signal(SIGCHLD);
            container.signal(SIGUSR1);
            if (i % 100 == 0) CHECK(nginx.get("/demo/hello").status == 200);
        }
        CHECK(eventually([&] {
            const auto status = container.status();
            return status.last_reload.result == "ok" && status.pools.at(0).generation == status.last_reload.generation;
        }));
        CHECK(container.status().generation < first + 1000);
        CHECK(nginx.get("/demo/hello").status == 200);
    };
    // generations beside each other take what the manager keeps for the next ones: a second storm takes no more
    storm();
    const Invariants before(container);
    storm();
    before.hold();
    for (int i = 0; i < 1000; ++i) container.signal(SIGTERM);
    container.finish(SIGTERM);
}

TEST_CASE("TERM under load answers whoever was let in, refuses later ones at once, and the exit code is 0") {
    Container container({.min = 2, .max = 4});
    OneShotClients clients(container, 8);
    FastcgiConnection slow(container.socket());
    REQUIRE(slow.send(fcgi::encode_request(fastcgi_get("/demo/sleep?ms=500", false))));
    REQUIRE(eventually([&] { return clients.answered() > 500; }));
    container.signal(SIGTERM);
    REQUIRE(eventually([&] { return clients.refused() == 8; }));
    clients.stop();
    CHECK(clients.lost() == 0);
    CHECK(slow.receive());
    container.finish(SIGTERM);
}

TEST_CASE("a request that does not end is killed at timeouts.drain after TERM, and the exit code is 0 all the same") {
    Container container({.min = 2, .max = 2, .pool = {{"timeouts.drain", "300ms"}}});
    container.expect_in_log("drain_timeout");
    OneShotClients clients(container, 4);
    FastcgiConnection hanging(container.socket());
    REQUIRE(hanging.send(fcgi::encode_request(fastcgi_get("/demo/hang", false))));
    REQUIRE(eventually([&] { return clients.answered() > 100; }));
    container.signal(SIGTERM);
    CHECK_FALSE(hanging.receive());
    clients.stop();
    container.finish(SIGTERM);
}
