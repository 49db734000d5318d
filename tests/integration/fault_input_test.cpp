// What a peer of the FastCGI socket can do to it, straight or through nginx.
#include <doctest/doctest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "support/container.hpp"
#include "support/fastcgi_client.hpp"
#include "support/invariants.hpp"
#include "support/nginx.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

int status_of(const Container &container, const fcgi::ClientRequest &request) {
    const auto answer = FastcgiConnection(container.socket()).ask(request);
    return answer ? answer->http_status() : 0;
}

fcgi::ClientRequest post_of_length(const std::string &path, std::string body, const std::string &length) {
    auto request = fastcgi_post(path, std::move(body), true);
    for (auto &[name, value] : request.params) {
        if (name == "CONTENT_LENGTH") value = length;
        if (name == "CONTENT_TYPE") value = "application/json";
    }
    return request;
}

std::size_t number_of_states(const Container &container) {
    const auto answer = FastcgiConnection(container.socket()).ask(fastcgi_get("/api/v1/states", false));
    return answer ? nlohmann::json::parse(answer->body()).size() : 0;
}

std::uint64_t resident(pid_t pid) {
    const std::string status = read_file("/proc/" + std::to_string(pid) + "/status");
    return std::stoull(status.substr(status.find("VmHWM:") + 6)) << 10;  // the most it ever was
}

std::string random_bytes(std::mt19937 &random, std::size_t size) {
    std::string bytes(size, '\0');
    for (char &byte : bytes) byte = static_cast<char>(random());
    return bytes;
}

// A good request with some of its bytes changed, or noise with or without a good version byte.
std::string malformed(std::mt19937 &random) {
    if (random() % 4 == 0) return (random() % 2 == 0 ? "\x01" : "") + random_bytes(random, 1 + random() % 200);
    std::string bytes = fcgi::encode_request(fastcgi_post("/demo/hello", random_bytes(random, random() % 100), true));
    for (unsigned changes = 1 + random() % 4; changes > 0; --changes)
        bytes[random() % bytes.size()] = static_cast<char>(random());
    return bytes;
}

}  // namespace

TEST_CASE("clients that are silent, or send a head byte by byte, are closed in time and hold up nobody") {
    Container container({.min = 1, .max = 1, .pool = {{"timeouts.read", "500ms"}}});
    container.expect_in_log("connection closed");
    const Invariants before(container);
    std::vector<std::unique_ptr<FastcgiConnection>> silent;
    for (int i = 0; i < 50; ++i) silent.push_back(std::make_unique<FastcgiConnection>(container.socket()));
    const std::string head = fcgi::encode_request(fastcgi_get("/demo/hello", true));
    for (std::size_t i = 0; i < silent.size(); i += 2) REQUIRE(silent[i]->send(head.substr(0, i + 1)));
    FastcgiConnection slow(container.socket());
    std::size_t sent = 0;
    // Each byte comes well within timeouts.read; all of them would take far longer than a test waits.
    const bool closed = eventually([&] {
        CHECK(status_of(container, fastcgi_get("/demo/hello", false)) == 200);
        const auto piece = slow.stream().receive(std::chrono::milliseconds(100));
        if (piece && piece->empty()) return true;
        return sent + 1 < head.size() && !slow.send(head.substr(sent++, 1));
    });
    CHECK(closed);
    CHECK(sent + 1 < head.size());
    for (const auto &one : silent) CHECK(one->is_closed_by_peer());
    silent.clear();
    before.hold();
}

