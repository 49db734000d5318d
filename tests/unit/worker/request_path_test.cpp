// A request's way through a worker, from raw bytes on the socket to raw bytes on the socket.
#include <doctest/doctest.h>

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "one_worker.hpp"
#include "support/eventually.hpp"

using namespace hbnb;
using namespace hbnb::test;
using namespace std::chrono_literals;

namespace {

// Every case holds with one handler thread and with four.
unsigned threads() {
    unsigned count = 1;
    SUBCASE("one thread") { count = 1; }
    SUBCASE("four threads") { count = 4; }
    return count;
}

fcgi::ClientRequest post_of_length(const std::string &path, std::string body, const std::string &length) {
    fcgi::ClientRequest request = fastcgi_post(path, std::move(body), true);
    for (auto &[name, value] : request.params)
        if (name == "CONTENT_LENGTH") value = length;
    return request;
}

std::string record(std::uint8_t type, std::uint16_t id, std::string_view content, std::uint8_t padding = 0) {
    std::string bytes{1,
                      static_cast<char>(type),
                      static_cast<char>(id >> 8),
                      static_cast<char>(id),
                      static_cast<char>(content.size() >> 8),
                      static_cast<char>(content.size()),
                      static_cast<char>(padding),
                      0};
    bytes += content;
    bytes.append(padding, '\x55');
    return bytes;
}

int status_of(FastcgiConnection &connection, const fcgi::ClientRequest &request) {
    const auto answer = connection.ask(request);
    return answer ? answer->http_status() : 0;
}

// Sends a part, and waits until the worker has read it: the next part is a read of its own.
bool send_apart(FastcgiConnection &connection, std::string_view part) {
    if (!connection.send(part)) return false;
    const auto unread = [&] {
        int bytes = -1;
        return ::ioctl(connection.stream().descriptor(), SIOCOUTQ, &bytes) == 0 ? bytes : -1;
    };
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (unread() != 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    return unread() == 0;
}

bool serves(FastcgiConnection &connection) { return status_of(connection, fastcgi_get("/demo/hello", true)) == 200; }

}  // namespace

TEST_CASE("a request that comes byte by byte is answered like one that comes whole") {
    OneWorker worker(threads());
    FastcgiConnection connection = worker.connect();
    for (const char byte : fcgi::encode_request(fastcgi_post("/demo/echo", "a body", true)))
        REQUIRE(send_apart(connection, {&byte, 1}));
    const auto answer = connection.receive();
    REQUIRE(answer);
    CHECK(answer->http_status() == 200);
    CHECK(answer->body() == "a body");
}

TEST_CASE("wherever a request is cut in two, it is answered the same") {
    OneWorker worker(threads());
    FastcgiConnection connection = worker.connect();
    const std::string whole = fcgi::encode_request(fastcgi_post("/demo/echo", "some body", true));
    for (std::size_t at = 1; at < whole.size(); ++at) {
        REQUIRE(send_apart(connection, whole.substr(0, at)));
        REQUIRE(connection.send(whole.substr(at)));
        const auto answer = connection.receive();
        REQUIRE(answer);
        CHECK(answer->body() == "some body");
    }
}

TEST_CASE("padding, split parameter streams and split bodies change nothing") {
    OneWorker worker(threads());
    FastcgiConnection connection = worker.connect();
    const std::string params = fcgi::encode_params(fastcgi_post("/demo/echo", "abcdef", true).params);
    std::string bytes = record(1, 7, std::string_view("\0\1\1\0\0\0\0\0", 8), 3);
    for (std::size_t at = 0; at < params.size(); at += 5) bytes += record(4, 7, params.substr(at, 5), 255);
    bytes += record(4, 7, "", 9) + record(5, 7, "abc", 1) + record(5, 7, "def") + record(5, 7, "", 2);
    REQUIRE(connection.send(bytes));
    const auto answer = connection.receive();
    REQUIRE(answer);
    CHECK(answer->id() == 7);
    CHECK(answer->body() == "abcdef");
    CHECK(serves(connection));
}

TEST_CASE("a body that nobody reads is never parsed as the next request") {
    OneWorker worker(threads());
    FastcgiConnection connection = worker.connect();
    const std::string smuggled = fcgi::encode_request(fastcgi_get("/demo/throw", true));
    CHECK(status_of(connection, fastcgi_post("/demo/no-such-route", smuggled + smuggled, true)) == 404);
    CHECK(status_of(connection, fastcgi_post("/nowhere", std::string(300'000, 'x') + smuggled, true)) == 404);
    CHECK(serves(connection));
    CHECK(worker.error_log().find("thrown") == std::string::npos);
}

TEST_CASE("a body of another length than announced is answered 400, and the connection stays in step or closes") {
    OneWorker worker(threads());
    for (const char *length : {"3", "99"}) {
        FastcgiConnection connection = worker.connect();
        CHECK(status_of(connection, post_of_length("/demo/sink", "12345", length)) == 400);
    }
    for (const char *length : {"-1", "0x5", "5 ", "99999999999999999999"}) {
        FastcgiConnection connection = worker.connect();
        CHECK_MESSAGE(status_of(connection, post_of_length("/demo/sink", "12345", length)) == 400, length);
    }
}

TEST_CASE("a body over limits.body is answered 413, announced or not") {
    OneWorker worker(threads(), [](wire::WorkerSetup &setup) { setup.limits.body_bytes = 1000; });
    FastcgiConnection announced = worker.connect();
    CHECK(status_of(announced, fastcgi_post("/demo/sink", std::string(1001, 'x'), true)) == 413);
    FastcgiConnection silent = worker.connect();
    fcgi::ClientRequest request = fastcgi_post("/demo/sink", std::string(1001, 'x'), true);
    std::erase_if(request.params, [](const auto &param) { return param.first == "CONTENT_LENGTH"; });
    CHECK(status_of(silent, request) == 413);
    FastcgiConnection fits = worker.connect();
    CHECK(status_of(fits, fastcgi_post("/demo/sink", std::string(1000, 'x'), true)) == 200);
}

TEST_CASE("a body that stops coming is answered 408") {
    OneWorker worker(threads(), [](wire::WorkerSetup &setup) { setup.timeouts.read = 30ms; });
    FastcgiConnection connection = worker.connect();
    const std::string whole = fcgi::encode_request(fastcgi_post("/demo/sink", "12345", true));
    REQUIRE(connection.send(whole.substr(0, whole.size() - 8 - 5)));
    const auto answer = connection.receive();
    REQUIRE(answer);
    CHECK(answer->http_status() == 408);
}

TEST_CASE("a handler that fails is answered 500 with the request's id, and its reason is in the log alone") {
    OneWorker worker(threads());
    FastcgiConnection connection = worker.connect();
    fcgi::ClientRequest request = fastcgi_get("/demo/throw", true);
    request.params.emplace_back("REQUEST_ID", "abc-123");
    const auto answer = connection.ask(request);
    REQUIRE(answer);
    CHECK(answer->http_status() == 500);
    CHECK(answer->body() == "500 Internal Server Error\nrequest abc-123\n");
    CHECK(
        worker.error_log().find("request abc-123 failed: std::runtime_error: thrown because /throw was asked for; GET "
                                "/demo/throw, route /throw") != std::string::npos);
    CHECK(serves(connection));
}

TEST_CASE("a body is whole at its CONTENT_LENGTH: nobody waits for its end to be said") {
    std::string body;
    SUBCASE("an empty one") {}
    SUBCASE("five bytes") { body = "12345"; }
    OneWorker worker(threads());
    FastcgiConnection connection = worker.connect();
    const std::string whole = fcgi::encode_request(fastcgi_post("/demo/sink", body, true));
    REQUIRE(connection.send(whole.substr(0, whole.size() - 8)));  // without the end of STDIN
    const auto answer = connection.receive();
    REQUIRE(answer);
    CHECK(answer->body() == "{\"bytes\":" + std::to_string(body.size()) + "}\n");
    SUBCASE("its end comes later: the connection is in step") {
        REQUIRE(connection.send(record(5, 1, "")));
        CHECK(serves(connection));
    }
    SUBCASE("more of it comes later: the connection is closed, and what it hides is never run") {
        REQUIRE(connection.send(record(5, 1, fcgi::encode_request(fastcgi_get("/demo/hello", true)))));
        CHECK(connection.is_closed_by_peer());
        CHECK(worker.error_log().find("a body went on behind its CONTENT_LENGTH") != std::string::npos);
        CHECK(worker.access_log().find("/demo/hello") == std::string::npos);
    }
}

TEST_CASE("a whole body is answered though its client ends its side without saying the end of STDIN") {
    std::string body;
    SUBCASE("an empty one") {}
    SUBCASE("five bytes") { body = "12345"; }
    OneWorker worker(threads());
    FastcgiConnection connection = worker.connect();
    const std::string whole = fcgi::encode_request(fastcgi_post("/demo/sink", body, false));
    REQUIRE(connection.send(whole.substr(0, whole.size() - 8)));
    connection.stream().end_sending();
    const auto answer = connection.receive();
    REQUIRE(answer);
    CHECK(answer->body() == "{\"bytes\":" + std::to_string(body.size()) + "}\n");
    CHECK(connection.is_closed_by_peer());
}

TEST_CASE("a body whose record goes on behind its CONTENT_LENGTH is answered 400, whether or not the rest has come") {
    OneWorker worker(threads());
    FastcgiConnection connection = worker.connect();
    const std::string whole = fcgi::encode_request(post_of_length("/demo/sink", "0123456789", "5"));
    REQUIRE(connection.send(whole.substr(0, whole.size() - 8 - 5)));
    const auto answer = connection.receive();
    REQUIRE(answer);
    CHECK(answer->http_status() == 400);
    REQUIRE(connection.send(whole.substr(whole.size() - 8 - 5)));
    CHECK(serves(connection));
}

TEST_CASE(
    "parameters that lack what the container needs are answered 400, and one line a second says what is missing") {
    OneWorker worker(threads());
    FastcgiConnection connection = worker.connect();
    fcgi::ClientRequest bare;
    bare.keep_connection = true;
    bare.params = {{"HBNB_FRONT", "flask"}, {"HTTP_USER_AGENT", "agent"}};
    fcgi::ClientRequest moved = fastcgi_get("/moved", true);
    for (auto &[name, value] : moved.params)
        if (name == "PATH_INFO") value = "moved";
    for (int i = 0; i < 50; ++i) {
        CHECK(status_of(connection, bare) == 400);
        CHECK(status_of(connection, moved) == 400);
    }
    CHECK(serves(connection));
    const std::string log = worker.error_log(),
                      mark = " answered 400: it has no REQUEST_METHOD, and 2 parameters in all";
    CHECK(log.find(mark) != std::string::npos);
    std::size_t lines = 0;
    for (auto at = log.find("answered 400: "); at != std::string::npos; at = log.find("answered 400: ", at + 1))
        ++lines;
    CHECK(lines < 50);  // one a second, and not a hundred
    CHECK(worker.access_log().find("\"- - -\" 400 16 \"-\" \"agent\"\n") != std::string::npos);
    CHECK(worker.access_log().find("\"GET /moved HTTP/1.1\" 400 16 ") != std::string::npos);
}

TEST_CASE("a line that is said once a second says how many were not") {
    worker::OnceASecond lines;
    const Moment now{10s};
    CHECK(lines.say(now) == 0U);
    CHECK_FALSE(lines.say(now + 999ms));
    CHECK_FALSE(lines.say(now + 999ms));
    CHECK(lines.say(now + 1s) == 2U);
    CHECK(lines.say(now + 2s) == 0U);
}

TEST_CASE("a head over limits.params is answered 431") {
    OneWorker worker(threads(), [](wire::WorkerSetup &setup) { setup.limits.params_bytes = 64 << 10; });
    FastcgiConnection connection = worker.connect();
    fcgi::ClientRequest request = fastcgi_get("/demo/hello", true);
    request.params.emplace_back("HTTP_X_LARGE", std::string(70 << 10, 'x'));
    const auto answer = connection.ask(request);
    REQUIRE(answer);
    CHECK(answer->http_status() == 431);
}

TEST_CASE("what a client can repeat at will is one line a second, and says how many it stands for") {
    OneWorker worker(threads(), [](wire::WorkerSetup &setup) { setup.limits.params_bytes = 64 << 10; });
    fcgi::ClientRequest large = fastcgi_get("/demo/hello", false);
    large.params.emplace_back("HTTP_X_LARGE", std::string(70 << 10, 'x'));
    for (int i = 0; i < 50; ++i) {
        worker.connect().ask(large);
        FastcgiConnection rubbish = worker.connect();
        rubbish.send("GET / HTTP/1.1\r\n\r\n");
        rubbish.receive();
    }
    const std::string log = worker.error_log();
    for (const std::string what : {"answered 431", "connection closed: "}) {
        CAPTURE(what);
        std::size_t lines = 0;
        for (auto at = log.find(what); at != std::string::npos; at = log.find(what, at + 1)) ++lines;
        CHECK(lines >= 1);
        CHECK(lines < 50);
    }
}

TEST_CASE("an aborted request is ended, and its connection serves the next") {
    OneWorker worker(threads());
    FastcgiConnection connection = worker.connect();
    const std::string whole = fcgi::encode_request(fastcgi_post("/demo/sink", "12345", true));
    REQUIRE(connection.send(whole.substr(0, whole.size() - 8) + record(2, 1, "")));
    const auto ended = connection.receive();
    REQUIRE(ended);
    CHECK(ended->stdout_bytes().find("bytes") == std::string::npos);
    CHECK(serves(connection));
}

TEST_CASE("management records, unknown roles and foreign ids are answered or ignored beside a request") {
    OneWorker worker(threads());
    FastcgiConnection connection = worker.connect();
    const std::string whole = fcgi::encode_request(fastcgi_post("/demo/echo", "abc", true));
    const std::string authorizer = record(1, 9, std::string_view("\0\2\1\0\0\0\0\0", 8));
    REQUIRE(connection.send(fcgi::encode_query({"FCGI_MPXS_CONNS"}) + whole.substr(0, 40) + whole.substr(40)));
    const auto answer = connection.receive();
    REQUIRE(answer);
    CHECK(answer->body() == "abc");
    CHECK(answer->management().size() == 1);
    REQUIRE(connection.send(authorizer));
    const auto refused = connection.receive();
    REQUIRE(refused);
    CHECK(refused->protocol_status() == fcgi::ProtocolStatus::unknown_role);
}

TEST_CASE("a connection that is not to be kept is closed behind the answer, a kept one is not") {
    OneWorker worker(threads());
    FastcgiConnection once = worker.connect();
    CHECK(status_of(once, fastcgi_get("/demo/hello", false)) == 200);
    CHECK(once.is_closed_by_peer());
    FastcgiConnection kept = worker.connect();
    for (int i = 0; i < 3; ++i) CHECK(serves(kept));
    CHECK(eventually([&] { return worker.board().connections == 1; }));
}

TEST_CASE("bytes that are no FastCGI close the connection, with a line in the log, and nobody else notices") {
    OneWorker worker(threads());
    FastcgiConnection other = worker.connect();
    CHECK(serves(other));
    FastcgiConnection connection = worker.connect();
    REQUIRE(connection.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    CHECK(connection.is_closed_by_peer());
    CHECK(worker.error_log().find("connection closed: ") != std::string::npos);
    CHECK(worker.board().refused == 1);
    CHECK(serves(other));
}

TEST_CASE("what fits the buffer has its Content-Length, what does not is streamed without") {
    OneWorker worker(threads());
    FastcgiConnection connection = worker.connect();
    const auto small = connection.ask(fastcgi_get("/demo/hello", true));
    REQUIRE(small);
    CHECK(small->header("Content-Length") == "25");
    const auto large = connection.ask(fastcgi_get("/demo/stream?chunks=100&bytes=10000", true));
    REQUIRE(large);
    CHECK(large->header("Content-Length").empty());
    CHECK((large->body() == std::string(1'000'000, 'x')));
}

TEST_CASE("draining answers the request that runs, closes the connection behind it, and ends idle ones") {
    OneWorker worker(threads());
    FastcgiConnection idle = worker.connect(), busy = worker.connect();
    CHECK(serves(idle));
    REQUIRE(busy.send(fcgi::encode_request(fastcgi_get("/demo/sleep?ms=100", true))));
    REQUIRE(eventually([&] {
        return std::any_of(worker.board().thread.begin(), worker.board().thread.end(), [](const auto &thread) {
            return thread.busy_since_ns != 0 && thread.uri.load() == "/demo/sleep?ms=100";
        });
    }));
    worker.drain();
    const auto answer = busy.receive();
    REQUIRE(answer);
    CHECK(answer->body() == "slept 100 ms\n");
    CHECK(busy.is_closed_by_peer());
    CHECK(idle.is_closed_by_peer());
}

TEST_CASE("half a request is given up after timeouts.read, a kept connection after timeouts.idle") {
    OneWorker worker(threads(), [](wire::WorkerSetup &setup) { setup.timeouts.read = setup.timeouts.idle = 20ms; });
    FastcgiConnection half = worker.connect(), kept = worker.connect(), silent = worker.connect();
    REQUIRE(half.send(fcgi::encode_request(fastcgi_get("/demo/hello", true)).substr(0, 60)));
    CHECK(serves(kept));
    CHECK(eventually([&] {
        worker.tick();
        return worker.board().accepted == 3 && worker.board().connections == 0;
    }));
}

TEST_CASE("every answer has its line in the access log, with what it was answered") {
    OneWorker worker(threads());
    FastcgiConnection connection = worker.connect();
    fcgi::ClientRequest request = fastcgi_get("/demo/hello?q=\"1\"", true);
    request.params.emplace_back("HTTP_USER_AGENT", "a\\b\n");
    REQUIRE(connection.ask(request));
    CHECK(status_of(connection, fastcgi_post("/nowhere", "12", true)) == 404);
    REQUIRE(eventually([&] { return worker.access_log().find("/nowhere") != std::string::npos; }));
    const std::string log = worker.access_log();
    CHECK(log.find("127.0.0.1 - - [") == 0);
    CHECK(log.find("\"GET /demo/hello?q=\\\"1\\\" HTTP/1.1\" 200 25 \"-\" \"a\\\\b\\x0A\"\n") != std::string::npos);
    CHECK(log.find("\"POST /nowhere HTTP/1.1\" 404 ") != std::string::npos);
}

TEST_CASE("what is said between two requests has a write's time, whatever was left of the last request's") {
    constexpr unsigned kRefused = 40'000;  // more answers than socket buffers hold
    constexpr auto kDeadline = 50ms;
    OneWorker worker(1, [&](wire::WorkerSetup &setup) { setup.timeouts.request = kDeadline; });
    FastcgiConnection connection = worker.connect();
    REQUIRE(status_of(connection, fastcgi_get("/demo/hello", true)) == 200);
    std::this_thread::sleep_for(2 * kDeadline);
    std::string asked;
    for (unsigned i = 0; i < kRefused; ++i) fcgi::append_begin_request(asked, 1, 3, fcgi::kKeepConnection);
    std::thread sender([&] { CHECK(connection.send(asked)); });
    const auto to_read = [&] {
        int bytes = -1;
        return ::ioctl(connection.stream().descriptor(), SIOCINQ, &bytes) == 0 ? bytes : -1;
    };
    int before = 0;  // until the worker has filled the socket's buffers, and waits
    CHECK(eventually([&] {
        const int seen = std::exchange(before, to_read());
        std::this_thread::sleep_for(20ms);
        return seen > 0 && seen == to_read();
    }));
    std::size_t answered = 0;
    while (answered < kRefused * (fcgi::kHeaderBytes + fcgi::kEndBytes)) {
        const auto bytes = connection.stream().receive();
        if (!bytes || bytes->empty()) break;
        answered += bytes->size();
    }
    sender.join();
    CHECK(answered == kRefused * (fcgi::kHeaderBytes + fcgi::kEndBytes));
}
