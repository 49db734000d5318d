// The hand-off queue of a real pool: nobody waits behind another while a worker is free, and nobody waits for ever.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/container.hpp"
#include "support/eventually.hpp"
#include "support/fastcgi_client.hpp"
#include "support/load.hpp"
#include "support/nginx.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

using Connections = std::vector<std::unique_ptr<FastcgiConnection>>;

std::string asking(const std::string &path) { return fcgi::encode_request(fastcgi_get(path, true)); }

unsigned status_of(const std::optional<fcgi::ResponseGatherer> &answer) { return answer ? answer->http_status() : 0; }

// Kept connections that have been answered once.
Connections kept(const Container &container, unsigned count) {
    Connections all;
    for (unsigned i = 0; i < count; ++i) {
        all.push_back(std::make_unique<FastcgiConnection>(container.socket()));
        REQUIRE(status_of(all.back()->ask(fastcgi_get("/demo/hello", true))) == 200);
    }
    return all;
}

std::map<std::int64_t, std::uint64_t> requests_by_worker(const Container &container) {
    std::map<std::int64_t, std::uint64_t> all;
    for (const auto &worker : container.pool().workers) all[worker.pid] = worker.requests;
    return all;
}

// A request that is in a thread's hands until it is let go.
class Gate {
  public:
    explicit Gate(const Container &container) : file_(container.dir() / "gate"), connection_(container.socket()) {
        REQUIRE(connection_.send(asking("/gated/wait?file=" + file_)));
        REQUIRE(eventually([&] { return container.pool().busy == 1; }));
    }
    void open() const { write_file(file_, ""); }
    unsigned answer() { return status_of(connection_.receive()); }

  private:
    std::string file_;
    FastcgiConnection connection_;
};

ContainerSettings with_gate(const std::map<std::string, std::string> &pool) {
    ContainerSettings settings{.min = 1, .max = 1, .pool = pool};
    settings.mounts = {{"/demo", "demo"}, {"/gated", test_plugin("gated")}};
    return settings;
}

}  // namespace

TEST_CASE("a slow request holds nobody up whose connection its worker keeps") {
    Container container({.min = 1, .max = 2});
    const Connections all = kept(container, 8);  // all with the one worker that there is
    container.signal(SIGTTIN);
    REQUIRE(eventually([&] { return container.pool().serving == 2; }));
    REQUIRE(all[0]->send(asking("/demo/sleep?ms=3000")));
    REQUIRE(eventually([&] { return container.pool().busy == 1; }));
    for (std::size_t i = 1; i < all.size(); ++i) REQUIRE(all[i]->send(asking("/demo/hello")));
    for (std::size_t i = 1; i < all.size(); ++i) CHECK(status_of(all[i]->receive()) == 200);
    CHECK(eventually([&] { return container.pool().busy == 1; }));  // the slow one is at it still
    CHECK(status_of(all[0]->receive()) == 200);
    std::uint64_t handed_over = 0;
    for (const auto &worker : container.pool().workers) handed_over += worker.handed_over;
    CHECK(handed_over >= all.size() - 1);
}

TEST_CASE("a new connection is not left with the one worker that has just become busy") {
    Container container({.min = 2, .max = 2});
    for (int i = 0; i < 20; ++i) {
        FastcgiConnection slow(container.socket()), quick(container.socket());
        REQUIRE(slow.send(asking("/demo/sleep?ms=200")));
        REQUIRE(status_of(quick.ask(fastcgi_get("/demo/hello", true))) == 200);
        REQUIRE(status_of(slow.receive()) == 200);
    }
}

TEST_CASE("64 busy kept connections that one worker has accepted are shared by all four") {
    constexpr unsigned kWorkers = 4, kConnections = 64, kRequests = 120, kBefore = 30;  // of one
    Container container({.min = 1, .max = 1});
    const Connections all = kept(container, kConnections);
    for (unsigned serving = 2; serving <= kWorkers; ++serving) {
        container.signal(SIGTTIN);
        REQUIRE(eventually([&] { return container.pool().serving == serving; }));
    }
    std::vector<std::thread> clients;
    std::atomic<unsigned> answered{0};
    for (const auto &connection : all) {
        clients.emplace_back([&answered, &connection] {
            for (unsigned i = 0; i < kRequests; ++i)
                if (status_of(connection->ask(fastcgi_get("/demo/sleep?ms=1", true))) == 200) ++answered;
        });
    }
    REQUIRE(eventually([&] { return answered >= kConnections * kBefore; }));
    const auto before = requests_by_worker(container);
    const unsigned answered_before = answered;
    for (auto &client : clients) client.join();
    CHECK(answered == kConnections * kRequests);
    for (const auto &[pid, requests] : requests_by_worker(container)) {
        REQUIRE(before.contains(pid));
        CHECK(requests - before.at(pid) >= (answered - answered_before) * 15 / 100);
    }
}

