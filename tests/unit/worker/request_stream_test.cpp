// Bytes on the socket and what is made of them, one turn after the other: what has not come yet is never waited for
// where it need not be, and what nobody wants is never parsed as something else.
#include "worker/request/request_stream.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "fcgi/record.hpp"
#include "one_connection.hpp"
#include "support/eventually.hpp"

using namespace hbnb;
using namespace hbnb::test;
using namespace std::chrono_literals;

namespace {

std::string record(fcgi::RecordType type, std::string_view content) {
    std::string bytes;
    fcgi::append_record(bytes, type, 1, content);
    return bytes;
}

hbnb_status echo(hbnb_exchange *exchange) {
    const BodyRead read = read_body(exchange);
    return read.end == HBNB_BODY_END ? answer(exchange, read.bytes) : HBNB_FAILED;
}

bool holds(const std::string &text, std::string_view part) { return text.find(part) != std::string::npos; }

// Where the head of the bytes ends: behind the empty PARAMS, before a STDIN record and the empty one.
std::size_t head_bytes(const std::string &whole, const std::string &body) {
    return whole.size() - (fcgi::kHeaderBytes + body.size()) - fcgi::kHeaderBytes;
}

// Sends all of `whole`, and only then reads what it is answered.
std::string send_before_reading(OneConnection &connection, std::string_view whole) {
    std::string got;
    std::thread peer([&] {
        std::string_view left = whole;
        const bool sent = eventually([&] {
            while (const std::size_t taken = connection.send_some(left)) left.remove_prefix(taken);
            return left.empty();
        });
        if (sent) eventually([&] { return connection.response(got += connection.receive_now()).has_value(); });
    });
    Turn what = Turn::incomplete;
    CHECK(eventually([&] { return (what = connection.turn()) != Turn::incomplete; }));
    peer.join();
    CHECK(what == Turn::in_step);
    return got;
}

}  // namespace

TEST_CASE("half a head holds no thread, wherever it is cut, and its rest completes it") {
    const std::string whole = fcgi::encode_request(fastcgi_post("/m", "12345678", true));
    const std::size_t head = head_bytes(whole, "12345678");
    OneConnection connection(echo);
    for (std::size_t at = 1; at < head; ++at) {
        CAPTURE(at);
        REQUIRE(connection.send(whole.substr(0, at)));
        REQUIRE(connection.turn() == Turn::incomplete);
        CHECK(connection.receive_now().empty());
        REQUIRE(connection.send(whole.substr(at)));
        REQUIRE(connection.turn() == Turn::in_step);
        const auto got = connection.response(connection.receive_now());
        REQUIRE(got);
        CHECK(got->body() == "12345678");
    }
}

TEST_CASE("a handler runs as soon as the head is whole, and reads a body that comes after that, wherever it is cut") {
    const std::string whole = fcgi::encode_request(fastcgi_post("/m", "12345678", true));
    const std::size_t head = head_bytes(whole, "12345678");
    std::string rest;
    OneConnection connection([&](hbnb_exchange *exchange) {
        connection.send(rest);
        return echo(exchange);
    });
    for (std::size_t at = head; at < whole.size(); ++at) {
        CAPTURE(at);
        rest = whole.substr(at);
        REQUIRE(connection.send(whole.substr(0, at)));
        REQUIRE(connection.turn() == Turn::in_step);
        const auto got = connection.response(connection.receive_now());
        REQUIRE(got);
        CHECK(got->body() == "12345678");
    }
}

TEST_CASE("a head that comes byte by byte is a request with its last byte, and neither before nor again") {
    const std::string whole = fcgi::encode_request(fastcgi_post("/m", "12345678", true));
    OneConnection connection([](hbnb_exchange *exchange) { return answer(exchange, "early"); });
    std::vector<std::size_t> served_behind;
    for (std::size_t at = 1; at <= whole.size(); ++at) {
        REQUIRE(connection.send(whole.substr(at - 1, 1)));
        const Turn what = connection.turn();
        REQUIRE(what != Turn::closed);
        if (what == Turn::in_step) served_behind.push_back(at);
    }
    CHECK(served_behind == std::vector{head_bytes(whole, "12345678")});
}

TEST_CASE("what a handler leaves of its body is skipped, whatever it looks like, and the next request is served") {
    std::string paths;
    OneConnection connection([&](hbnb_exchange *exchange) {
        paths += string_of(exchange->call->path(exchange)) + ",";
        char first = 0;
        exchange->call->read_body(exchange, &first, paths.size() % 2);  // none of it, or one byte
        return answer(exchange, "early");
    });
    const std::string smuggled = fcgi::encode_request(fastcgi_get("/m/smuggled", true));
    for (const char *path : {"/m/one", "/m/three", "/m/a"}) {
        const auto got = connection.ask(fastcgi_post(path, smuggled + smuggled, true));
        REQUIRE(got);
        CHECK(got->body() == "early");
    }
    CHECK(connection.receive_now().empty());
    CHECK(paths == "/one,/three,/a,");
}

