// Requests over timeouts.request: their clients are answered, the log says where they hang, nobody else notices, and
// the worker is replaced.
#include <doctest/doctest.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <optional>
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

ContainerSettings hasty(unsigned min, unsigned max, unsigned threads = 1, const std::string &drain = "1s") {
    ContainerSettings settings{.min = min, .max = max, .threads = threads};
    settings.pool = {{"timeouts.request", "500ms"}, {"timeouts.drain", drain}};
    settings.mounts = {{"/demo", "demo"}, {"/gated", test_plugin("gated")}};
    return settings;
}

// A hanging request has its line, and so has its worker when it is killed at timeouts.drain.
void expect_hangs(Container &container) {
    container.expect_in_log("is over its deadline");
    container.expect_in_log("ended: drain_timeout");
}

bool holds(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

std::string line_with(const Container &container, const std::string &text) {
    const std::string log = container.error_log();
    const auto at = log.find(text);
    if (at == std::string::npos) return "no line has " + text;
    const auto begin = log.rfind('\n', at) + 1;
    return log.substr(begin, log.find('\n', at) - begin);
}

std::optional<fcgi::ResponseGatherer> ask(const Container &container, const std::string &path) {
    return FastcgiConnection(container.socket()).ask(fastcgi_get(path, true));
}

bool serves(const Container &container) {
    const auto answer = ask(container, "/demo/hello");
    return answer && answer->http_status() == 200;
}

bool is_gone(pid_t pid) {
    return eventually([&] { return !process_exists(pid); });
}

}  // namespace

TEST_CASE("a request that hangs is answered 504 through nginx, at its first try, and its worker is replaced") {
    Container container(hasty(2, 3));
    expect_hangs(container);
    const Invariants before(container);
    {
        Nginx nginx({.socket = container.socket()});
        const auto answer = nginx.get("/demo/hang");
        CHECK(answer.status == 504);
        CHECK(answer.body == "504 Gateway Timeout\n");
        CHECK(nginx.get("/demo/hello").status == 200);
        CHECK(logs(container, "ended: drain_timeout"));
        CHECK(nginx.get("/demo/hello").status == 200);
    }
    const std::string log = container.error_log();
    CHECK(log.find("is over its deadline") == log.rfind("is over its deadline"));  // asked once, not twice
    CHECK(holds(container.access_log(), "\"GET /demo/hang HTTP/1.1\" 504 20 "));
    CHECK_FALSE(holds(log, "request_timeout"));
    before.hold();
}

TEST_CASE("a mount has a deadline of its own, shorter or longer than its pool's") {
    ContainerSettings settings = hasty(2, 3);
    settings.mounts["/patient"] = plugin_file("demo");
    settings.mounts["/for_ever"] = plugin_file("demo");
    settings.deadlines = {{"/patient", "1h"}, {"/for_ever", "0"}, {"/demo", "100ms"}};
    Container container(settings);
    expect_hangs(container);
    const auto late = ask(container, "/demo/sleep?ms=3600000");
    REQUIRE(late);
    CHECK(late->http_status() == 504);
    CHECK(logs(container, "is over its deadline of 0.100 s"));
    for (const std::string mount : {"/patient", "/for_ever"}) {
        const auto answer = ask(container, mount + "/sleep?ms=700");  // the pool's own is 500
        REQUIRE(answer);
        CHECK_MESSAGE(answer->http_status() == 200, mount);
    }
}

TEST_CASE("the log says of a hanging request which it is, and where its thread is") {
    Container container(hasty(1, 2));
    expect_hangs(container);
    fcgi::ClientRequest request = fastcgi_get("/demo/hang?x=1", false);
    request.params.emplace_back("REQUEST_ID", "abc-123");
    const auto answer = FastcgiConnection(container.socket()).ask(request);
    REQUIRE(answer);
    CHECK(answer->http_status() == 504);
    REQUIRE(logs(container, "stack: "));
    const std::string line = line_with(container, "is over its deadline");
    CHECK_MESSAGE(holds(line, " error worker["), line);
    CHECK_MESSAGE(holds(line,
                        "is over its deadline of 0.500 s (timeouts.request), and is answered 504: GET "
                        "/demo/hang?x=1 (request abc-123, plugin demo, route /hang)"),
                  line);
    CHECK_MESSAGE(holds(line, " < Demo::hang demo.so+0x"), line);
    CHECK_MESSAGE(holds(line, " < hbnb::worker::HandlerThread::run hbnb-worker+0x"), line);
    CHECK_MESSAGE(line.find("Demo::hang") < line.find("HandlerThread::run"), line);
    CHECK(logs(container, "ended: drain_timeout"));
}

