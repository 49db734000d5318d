// Requests from a client through the real nginx and a Unix socket to a handler, and back.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "support/container.hpp"
#include "support/fastcgi_client.hpp"
#include "support/load.hpp"
#include "support/nginx.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

// Every case below holds with one handler thread a worker and with four.
ContainerSettings with_threads() {
    ContainerSettings settings;
    settings.threads = 1;
    SUBCASE("one thread a worker") { settings.threads = 1; }
    SUBCASE("four threads a worker") { settings.threads = 4; }
    settings.mounts = {{"/demo", "demo"}, {"/", "pages"}, {"/api/v1", "api"}};
    return settings;
}

std::string bytes(std::size_t size) {
    std::string text(size, '\0');
    std::uint32_t state = 12345;
    for (char &c : text) {
        state = state * 1664525 + 1013904223;
        c = static_cast<char>(state >> 24);
    }
    return text;
}

HttpRequest post(std::string target, std::string body) {
    return {"POST", std::move(target), {{"Content-Type", "application/octet-stream"}}, std::move(body)};
}

}  // namespace

TEST_CASE("a page, an API answer and a demo answer come through nginx with their types and lengths") {
    Container container(with_threads());
    Nginx nginx({.socket = container.socket()});

    const auto hello = nginx.get("/airbnb-onepage/");
    CHECK(hello.status == 200);
    CHECK(hello.body == "Hello HBNB!");
    CHECK(hello.header("content-type") == "text/html; charset=utf-8");
    CHECK(hello.header("content-length") == "11");

    const auto page = nginx.get("/");
    CHECK(page.status == 200);
    CHECK(page.body.find("<h1>Places</h1>") != std::string::npos);

    const auto states = nginx.get("/api/v1/states");
    CHECK(states.status == 200);
    CHECK(states.header("content-type") == "application/json");
    CHECK(nlohmann::json::parse(states.body).size() > 0);

    const auto status = nginx.get("/demo/status");
    CHECK(status.body == "{\"status\":\"OK\"}\n");
    CHECK(status.header("content-length") == "16");
}

TEST_CASE("a worker has as many handler threads as configured, and they answer at the same time") {
    auto settings = with_threads();
    settings.min = settings.max = 1;
    settings.mounts = {{"/demo", "demo"}};
    Container container(settings);
    Nginx nginx({.socket = container.socket()});
    CHECK(nlohmann::json::parse(nginx.get("/demo/info").body).at("threads") == settings.threads);

    std::vector<std::thread> askers;
    for (unsigned i = 0; i < settings.threads; ++i)
        askers.emplace_back([&] { CHECK(nginx.get("/demo/sleep?ms=1000").status == 200); });
    CHECK(eventually([&] { return container.pool().busy == settings.threads; }));
    for (auto &asker : askers) asker.join();
}

TEST_CASE("what a client changes through the API is on the page at the next request") {
    Container container(with_threads());
    Nginx nginx({.socket = container.socket()});
    const HttpRequest make{
        "POST", "/api/v1/states", {{"Content-Type", "application/json"}}, "{\"name\":\"Atlantis <b>\"}"};
    const auto made = ask(nginx.endpoint(), make);
    REQUIRE(made.status == 201);
    const std::string id = nlohmann::json::parse(made.body).at("id");
    CHECK(nginx.get("/states_list").body.find("Atlantis &lt;b&gt;") != std::string::npos);
    CHECK(nginx.get("/api/v1/states/" + id).status == 200);
    CHECK(ask(nginx.endpoint(), {"DELETE", "/api/v1/states/" + id, {}, {}}).status == 200);
    CHECK(nginx.get("/states_list").body.find("Atlantis") == std::string::npos);
    CHECK(nginx.get("/api/v1/states/" + id).status == 404);
}

TEST_CASE("unknown paths, wrong methods, large heads and bodies, and handlers that fail get clean HTTP answers") {
    auto settings = with_threads();
    settings.pool = {{"limits.body", "1MiB"}, {"limits.params", "64KiB"}};
    Container container(settings);
    container.expect_in_log("thrown because");
    Nginx nginx({.socket = container.socket()});

    CHECK(nginx.get("/nowhere").status == 404);
    CHECK(nginx.get("/demolition").status == 404);
    CHECK(nginx.get("/api/v1/nop").body == "{\"error\":\"Not found\"}\n");
    const auto wrong = ask(nginx.endpoint(), post("/demo/hello", "x"));
    CHECK(wrong.status == 405);
    CHECK(wrong.header("allow").find("GET") != std::string::npos);
    CHECK(ask(nginx.endpoint(), post("/demo/sink", bytes(1 << 20))).body == "{\"bytes\":1048576}\n");
    CHECK(ask(nginx.endpoint(), post("/demo/sink", bytes((1 << 20) + 1))).status == 413);
    const auto thrown = nginx.get("/demo/throw");
    CHECK(thrown.status == 500);
    CHECK(thrown.body.find("thrown because") == std::string::npos);  // a client is not told why
    CHECK(thrown.body.find("request " + thrown.header("x-request-id")) != std::string::npos);
    const std::string said = thrown.header("x-request-id") + " failed: ";
    CHECK(eventually([&] { return container.error_log().find(said) != std::string::npos; }));
    CHECK(nginx.get("/demo/hello").status == 200);
}