TEST_CASE("behind the end of a body that nobody read, the socket is not read again until epoll says so") {
    OneConnection connection([](hbnb_exchange *exchange) { return answer(exchange, "x"); });
    for (const auto &request : {fastcgi_get("/m", true), fastcgi_post("/m", std::string(9000, 'b'), true)}) {
        REQUIRE(connection.send(fcgi::encode_request(request)));
        REQUIRE(connection.turn() == Turn::in_step);
        REQUIRE(connection.send(fcgi::encode_request(request)));
        CHECK(connection.turn() == Turn::incomplete);  // what came before, and not what has come since
        REQUIRE(connection.turn() == Turn::in_step);
        CHECK(connection.turn() == Turn::incomplete);
        connection.receive_now();
    }
}

TEST_CASE("the rest of a body that comes after its answer is no request either") {
    std::string paths;
    OneConnection connection([&](hbnb_exchange *exchange) {
        paths += string_of(exchange->call->path(exchange)) + ",";
        return answer(exchange, "early");
    });
    const std::string smuggled = fcgi::encode_request(fastcgi_get("/m/smuggled", true));
    const std::string whole = fcgi::encode_request(fastcgi_post("/m/one", smuggled, true));
    const std::size_t split = whole.find(smuggled);
    REQUIRE(split != std::string::npos);
    REQUIRE(connection.send(whole.substr(0, split)));
    REQUIRE(connection.turn() == Turn::in_step);
    CHECK(connection.response(connection.receive_now()).has_value());
    REQUIRE(connection.send(whole.substr(split)));
    CHECK(connection.turn() == Turn::incomplete);
    CHECK(connection.receive_now().empty());
    CHECK(connection.ask(fastcgi_get("/m/two", true)).has_value());
    CHECK(paths == "/one,/two,");
}

TEST_CASE("a request that is aborted while its handler reads is ended without an answer, and the next one is served") {
    std::int64_t end = 1;
    OneConnection connection([&](hbnb_exchange *exchange) {
        end = read_body(exchange).end;
        return end == HBNB_BODY_END ? answer(exchange, "whole") : HBNB_PEER_GONE;
    });
    const std::string whole = fcgi::encode_request(fastcgi_post("/m", "12345", true));
    REQUIRE(connection.send(whole.substr(0, whole.size() - 8) + record(fcgi::RecordType::abort_request, "")));
    CHECK(connection.turn() == Turn::in_step);
    CHECK(end == HBNB_BODY_PEER_GONE);
    const auto ended = connection.response(connection.receive_now());
    REQUIRE(ended);
    CHECK(ended->stdout_bytes().empty());
    const auto next = connection.ask(fastcgi_post("/m", "12345", true));
    REQUIRE(next);
    CHECK(next->body() == "whole");
}

TEST_CASE("a request that is aborted before its head is whole never reaches a handler") {
    bool called = false;
    OneConnection connection([&](hbnb_exchange *exchange) {
        called = true;
        return answer(exchange, "");
    });
    const std::string whole = fcgi::encode_request(fastcgi_post("/m", "12345", true));
    REQUIRE(connection.send(whole.substr(0, head_bytes(whole, "12345") - fcgi::kHeaderBytes) +
                            record(fcgi::RecordType::abort_request, "")));
    CHECK(connection.turn() == Turn::incomplete);
    CHECK(connection.response(connection.receive_now()).has_value());
    CHECK_FALSE(called);
    CHECK(connection.ask(fastcgi_get("/m", true)).has_value());
}

TEST_CASE("a head over limits.params is answered 431 without a handler, and its connection serves the next") {
    int calls = 0;
    OneConnection connection([&](hbnb_exchange *exchange) {
        ++calls;
        return answer(exchange, "");
    });
    fcgi::ClientRequest large = fastcgi_post("/m", "the body too", true);
    large.params.emplace_back("HTTP_X_LARGE", std::string(70 << 10, 'x'));
    const auto refused = connection.ask(large);
    REQUIRE(refused);
    CHECK(refused->http_status() == 431);
    CHECK(refused->body() == "431 Request Header Fields Too Large\n");
    CHECK(calls == 0);
    const auto next = connection.ask(fastcgi_get("/m", true));
    REQUIRE(next);
    CHECK(next->http_status() == 200);
}