TEST_CASE("a handler that comes back after its deadline lets its worker leave cleanly") {
    Container container(hasty(1, 2, 1, "1m"));
    container.expect_in_log("is over its deadline");
    const pid_t worker = container.worker_pids().at(0);
    const std::string gate = container.dir() / "gate";
    FastcgiConnection late(container.socket());
    const auto answer = late.ask(fastcgi_get("/gated/wait?file=" + gate, true));
    REQUIRE(answer);
    CHECK(answer->http_status() == 504);
    CHECK(eventually([&] { return container.pool().draining == 1 && serves(container); }));
    CHECK(process_exists(worker));
    write_file(gate, "");
    CHECK(is_gone(worker));
    CHECK(logs(container, "ended: drained_overdue, exit code 0"));
    const std::string log = container.access_log();
    CHECK(holds(log, "\"GET /gated/wait?file=" + gate + " HTTP/1.1\" 504 20 "));
    CHECK(log.find("/gated/wait") == log.rfind("/gated/wait"));  // one answer, one line
}

TEST_CASE("an answer that has begun is cut at the deadline: nobody takes it for a whole one") {
    Container container(hasty(1, 2));
    container.expect_in_log("is over its deadline");
    container.expect_in_log("ended: drain_timeout");
    FastcgiConnection connection(container.socket());
    REQUIRE(connection.send(fcgi::encode_request(fastcgi_get("/demo/stream?chunks=3&interval_ms=60000", true))));
    CHECK_FALSE(connection.receive());
    CHECK(connection.is_closed_by_peer());
    CHECK(logs(container, "and its answer, which had begun, is cut: GET /demo/stream"));
    CHECK(serves(container));
    CHECK(logs(container, "ended: drain_timeout"));
}

TEST_CASE("hanging requests under load harm nobody else") {
    ContainerSettings settings = hasty(4, 6, 2);
    settings.pool["scaling.shrink_after"] = "500ms";
    Container container(settings);
    expect_hangs(container);
    const Invariants before(container);
    {
        Nginx nginx({.socket = container.socket()});
        Load load(nginx.endpoint(), "/demo/hello", 4);
        REQUIRE(eventually([&] { return load.answered() > 200; }));
        std::vector<std::thread> hanging;
        std::atomic<unsigned> timeouts{0};
        for (int i = 0; i < 4; ++i)
            hanging.emplace_back([&] {
                for (int asked = 0; asked < 2; ++asked) timeouts += nginx.get("/demo/hang").status == 504;
            });
        for (auto &one : hanging) one.join();
        CHECK(timeouts == 8);
        const auto answered = load.answered();
        CHECK(eventually([&] { return load.answered() > answered + 200; }));
        const auto result = load.stop();
        CHECK_MESSAGE(result.failures() == 0, result.describe() << "\n" << nginx.error_log());
    }
    CHECK(container.pool().workers_crashed == 0);
    CHECK(eventually([&] { return container.worker_pids().size() >= 4 && container.pool().draining == 0; }));
    before.hold();
}

