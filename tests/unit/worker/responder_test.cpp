// What the container makes of what a handler returns: whole answers, answers of its own, and those it has to cut.
#include <doctest/doctest.h>

#include "one_connection.hpp"

using namespace hbnb;
using namespace hbnb::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kBuffer = worker::kBodyBufferBytes;

fcgi::ClientRequest head_of(const std::string &path) {
    fcgi::ClientRequest request = fastcgi_get(path, true);
    request.params[0].second = "HEAD";
    return request;
}

fcgi::ClientRequest post_of_length(std::string body, const std::string &length) {
    fcgi::ClientRequest request = fastcgi_post("/m", std::move(body), true);
    for (auto &[name, value] : request.params)
        if (name == "CONTENT_LENGTH") value = length;
    return request;
}

bool holds(const std::string &text, std::string_view part) { return text.find(part) != std::string::npos; }

// What one GET of a kept connection is answered.
std::optional<fcgi::ResponseGatherer> answered(const OneConnection::Handler &handler) {
    return OneConnection(handler).ask(fastcgi_get("/m", true));
}

}  // namespace

TEST_CASE("a body of up to 64 KiB gets its Content-Length, one byte more is streamed without") {
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, kBuffer - 1, kBuffer, kBuffer + 1, 3 * kBuffer - 1}) {
        CAPTURE(size);
        const auto got = answered([&](hbnb_exchange *exchange) { return answer(exchange, std::string(size, 'x')); });
        REQUIRE(got);
        CHECK(got->header("Content-Length") == (size <= kBuffer ? std::to_string(size) : ""));
        CHECK((got->body() == std::string(size, 'x')));
    }
}

TEST_CASE("what a handler flushes is sent while it runs, and gets no Content-Length") {
    std::string early;
    OneConnection connection([&](hbnb_exchange *exchange) {
        answer(exchange, "first,");
        exchange->call->flush(exchange);
        early = connection.receive_now();
        return write(exchange, "second");
    });
    const auto rest = connection.ask(fastcgi_get("/m", true));
    CHECK(early.find("first,") != std::string::npos);
    CHECK_FALSE(holds(early, "Content-Length"));
    REQUIRE(rest);
    CHECK(rest->stdout_bytes() == "second");
}

TEST_CASE("HEAD: what a handler writes is counted and not sent") {
    OneConnection connection([](hbnb_exchange *exchange) { return answer(exchange, "12345"); });
    const auto got = connection.ask(head_of("/m"));
    REQUIRE(got);
    CHECK(got->http_status() == 200);
    CHECK(got->header("Content-Length") == "5");
    CHECK(got->body().empty());
    CHECK(holds(connection.access_log(), " 200 0 "));
    const auto none = connection.ask(head_of("/nowhere"));
    REQUIRE(none);
    CHECK(none->http_status() == 404);
    CHECK(none->body().empty());
}

TEST_CASE("204 and 304 have neither a body nor a Content-Length, whatever a handler writes") {
    for (const unsigned status : {204U, 304U}) {
        const auto got = answered([&](hbnb_exchange *exchange) { return answer(exchange, "12345", status); });
        REQUIRE(got);
        CHECK(got->http_status() == static_cast<int>(status));
        CHECK(got->header("Content-Length").empty());
        CHECK(got->body().empty());
    }
}

TEST_CASE("a 304 may say the length of what it does not send") {
    for (const bool flushes : {false, true}) {
        OneConnection connection([&](hbnb_exchange *exchange) -> hbnb_status {
            begin(exchange, 304, {{"Content-Length", "1000"}, {"ETag", "\"a\""}});
            return flushes ? exchange->call->flush(exchange) : HBNB_OK;
        });
        const auto got = connection.ask(fastcgi_get("/m", true));
        REQUIRE_MESSAGE(got, flushes);
        CHECK(got->http_status() == 304);
        CHECK_FALSE(holds(connection.error_log(), "misuse"));
    }
}

TEST_CASE("a Content-Length that a handler does not keep is put right before it is sent, with a line in the log") {
    for (const char *length : {"4", "6"}) {
        OneConnection connection([&](hbnb_exchange *exchange) {
            begin(exchange, 200, {{"Content-Length", length}});
            return write(exchange, "12345");
        });
        const auto got = connection.ask(fastcgi_get("/m", true));
        REQUIRE(got);
        CHECK(got->header("Content-Length") == "5");
        CHECK(got->body() == "12345");
        CHECK(holds(connection.error_log(),
                    std::string("given: misuse of the exchange: the handler gave a Content-Length of ") + length +
                        " and wrote 5 bytes"));
    }
}

TEST_CASE("a Content-Length that was sent and is not kept cuts the connection without END_REQUEST") {
    OneConnection connection([](hbnb_exchange *exchange) {
        begin(exchange, 200, {{"Content-Length", "6"}});
        write(exchange, "12345");
        return exchange->call->flush(exchange);
    });
    REQUIRE(connection.send(fcgi::encode_request(fastcgi_get("/m", true))));
    CHECK(connection.turn() == Turn::closed);
    const std::string sent = connection.receive_all();
    CHECK(holds(sent, "12345"));
    CHECK_FALSE(connection.response(sent).has_value());
}

TEST_CASE("a handler that fails before anything was sent is answered 500, and nothing of its answer is seen") {
    OneConnection connection([&](hbnb_exchange *exchange) -> hbnb_status {
        begin(exchange, 200, {{"X-Half", "yes"}});
        write(exchange, "half an answer");
        connection.host()->set_error(connection.host(), text_of("the database has gone"));
        return HBNB_FAILED;
    });
    fcgi::ClientRequest request = fastcgi_get("/m", true);
    request.params.emplace_back("REQUEST_ID", "the-id");
    const auto got = connection.ask(request);
    REQUIRE(got);
    CHECK(got->http_status() == 500);
    CHECK(got->body() == "500 Internal Server Error\nrequest the-id\n");
    CHECK(got->header("X-Half").empty());
    CHECK_FALSE(holds(got->stdout_bytes(), "database"));
    CHECK(holds(connection.error_log(), "given: request the-id failed: the database has gone"));
    CHECK(connection.counts().responses_5xx == 1);
}