TEST_CASE("parameters and bodies far over their limits are refused with 431 and 413, and cost hardly any memory") {
    Container container({.min = 1, .max = 1, .pool = {{"limits.params", "64KiB"}, {"limits.body", "1MiB"}}});
    container.expect_in_log("connection closed");
    container.expect_in_log("limits.");
    const Invariants before(container);
    const pid_t worker = container.worker_pids().at(0);
    [[maybe_unused]] const auto memory = resident(worker);
    auto request = fastcgi_get("/demo/hello", false);
    for (int i = 0; i < 256; ++i)
        request.params.emplace_back("HTTP_X_" + std::to_string(i), std::string(64 << 10, 'x'));
    {
        FastcgiConnection giant(container.socket());
        giant.send(fcgi::encode_request(request));  // may be closed before its end
        const auto answer = giant.receive();
        CHECK((answer && answer->http_status() == 431));
    }
    {
        FastcgiConnection giant(container.socket());
        giant.send(fcgi::encode_request(fastcgi_post("/demo/sink", std::string(100 << 20, 'x'), false)));
        const auto answer = giant.receive();
        CHECK((answer && answer->http_status() == 413));
    }
    CHECK(container.worker_pids().at(0) == worker);
#ifndef HBNB_SANITIZED
    constexpr std::uint64_t growth_max = 8 << 20;
    CHECK(resident(worker) < memory + growth_max);
#endif
    before.hold();
}

TEST_CASE("a body that is not as long as its CONTENT_LENGTH says is answered 400, and nothing of it is stored") {
    Container container({.min = 1, .max = 1, .mounts = {{"/demo", "demo"}, {"/api/v1", "api"}}});
    container.expect_in_log(" is no length");
    const std::string body = R"({"name":"Nowhere"})";
    REQUIRE(status_of(container, post_of_length("/api/v1/states", body, std::to_string(body.size()))) == 201);
    const Invariants before(container);
    const auto states = number_of_states(container);
    const auto shorter = std::to_string(body.size() - 1), longer = std::to_string(body.size() + 1);
    for (const std::string &length : {shorter, longer, std::string("0"), std::string("-1"), std::string("-18"),
                                      std::string("+18"), std::string("18x"), std::string("99999999999999999999")}) {
        CHECK_MESSAGE(status_of(container, post_of_length("/api/v1/states", body, length)) == 400, length);
    }
    CHECK(status_of(container, post_of_length("/api/v1/states", body, "9223372036854775807")) == 413);
    CHECK(number_of_states(container) == states);
    before.hold();
}

TEST_CASE("malformed records kill no worker and hold up nobody") {
    Container container({.min = 2, .max = 2, .pool = {{"timeouts.read", "500ms"}}});
    container.expect_in_log("connection closed");
    container.expect_in_log("answered 400: ");
    const Invariants before(container);
    const auto workers = container.worker_pids();
    std::mt19937 random(20261121);
    std::vector<std::unique_ptr<FastcgiConnection>> peers;
    for (int i = 0; i < 500; ++i) {
        peers.push_back(std::make_unique<FastcgiConnection>(container.socket()));
        peers.back()->send(malformed(random));
        if (peers.size() == 50) peers.clear();
        if (i % 50 == 0) CHECK(status_of(container, fastcgi_get("/demo/hello", false)) == 200);
    }
    peers.clear();
    CHECK(container.worker_pids() == workers);
    before.hold();
}

TEST_CASE("no request is smuggled in a body that nobody reads, straight or through nginx's kept connections") {
    Container container({.min = 1, .max = 1});
    const Invariants before(container);
    const std::string smuggled = fcgi::encode_request(fastcgi_get("/demo/crash?signal=KILL", true));
    {
        Nginx nginx({.socket = container.socket()});
        HttpConnection client(nginx.endpoint());
        for (const std::size_t padding : {0UL, 1UL, 7UL, 8UL, 8192UL, 100'000UL}) {
            const std::string body = smuggled + std::string(padding, '\0') + smuggled;
            CHECK(client.ask({"POST", "/demo/hello", {}, body}).status == 405);
            CHECK(client.ask({"POST", "/nowhere", {}, body}).status == 404);
            CHECK(client.ask({"GET", "/demo/hello", {}, {}}).body == "Hello from the container\n");
        }
        FastcgiConnection raw(container.socket());
        for (int i = 0; i < 3; ++i) {
            const auto refused = raw.ask(fastcgi_post("/nowhere", smuggled + smuggled, true));
            CHECK((refused && refused->http_status() == 404));
        }
    }
    CHECK(container.pool().workers_started == 1);
    CHECK(container.access_log().find("/demo/crash") == std::string::npos);
    before.hold();
}