TEST_CASE("parameters beyond libfcgi's own buffer reach the handler whole") {
    std::string value;
    OneConnection connection([&](hbnb_exchange *exchange) {
        value = string_of(exchange->call->param(exchange, "HTTP_X_LONG"));
        return answer(exchange, "");
    });
    for (const std::size_t size : {std::size_t{8000}, std::size_t{8192}, std::size_t{60'000}}) {
        fcgi::ClientRequest request = fastcgi_get("/m", true);
        request.params.emplace_back("HTTP_X_LONG", std::string(size, 'v'));
        REQUIRE(connection.ask(request).has_value());
        CHECK((value == std::string(size, 'v')));
    }
}

TEST_CASE("a peer that is answered what it asks in the middle of a body goes on with the body") {
    const std::string whole = fcgi::encode_request(fastcgi_post("/m", "12345", true));
    const std::size_t head = head_bytes(whole, "12345");
    std::string reply;
    OneConnection connection([&](hbnb_exchange *exchange) {
        char first = 0;
        exchange->call->read_body(exchange, &first, 1);
        connection.send(fcgi::encode_query({"FCGI_MPXS_CONNS"}));
        exchange->call->peer_gone(exchange);
        connection.send(record(fcgi::RecordType::stdin_stream, "2345") + record(fcgi::RecordType::stdin_stream, ""));
        return answer(exchange, first + read_body(exchange).bytes);
    });
    REQUIRE(connection.send(whole.substr(0, head) + record(fcgi::RecordType::stdin_stream, "1")));
    REQUIRE(connection.turn() == Turn::in_step);
    const auto got = connection.response(connection.receive_now());
    REQUIRE(got);
    CHECK(got->body() == "12345");
    CHECK(got->management().size() == 1);
}

TEST_CASE("a peer that takes nothing is given up after timeouts.write, and the handler is told to stop") {
    hbnb_status last = HBNB_OK;
    OneConnection connection(
        [&](hbnb_exchange *exchange) {
            begin(exchange, 200);
            const std::string piece(100'000, 'x');
            for (int i = 0; i < 1000 && last == HBNB_OK; ++i) last = write(exchange, piece);
            return last;
        },
        "/m", [](wire::WorkerSetup &setup) { setup.timeouts.write = 10ms; });
    REQUIRE(connection.send(fcgi::encode_request(fastcgi_get("/m", true))));
    CHECK(connection.turn() == Turn::closed);
    CHECK(last == HBNB_PEER_GONE);
}

TEST_CASE("what a peer sends besides does not make it any more patient with one that takes nothing") {
    OneConnection connection([](hbnb_exchange *exchange) { return answer(exchange, std::string(60'000, 'x')); }, "/m",
                             [](wire::WorkerSetup &setup) {
                                 setup.timeouts.write = 10ms;
                                 setup.timeouts.request = {};
                             });
    connection.narrow();
    const std::string request = fcgi::encode_request(fastcgi_get("/m", true));
    REQUIRE(connection.send(request + request));
    CHECK(connection.turn() == Turn::closed);
}

TEST_CASE("a peer that sends all of its body before it reads gets an answer that did not wait for it") {
    OneConnection connection([](hbnb_exchange *exchange) { return answer(exchange, std::string(60'000, 'x')); });
    connection.narrow();  // the answer does not fit the socket: somebody has to give way
    const auto request = fastcgi_post("/m", std::string(2'000'000, 'b'), true);
    const auto got = connection.response(send_before_reading(connection, fcgi::encode_request(request)));
    REQUIRE(got);
    CHECK(got->body().size() == 60'000);
}

TEST_CASE("what a peer asks in the middle of a body that is thrown away is answered behind the response") {
    OneConnection connection([](hbnb_exchange *exchange) { return answer(exchange, std::string(60'000, 'x')); });
    connection.narrow();
    const std::string body(2'000'000, 'b');
    std::string whole = fcgi::encode_request(fastcgi_post("/m", body, true));
    whole.insert(whole.size() - fcgi::kHeaderBytes, fcgi::encode_query({"FCGI_MPXS_CONNS"}));  // before its end
    REQUIRE(connection.response(send_before_reading(connection, whole)));
    CHECK(connection.turn() == Turn::incomplete);
    CHECK_FALSE(connection.receive_now().empty());
}

TEST_CASE("a peer that leaves within a head costs nothing, one that breaks the protocol a sentence") {
    OneConnection left(echo);
    REQUIRE(left.send(fcgi::encode_request(fastcgi_get("/m", true)).substr(0, 50)));
    CHECK(left.turn() == Turn::incomplete);
    left.hang_up();
    CHECK(left.turn() == Turn::closed);
    CHECK(left.problem().empty());
    OneConnection broken(echo);
    REQUIRE(broken.send("GET / HTTP/1.1\r\n\r\n"));
    CHECK(broken.turn() == Turn::closed);
    CHECK(holds(broken.problem(), "version"));
    CHECK(broken.board().thread[0].requests == 0);
}

TEST_CASE("a connection whose descriptor blocks is read without waiting all the same") {
    OneConnection connection(echo);
    connection.make_blocking();
    std::atomic<bool> back{false};
    Turn what = Turn::closed;
    std::thread thread([&] {
        what = connection.turn();
        back = true;
    });
    CHECK(eventually([&] { return back.load(); }, 10s));
    connection.hang_up();  // or it would never come back
    thread.join();
    CHECK(what == Turn::incomplete);
}