TEST_CASE("nginx's kept connections, more than there are workers, starve nobody") {
    Container container({.min = 2, .max = 2});
    Nginx nginx({.socket = container.socket()});
    Load quick(nginx.endpoint(), "/demo/hello", 64), slow(nginx.endpoint(), "/demo/sleep?ms=20", 2);
    REQUIRE(eventually([&] { return quick.answered() > 5000 && slow.answered() > 50; }));
    const auto quick_result = quick.stop(), slow_result = slow.stop();
    CHECK_MESSAGE(quick_result.failures() == 0, quick_result.describe());
    CHECK_MESSAGE(slow_result.failures() == 0, slow_result.describe());
}

TEST_CASE("workers that retire all the time cost no GET and no POST, and hand over what they keep") {
    ContainerSettings settings{.min = 3, .max = 4, .pool = {{"retire.requests", "50"}}};
    SUBCASE("one thread a worker") {}
    SUBCASE("several threads a worker") { settings.threads = 3; }
    Container container(settings);
    Nginx nginx({.socket = container.socket()});
    Load gets(nginx.endpoint(), "/demo/hello", 4), anew(nginx.endpoint(), "/demo/hello", 2, false);
    std::atomic<bool> stopping{false};
    std::atomic<std::uint64_t> posted{0}, failed{0};
    std::thread posts([&] {
        HttpConnection connection(nginx.endpoint());
        const HttpRequest request{"POST", "/demo/echo", {{"Content-Type", "text/plain"}}, std::string(3000, 'x')};
        for (std::uint64_t asked = 0; !stopping && asked < kLoadRequestsMax; ++asked) {
            const HttpResponse answer = connection.ask(request, true);
            ++(answer.status == 200 && answer.body == request.body ? posted : failed);
        }
    });
    const auto before = container.pool().workers_started;
    CHECK(eventually([&] { return container.pool().workers_started > before + 40; }));
    stopping = true;
    posts.join();
    for (auto *load : {&gets, &anew}) {
        const auto result = load->stop();
        CHECK_MESSAGE(result.failures() == 0, result.describe() << "\n" << nginx.error_log());
    }
    CHECK(posted > 0);
    CHECK(failed == 0);
    CHECK(container.pool().workers_crashed == 0);
}