TEST_CASE("the other threads of a worker with a hanging request answer what they have") {
    ContainerSettings settings = hasty(1, 1, 2, "1m");
    settings.pool["timeouts.request"] = "6s";
    Container container(settings);
    container.expect_in_log("is over its deadline");
    const pid_t worker = container.worker_pids().at(0);
    FastcgiConnection hanging(container.socket()), other(container.socket());
    const std::string gate = container.dir() / "gate", late = container.dir() / "late";
    REQUIRE(hanging.send(fcgi::encode_request(fastcgi_get("/gated/wait?file=" + late, true))));
    REQUIRE(eventually([&] {
        const auto now = container.pool().workers.at(0).current;
        return now.size() == 1 && now[0].since_ms >= 3000;
    }));
    REQUIRE(other.send(fcgi::encode_request(fastcgi_get("/gated/wait?file=" + gate, true))));
    const auto first = hanging.receive();
    REQUIRE(first);
    CHECK(first->http_status() == 504);
    REQUIRE(eventually([&] { return container.pool().draining == 1 && serves(container); }));
    write_file(gate, "");
    const auto second = other.receive();
    REQUIRE(second);
    CHECK(second->body() == "opened\n");
    CHECK(process_exists(worker));
    write_file(late, "");
    CHECK(is_gone(worker));
    CHECK(logs(container, "ended: drained_overdue, exit code 0"));
}

TEST_CASE("when the manager has gone, workers leave though threads of theirs hang") {
    Container container(hasty(1, 1, 1, "1m"));
    container.expect_in_log("is over its deadline");
    const pid_t worker = container.worker_pids().at(0);
    FastcgiConnection idle(container.socket()), connection(container.socket());
    REQUIRE(idle.ask(fastcgi_get("/demo/hello", true)));  // nobody is there to end it when the time has come
    REQUIRE(connection.send(fcgi::encode_request(fastcgi_get("/demo/hang", true))));
    REQUIRE(eventually([&] { return container.pool().busy == 1; }));
    container.signal(SIGKILL);
    container.process().wait();
    container.forget();
    const auto answer = connection.receive();
    REQUIRE(answer);
    CHECK(answer->http_status() == 504);
    CHECK(is_gone(worker));
    CHECK(logs(container, "leaving without them"));
}

TEST_CASE("who keeps a handler waiting until the deadline costs no worker: the thread comes back by itself") {
    ContainerSettings settings = hasty(1, 1);
    settings.pool["timeouts.read"] = settings.pool["timeouts.write"] = "1h";
    Container container(settings);
    const auto workers = container.worker_pids();
    FastcgiConnection slow(container.socket());
    SUBCASE("a client that does not send its body") {
        const std::string whole = fcgi::encode_request(fastcgi_post("/demo/sink", std::string(1000, 'x'), true));
        REQUIRE(slow.send(whole.substr(0, whole.size() - 500)));
        const auto answer = slow.receive();
        REQUIRE(answer);
        CHECK(answer->http_status() == 504);
        CHECK(answer->body() == "The request took too long\n");  // the handler's own words
    }
    SUBCASE("a client that does not read its answer") {
        REQUIRE(slow.send(fcgi::encode_request(fastcgi_get("/demo/stream?chunks=100&bytes=1000000", true))));
        REQUIRE(eventually([&] { return container.pool().busy == 1; }));
        CHECK(serves(container));
        CHECK_FALSE(slow.receive());
    }
    CHECK(serves(container));
    CHECK(container.worker_pids() == workers);
    CHECK_FALSE(holds(container.error_log(), "is over its deadline"));
}

TEST_CASE("a handler that asks is told that its client has gone") {
    Container container(ContainerSettings{.min = 1, .max = 1, .mounts = {{"/gated", test_plugin("gated")}}});
    const std::string told = container.dir() / "told";
    const std::string target = "/gated/peer?file=" + told;
    Nginx nginx({.socket = container.socket()});
    std::optional<Stream> client;
    std::string request;
    SUBCASE("over nginx") {
        client = Stream::connect(nginx.endpoint());
        request = "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    }
    SUBCASE("straight") {
        client = Stream::connect(unix_socket(container.socket()));
        request = fcgi::encode_request(fastcgi_get(target, true));
    }
    REQUIRE(client);
    REQUIRE(client->send(request));
    REQUIRE(eventually([&] { return container.pool().busy == 1; }));
    CHECK_FALSE(std::filesystem::exists(told));
    client.reset();
    CHECK(eventually([&] { return std::filesystem::exists(told); }));
}