TEST_CASE("a handler that fails after something was sent has its connection cut without END_REQUEST, kept or not") {
    for (const bool keep : {false, true}) {
        for (const bool flushes : {false, true}) {
            OneConnection connection([&](hbnb_exchange *exchange) -> hbnb_status {
                answer(exchange, flushes ? "begun" : std::string(kBuffer + 1, 'x'));
                if (flushes) exchange->call->flush(exchange);
                return HBNB_FAILED;
            });
            REQUIRE(connection.send(fcgi::encode_request(fastcgi_get("/m", keep))));
            CHECK(connection.turn() == Turn::closed);
            const std::string sent = connection.receive_all();
            CHECK_FALSE(connection.response(sent).has_value());
            CHECK_FALSE(holds(sent, "500 Internal"));
            CHECK(holds(sent, "Status: 200 OK"));
            CHECK(holds(connection.error_log(), "handle failed without a reason"));
        }
    }
}

TEST_CASE("what a handler said of one request is not said of another") {
    int calls = 0;
    OneConnection connection([&](hbnb_exchange *exchange) -> hbnb_status {
        ++calls;
        if (calls == 1) {
            connection.host()->set_error(connection.host(), text_of("too many at once"));
            return HBNB_OVERLOADED;
        }
        return exchange == nullptr ? HBNB_OK : HBNB_FAILED;
    });
    connection.ask(fastcgi_get("/m", true));
    connection.ask(fastcgi_get("/m", true));
    CHECK(calls == 2);
    CHECK(holds(connection.error_log(), "failed: handle failed without a reason"));
    const std::string log = connection.error_log();
    CHECK_MESSAGE(holds(log, "refused as overloaded: too many at once; GET /m"), log);
    CHECK(log.find("too many at once") == log.rfind("too many at once"));
}

TEST_CASE("a handler that is overloaded is answered 503 with Retry-After, also where it had begun") {
    for (const bool begins : {false, true}) {
        const auto got = answered([&](hbnb_exchange *exchange) -> hbnb_status {
            if (begins) answer(exchange, "half");
            return HBNB_OVERLOADED;
        });
        REQUIRE(got);
        CHECK(got->http_status() == 503);
        CHECK(got->header("Retry-After") == "1");
        CHECK(got->body() == "503 Service Unavailable\n");
    }
}

TEST_CASE(
    "a handler that returns without an answer, or a status that there is none of, is answered 500 and named in the "
    "log") {
    for (const auto &[status, why] : {std::pair<hbnb_status, const char *>{HBNB_OK, "without beginning a response"},
                                      {77, "handle returned an unknown status 77"}}) {
        OneConnection connection([&, status = status](hbnb_exchange *) { return status; });
        const auto got = connection.ask(fastcgi_get("/m", true));
        REQUIRE(got);
        CHECK(got->http_status() == 500);
        CHECK(holds(connection.error_log(), why));
    }
}

TEST_CASE("a body that lies, fails a handler and was not answered by it, is answered with what was wrong with it") {
    const auto status = [](const fcgi::ClientRequest &request, unsigned answers) {
        OneConnection connection(
            [&](hbnb_exchange *exchange) -> hbnb_status {
                read_body(exchange);
                return answers == 0 ? HBNB_FAILED : answer(exchange, "mine", answers);
            },
            "/m", [](wire::WorkerSetup &setup) { setup.limits.body_bytes = 10; });
        const auto got = connection.ask(request);
        return got ? got->http_status() : 0;
    };
    CHECK(status(post_of_length("12345", "6"), 0) == 400);
    CHECK(status(post_of_length("12345", "4"), 0) == 400);
    CHECK(status(post_of_length("12345678901", ""), 0) == 413);
    CHECK(status(post_of_length("12345678901", "11"), 200) == 413);  // announced: no handler is asked
    CHECK(status(post_of_length("12345", "6"), 422) == 422);
    CHECK(status(post_of_length("12345", "5"), 0) == 500);
}

TEST_CASE("a body that stops coming is answered 408, whichever way its handler gives up") {
    for (const hbnb_status gives_up : {HBNB_PEER_GONE, HBNB_FAILED}) {
        OneConnection connection(
            [&](hbnb_exchange *exchange) {
                CHECK(read_body(exchange).end == HBNB_BODY_PEER_GONE);
                return gives_up;
            },
            "/m", [](wire::WorkerSetup &setup) { setup.timeouts.read = 10ms; });
        const std::string whole = fcgi::encode_request(fastcgi_post("/m", "12345", true));
        REQUIRE(connection.send(whole.substr(0, whole.size() - 8 - 2)));
        connection.turn();
        const auto got = connection.response(connection.receive_now());
        REQUIRE(got);
        CHECK(got->http_status() == 408);
    }
}

TEST_CASE("a request whose client has gone is no answer: it is counted as cut") {
    OneConnection connection([&](hbnb_exchange *exchange) -> hbnb_status {
        connection.hang_up();
        answer(exchange, "to nobody");
        return exchange->call->flush(exchange);
    });
    REQUIRE(connection.send(fcgi::encode_request(fastcgi_get("/m", true))));
    CHECK(connection.turn() == Turn::closed);
    CHECK(connection.counts().responses_cut == 1);
    CHECK(holds(connection.access_log(), " 499 "));
}