#ifndef HBNB_SANITIZED  // a sanitizer's shadow is more than any limit
TEST_CASE("a handler that asks for more memory than limits.memory fails alone") {
    auto settings = with_threads();
    settings.min = settings.max = 1;
    settings.pool = {{"limits.memory", "256MiB"}};
    Container container(settings);
    container.expect_in_log("bad_alloc");
    Nginx nginx({.socket = container.socket()});
    const auto leaked = nginx.get("/demo/leak?mb=1000");
    CHECK(leaked.status == 500);
    CHECK(nginx.get("/demo/hello").status == 200);
    CHECK(container.pool().workers_started == 1);
}
#endif

TEST_CASE("parameters over the limit are answered 431, and the next request on a new connection is served") {
    auto settings = with_threads();
    settings.pool = {{"limits.params", "64KiB"}};
    Container container(settings);
    container.expect_in_log("connection closed");
    container.expect_in_log("answered 431");
    FastcgiConnection raw(container.socket());
    auto request = fastcgi_get("/demo/hello", true);
    request.params.emplace_back("HTTP_X_LONG", std::string(70'000, 'x'));
    const auto answer = raw.ask(request);
    REQUIRE(answer);
    CHECK(answer->http_status() == 431);
    FastcgiConnection next(container.socket());
    CHECK(next.ask(fastcgi_get("/demo/hello", false))->http_status() == 200);
}

TEST_CASE("an empty path answers at every mount, with and without a slash at its end") {
    Container container(with_threads());
    Nginx nginx({.socket = container.socket()});
    CHECK(nginx.get("/api/v1/status").status == 200);
    CHECK(nginx.get("/api/v1/status/").status == 200);
    CHECK(nginx.get("/airbnb-onepage").body == "Hello HBNB!");
    CHECK(nginx.get("/number_odd_or_even/6").body.find("Number: 6 is even") != std::string::npos);
    CHECK(nginx.get("/number_odd_or_even/8.9").status == 404);
    CHECK(nginx.get("/number_odd_or_even/123456789012345678901234567891").body.find("is odd") != std::string::npos);
}

TEST_CASE("HEAD is answered with the headers of GET and no body") {
    Container container(with_threads());
    Nginx nginx({.socket = container.socket()});
    HttpConnection kept(nginx.endpoint());
    const auto head = kept.ask({"HEAD", "/airbnb-onepage/", {}, {}});
    CHECK(head.status == 200);
    CHECK(head.body.empty());
    CHECK(head.header("content-length") == "11");
    CHECK(kept.ask({"GET", "/airbnb-onepage/", {}, {}}).body == "Hello HBNB!");
}

TEST_CASE("bodies of every size come back byte for byte, on kept connections and on new ones") {
    Container container(with_threads());
    bool keep = true;
    SUBCASE("nginx keeps its connections to the container") { keep = true; }
    SUBCASE("nginx connects anew for each request") { keep = false; }
    Nginx nginx({.socket = container.socket(), .keep_connections = keep});
    HttpConnection client(nginx.endpoint());
    for (const std::size_t size :
         {0UL, 1UL, 7UL, 8UL, 8191UL, 8192UL, 32768UL, 65535UL, 65536UL, 65537UL, 300'000UL, 5'000'000UL}) {
        const std::string body = bytes(size);
        const auto answer = client.ask(post("/demo/echo", body));
        CHECK(answer.status == 200);
        CHECK_MESSAGE((answer.body == body),
                      size << " " << answer.failure << nginx.error_log() << container.error_log());
        CHECK(answer.header("content-type") == "application/octet-stream");
    }
}

TEST_CASE("a body that no handler reads is never taken for the next request") {
    Container container(with_threads());
    FastcgiConnection raw(container.socket());
    const std::string smuggled = fcgi::encode_request(fastcgi_get("/demo/crash", true));
    auto first = fastcgi_post("/demo/nothing-here", smuggled + bytes(100'000) + smuggled, true);
    REQUIRE(raw.send(fcgi::encode_request(first) + fcgi::encode_request(fastcgi_get("/demo/hello", true))));
    const auto refused = raw.receive();
    REQUIRE(refused);
    CHECK(refused->http_status() == 404);
    const auto next = raw.receive();
    REQUIRE(next);
    CHECK(next->body() == "Hello from the container\n");
    CHECK(container.pool().workers_crashed == 0);
}

TEST_CASE("a long answer is streamed whole, and a short one has its length although the handler gave none") {
    Container container(with_threads());
    Nginx nginx({.socket = container.socket()});
    CHECK(nginx.get("/demo/stream?chunks=64&bytes=65536").body == std::string(64 * 65536, 'x'));
    CHECK(nginx.get("/demo/hello").header("content-length") == "25");
}

TEST_CASE("parameters reach the handler as nginx decoded them, and a Proxy header never does") {
    Container container(with_threads());
    Nginx nginx({.socket = container.socket()});
    const HttpRequest request{
        "GET", "//demo/%70arams?a=%20b", {{"Proxy", "evil"}, {"X-Mine", "1"}, {"X-Request-Id", "forged"}}, {}};
    const auto answer = ask(nginx.endpoint(), request);
    REQUIRE(answer.status == 200);
    const auto params = nlohmann::json::parse(answer.body);
    CHECK(params.at("PATH_INFO") == "/demo/params");
    CHECK(params.at("SCRIPT_NAME") == "");
    CHECK(params.at("QUERY_STRING") == "a=%20b");
    CHECK(params.at("REQUEST_URI") == "//demo/%70arams?a=%20b");
    CHECK(params.at("HTTP_X_MINE") == "1");
    CHECK(params.at("REQUEST_ID") == answer.header("x-request-id"));
    CHECK(params.value("HTTP_PROXY", "") == "");
    CHECK_FALSE(params.contains("HBNB_FRONT"));
}

TEST_CASE("a silent client, and one with half a request, hold up nobody") {
    auto settings = with_threads();
    settings.min = settings.max = 1;
    settings.pool = {{"timeouts.read", "500ms"}};
    Container container(settings);
    container.expect_in_log("connection closed");
    FastcgiConnection silent(container.socket()), half(container.socket());
    const std::string whole = fcgi::encode_request(fastcgi_get("/demo/hello", true));
    REQUIRE(half.send(whole.substr(0, whole.size() / 2)));
    Nginx nginx({.socket = container.socket()});
    for (int i = 0; i < 20; ++i) CHECK(nginx.get("/demo/hello").status == 200);
    CHECK(half.is_closed_by_peer());
}

TEST_CASE("a client that goes away costs nobody else anything") {
    auto settings = with_threads();
    settings.min = settings.max = 1;
    Container container(settings);
    Nginx nginx({.socket = container.socket()});
    for (int i = 0; i < 5; ++i) {
        FastcgiConnection gone(container.socket());
        gone.send(fcgi::encode_request(fastcgi_get("/demo/stream?chunks=1000&bytes=65536", false)));
    }
    CHECK(nginx.get("/demo/hello").status == 200);
    CHECK(container.pool().workers_crashed == 0);
}

TEST_CASE("thousands of requests leave no descriptor behind, kept or not") {
    auto settings = with_threads();
    settings.min = settings.max = 2;
    Container container(settings);
    bool keep = true;
    SUBCASE("kept connections") { keep = true; }
    SUBCASE("a connection each") { keep = false; }
    const auto connections = [&] {
        std::uint64_t held = 0;
        for (const auto &worker : container.pool().workers) held += worker.connections;
        return held;
    };
    const auto descriptors_without_connections = [&] {
        std::size_t count = 0;
        for (const pid_t pid : container.worker_pids()) count += count_descriptors(pid);
        return count - connections();
    };
    REQUIRE(connections() == 0);
    const std::size_t before = descriptors_without_connections();
    const std::size_t manager_before = count_descriptors(container.pid());

    Nginx nginx({.socket = container.socket(), .keep_connections = keep});
    Load load(nginx.endpoint(), "/demo/hello", 8, keep);
    CHECK(eventually([&] { return load.answered() >= 5000; }));
    const auto result = load.stop();
    CHECK_MESSAGE(result.failures() == 0, result.describe() << "\n" << nginx.error_log());
    nginx.finish();
    CHECK(eventually([&] { return connections() == 0 && descriptors_without_connections() == before; }));
    CHECK(eventually([&] { return count_descriptors(container.pid()) <= manager_before; }));
}
