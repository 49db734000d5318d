#include <hbnb/request.hpp>
#include <hbnb/testing.hpp>

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

using namespace hbnb::sdk;
using hbnb::testing::FakeExchange;

TEST_CASE("a request shows what the exchange has, and copies nothing") {
    FakeExchange exchange("POST", "/a/b");
    exchange.with_mount("/m").with_request_id("r-1").with_param("HBNB_FRONT", "api").with_query("ms=5%20");
    const Request request(exchange.get());
    CHECK(request.method() == "POST");
    CHECK(request.mount() == "/m");
    CHECK(request.path() == "/a/b");
    CHECK(request.request_id() == "r-1");
    CHECK(request.query() == "ms=5%20");
    CHECK(request.query_value("ms") == "5 ");
    CHECK(request.param("HBNB_FRONT")->data() == request.param("HBNB_FRONT")->data());
    CHECK(request.param("HBNB_FRONT") == "api");
    CHECK_FALSE(request.param("HBNB"));
}

TEST_CASE("a request without a query string has an empty one") {
    FakeExchange exchange("GET", "/");
    const Request request(exchange.get());
    CHECK(request.query().empty());
    CHECK_FALSE(request.query_value("ms"));
}

TEST_CASE("a header is found by its HTTP name in any case") {
    FakeExchange exchange("GET", "/");
    exchange.with_header("If-None-Match", "x")
        .with_header("Content-Type", "text/plain")
        .with_param("CONTENT_LENGTH", "7");
    const Request request(exchange.get());
    CHECK(request.header("If-None-Match") == "x");
    CHECK(request.header("if-none-match") == "x");
    CHECK(request.header("content-TYPE") == "text/plain");
    CHECK(request.header("Content-Length") == "7");
    CHECK_FALSE(request.header("Accept"));
}

TEST_CASE("Content-Type is the web server's parameter, not the header a client can forge beside it") {
    FakeExchange exchange("GET", "/");
    exchange.with_param("HTTP_CONTENT_TYPE", "forged");
    CHECK_FALSE(Request(exchange.get()).header("Content-Type"));
}

TEST_CASE("a header name that could mean another one, or is no name, finds nothing") {
    FakeExchange exchange("GET", "/");
    exchange.with_param("HTTP_X_FOO", "1").with_param("HTTP_", "2").with_param("HTTP_" + std::string(300, 'A'), "3");
    const Request request(exchange.get());
    CHECK(request.header("X-Foo") == "1");
    CHECK_FALSE(request.header("X_Foo"));
    CHECK_FALSE(request.header(""));
    CHECK_FALSE(request.header(std::string(300, 'a')));
    CHECK_FALSE(request.header(std::string_view("X-Foo\0bar", 9)));
}

TEST_CASE("the longest header name that is looked up is 122 bytes") {
    FakeExchange exchange("GET", "/");
    exchange.with_header(std::string(122, 'a'), "1").with_header(std::string(123, 'a'), "2");
    const Request request(exchange.get());
    CHECK(request.header(std::string(122, 'a')) == "1");
    CHECK_FALSE(request.header(std::string(123, 'a')));
}

TEST_CASE("all parameters can be walked through") {
    FakeExchange exchange("GET", "/");
    exchange.with_param("A", "1").with_param("B", "");
    std::vector<std::string> seen;
    for (const auto [name, value] : Request(exchange.get()).params())
        seen.push_back(std::string(name) + "=" + std::string(value));
    CHECK(seen == std::vector<std::string>{"REQUEST_METHOD=GET", "A=1", "B="});
}

TEST_CASE("a body comes in pieces until it is whole") {
    FakeExchange exchange("POST", "/");
    exchange.with_body("hello", 2);
    Request request(exchange.get());
    std::array<char, 4> buffer;
    std::string got;
    BodyPiece piece = request.read(buffer);
    for (; piece.state == BodyState::more; piece = request.read(buffer)) got.append(buffer.data(), piece.size);
    CHECK(piece.state == BodyState::whole);
    CHECK(got == "hello");
    CHECK(request.read(buffer).state == BodyState::whole);
}

TEST_CASE("a whole body of any size up to the limit is read into memory, its length told or not") {
    for (const std::size_t size : {0U, 1U, 16383U, 16384U, 16385U, 100000U}) {
        for (const std::int64_t told : {std::int64_t{-1}, static_cast<std::int64_t>(size)}) {
            FakeExchange exchange("POST", "/");
            exchange.with_body_of_unknown_length(std::string(size, 'x'), 1000).with_content_length(told);
            const Body body = Request(exchange.get()).read_all(size);
            CHECK(body.is_whole());
            CHECK((body.bytes == std::string(size, 'x')));
        }
    }
}

TEST_CASE("a body told to be over the limit is refused before a byte is read") {
    FakeExchange exchange("POST", "/");
    exchange.with_body("12345678");
    CHECK(Request(exchange.get()).read_all(7).state == BodyState::too_large);
    CHECK(exchange.body_bytes_read() == 0);
}

TEST_CASE("a body of unknown length is refused when it passes the limit") {
    FakeExchange exchange("POST", "/");
    exchange.with_body_of_unknown_length(std::string(100'000, 'x'));
    CHECK(Request(exchange.get()).read_all(1000).state == BodyState::too_large);
    CHECK(exchange.body_bytes_read() < 100'000);
}

TEST_CASE("a body that is not whole says why, and gives none of its bytes") {
    for (const auto &[end, state] : {std::pair{HBNB_BODY_SHORT, BodyState::incomplete},
                                     {HBNB_BODY_TOO_LARGE, BodyState::too_large},
                                     {HBNB_BODY_PEER_GONE, BodyState::peer_gone},
                                     {HBNB_BODY_DEADLINE, BodyState::deadline}}) {
        FakeExchange exchange("POST", "/");
        exchange.with_body("abc").with_body_end(end);
        const Body body = Request(exchange.get()).read_all(100);
        CHECK(body.state == state);
        CHECK(body.bytes.empty());
    }
}

TEST_CASE("reading where it is not allowed is the programmer's mistake, not a body") {
    FakeExchange exchange("POST", "/");
    exchange.with_body_end(HBNB_BODY_MISUSE);
    CHECK_THROWS_AS(Request(exchange.get()).read_all(100), std::logic_error);
}

TEST_CASE("a content length is there only where the client gave one") {
    FakeExchange without("POST", "/"), with("POST", "/");
    with.with_content_length(0);
    CHECK_FALSE(Request(without.get()).content_length());
    CHECK(Request(with.get()).content_length() == 0);
}

TEST_CASE("a deadline is a point of the monotonic clock, or none") {
    FakeExchange without("GET", "/"), with("GET", "/");
    with.with_deadline(1'500'000'000);
    CHECK_FALSE(Request(without.get()).deadline());
    CHECK(Request(with.get()).deadline()->time_since_epoch() == std::chrono::milliseconds(1500));
}