TEST_CASE("who has waited for waiting.age_max is answered 503 with Retry-After, and its connection is kept") {
    Container container(with_gate({{"waiting.age_max", "50ms"}}));
    container.expect_in_log("overloaded");
    FastcgiConnection kept_one(container.socket());
    REQUIRE(status_of(kept_one.ask(fastcgi_get("/demo/hello", true))) == 200);
    Gate slow(container);
    FastcgiConnection waits(container.socket());
    REQUIRE(waits.send(asking("/demo/hello")));
    const auto kept_answer = kept_one.ask(fastcgi_post("/demo/echo", std::string(200'000, 'x'), true));
    CHECK(status_of(kept_answer) == 503);  // its body has been read to the end
    const auto answer = waits.receive();
    REQUIRE(status_of(answer) == 503);
    CHECK(answer->header("Retry-After") == "1");
    CHECK(eventually([&] { return container.pool().busy == 1; }));
    slow.open();
    CHECK(slow.answer() == 200);
    CHECK(status_of(kept_one.ask(fastcgi_get("/demo/hello", true))) == 200);
    CHECK(status_of(waits.ask(fastcgi_get("/demo/hello", true))) == 200);
    CHECK(eventually([&] { return container.pool().shed == 2; }));
}

TEST_CASE("who takes nothing of what a control thread says to him keeps it from nobody else") {
    constexpr unsigned kRefused = 24'000;  // their answers are more than a socket holds, and they themselves are not
    Container container(with_gate({{"waiting.age_max", "50ms"}}));
    container.expect_in_log("overloaded");
    Gate slow(container);
    FastcgiConnection rude(container.socket());
    std::string requests;
    for (unsigned i = 0; i < kRefused; ++i) fcgi::append_begin_request(requests, 1, 3, fcgi::kKeepConnection);
    REQUIRE(rude.send(requests));
    for (int i = 0; i < 3; ++i) {
        FastcgiConnection other(container.socket());
        CHECK(status_of(other.ask(fastcgi_get("/demo/hello", false))) == 503);
    }
    slow.open();
    CHECK(slow.answer() == 200);
    CHECK(container.pool().workers_crashed == 0);
}

TEST_CASE("who comes when waiting.length_max wait is answered 503 at once, the others are served") {
    Container container(with_gate({{"waiting.length_max", "3"}, {"waiting.age_max", "1h"}}));
    container.expect_in_log("overloaded");
    Gate slow(container);
    Connections waiting;
    for (unsigned i = 0; i < 10; ++i) {
        waiting.push_back(std::make_unique<FastcgiConnection>(container.socket()));
        REQUIRE(waiting.back()->send(asking("/demo/hello")));
    }
    CHECK(eventually([&] { return container.pool().shed == 7; }));
    CHECK(eventually([&] { return container.pool().waiting == 3; }));
    CHECK(container.pool().waiting_max == 3);
    slow.open();
    std::map<unsigned, unsigned> answers;
    for (const auto &one : waiting) ++answers[status_of(one->receive())];
    CHECK(answers == std::map<unsigned, unsigned>{{200, 3}, {503, 7}});
    CHECK(slow.answer() == 200);
}

TEST_CASE("whoever is in the middle of a request gets his turn, though the queue is never empty") {
    constexpr unsigned kClients = 12, kRequestsMax = 2000;  // of one
    Container container({.min = 1, .max = 1, .pool = {{"waiting.age_max", "1h"}}});
    FastcgiConnection kept_one(container.socket());
    const std::string refused = fcgi::encode_request(fastcgi_post("/demo/hello", std::string(100'000, 'x'), true));
    REQUIRE(kept_one.send(refused.substr(0, refused.size() / 2)));
    REQUIRE(status_of(kept_one.receive()) == 405);  // before all of its body has come
    std::atomic<bool> enough{false};
    std::atomic<unsigned> begun{0}, ended{0};
    std::vector<std::thread> others;
    for (unsigned client = 0; client < kClients; ++client) {
        others.emplace_back([&] {
            for (unsigned i = 0; i < kRequestsMax && !enough; ++i, ++begun)
                FastcgiConnection(container.socket()).ask(fastcgi_get("/demo/sleep?ms=20", false));
            ++ended;
        });
    }
    CHECK(eventually([&] { return begun > 4 * kClients && container.pool().waiting > kClients / 2; }));
    CHECK(kept_one.send(refused.substr(refused.size() / 2) + asking("/demo/hello")));
    CHECK(status_of(kept_one.receive()) == 200);
    CHECK(ended == 0);  // the load lasts still
    enough = true;
    for (std::thread &one : others) one.join();
}

TEST_CASE("kept connections whose worker has left while everybody else is busy are heard all the same") {
    ContainerSettings settings =
        with_gate({{"workers.spare", "0"}, {"scaling.shrink_after", "100ms"}, {"waiting.age_max", "1h"}});
    settings.max = 2;
    Container container(settings);
    const Connections all = kept(container, 4);  // with the one worker that there is
    container.signal(SIGTTIN);
    REQUIRE(eventually([&] { return container.pool().serving == 2; }));
    const std::string first = container.dir() / "first", second = container.dir() / "second";
    REQUIRE(all[0]->send(asking("/gated/wait?file=" + first)));
    REQUIRE(eventually([&] { return container.pool().busy == 1; }));
    FastcgiConnection other(container.socket());
    REQUIRE(other.send(asking("/gated/wait?file=" + second)));
    REQUIRE(eventually([&] { return container.pool().busy == 2; }));
    write_file(first, "");
    REQUIRE(status_of(all[0]->receive()) == 200);
    REQUIRE(eventually([&] { return container.pool().busy == 1; }));
    const auto scale = [&](const char *bounds) {
        return run({control_program(), "--control", container.dir() / "control.sock", "scale", bounds}).exit_code;
    };
    REQUIRE(scale("-1") == 0);
    REQUIRE(eventually([&] { return container.pool().workers.size() == 1; }));  // the idle one has gone, for good
    REQUIRE(scale("1:2") == 0);
    CHECK(eventually([&] { return container.pool().workers.front().connections == 1 + all.size(); }));
    for (const auto &one : all) REQUIRE(one->send(asking("/demo/hello")));
    for (const auto &one : all) CHECK(status_of(one->receive()) == 200);
    CHECK(eventually([&] { return container.pool().busy == 1; }));  // the other one is at it still
    write_file(second, "");
    CHECK(status_of(other.receive()) == 200);
}

TEST_CASE("a worker without descriptors leaves in the queue who waits there, and loses none") {
    ContainerSettings settings = with_gate({{"waiting.age_max", "1h"}});
    settings.max = 2;
    Container container(settings);
    container.expect_in_log("unable to accept a connection on the hand-off queue");
    const Connections all = kept(container, 4);  // with the one worker that there is
    const auto first = static_cast<pid_t>(container.pool().workers.front().pid);
    container.signal(SIGTTIN);
    REQUIRE(eventually([&] { return container.pool().serving == 2; }));
    const auto workers = container.pool().workers;
    const auto other = static_cast<pid_t>(workers[workers[0].pid == first ? 1 : 0].pid);
    rlimit was{};
    REQUIRE(::prlimit(other, RLIMIT_NOFILE, nullptr, &was) == 0);
    const rlimit none{8, was.rlim_max};  // more than poll() is given, fewer than are open
    REQUIRE(::prlimit(other, RLIMIT_NOFILE, &none, nullptr) == 0);
    const std::string gate = container.dir() / "gate";
    REQUIRE(all[0]->send(asking("/gated/wait?file=" + gate)));
    REQUIRE(eventually([&] { return container.pool().busy == 1; }));
    for (std::size_t i = 1; i < all.size(); ++i) REQUIRE(all[i]->send(asking("/demo/hello")));
    CHECK(eventually([&] { return container.error_log().find("on the hand-off queue") != std::string::npos; }));
    write_file(gate, "");
    for (const auto &one : all) CHECK(status_of(one->receive()) == 200);
    REQUIRE(::prlimit(other, RLIMIT_NOFILE, &was, nullptr) == 0);  // a sanitizer's last look needs some
}

TEST_CASE("a worker that keeps as many connections as it may leaves the next to its neighbours, and closes none") {
    Container container({.min = 2, .max = 2, .pool = {{"limits.connections", "20"}}});
    const Connections all = kept(container, 35);
    for (const auto &one : all) CHECK(status_of(one->ask(fastcgi_get("/demo/hello", true))) == 200);
}

TEST_CASE("where nobody of the pool has room, those that have been idle longest make room for who comes") {
    Container container({.min = 1, .max = 1, .pool = {{"limits.connections", "20"}}});
    const Connections all = kept(container, 20);
    FastcgiConnection another(container.socket());
    CHECK(status_of(another.ask(fastcgi_get("/demo/hello", true))) == 200);
    CHECK(all.front()->is_closed_by_peer());
    CHECK(container.pool().shed == 0);
}

TEST_CASE("a full worker closes no idle connection while a neighbour takes all who come") {
    constexpr unsigned kKept = 20, kOthers = 5000;
    Container container({.min = 2, .max = 2, .pool = {{"limits.connections", std::to_string(kKept)}}});
    const Connections all = kept(container, kKept);
    for (unsigned i = 0; i < kOthers; ++i)
        REQUIRE(status_of(FastcgiConnection(container.socket()).ask(fastcgi_get("/demo/status", false))) == 200);
    for (const auto &one : all) CHECK(status_of(one->ask(fastcgi_get("/demo/hello", true))) == 200);
}

TEST_CASE("without a queue each worker's connections wait for it, and none is refused") {
    Container container({.min = 1, .max = 1, .pool = {{"waiting.length_max", "0"}, {"waiting.age_max", "20ms"}}});
    container.expect_in_log("overloaded");
    FastcgiConnection slow(container.socket()), waits(container.socket());
    REQUIRE(slow.send(asking("/demo/sleep?ms=300")));
    REQUIRE(eventually([&] { return container.pool().busy == 1; }));
    CHECK(status_of(waits.ask(fastcgi_get("/demo/hello", true))) == 200);
    CHECK(status_of(slow.receive()) == 200);
    CHECK(container.pool().waiting_max == 0);
    CHECK(container.pool().shed == 0);
}

TEST_CASE("a reload neither makes nor removes a hand-off queue: it is refused with a sentence") {
    ContainerSettings settings{.min = 1, .max = 1};
    Container container(settings);
    container.expect_in_log("waiting.length_max");
    settings.pool["waiting.length_max"] = "0";
    container.rewrite_yaml(settings);
    CHECK_FALSE(container.reload());
    CHECK(container.status().last_reload.sentence.find("pools.test.waiting.length_max") != std::string::npos);
    FastcgiConnection one(container.socket());
    CHECK(status_of(one.ask(fastcgi_get("/demo/hello", true))) == 200);
}
