#include <hbnb/request.hpp>
#include <hbnb/response_stream.hpp>
#include <hbnb/testing.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace hbnb::sdk;
using hbnb::testing::FakeExchange;

namespace {

long count_of(const FakeExchange &exchange, std::string_view name) {
    return std::count_if(exchange.headers().begin(), exchange.headers().end(),
                         [&](const auto &header) { return header.first == name; });
}

}  // namespace

TEST_CASE("a whole answer is sent with its type, its length and nosniff") {
    FakeExchange exchange("GET", "/");
    ResponseStream::send(exchange.get(), Response::json("{}\n", 201));
    CHECK(exchange.status() == 201);
    CHECK(exchange.body() == "{}\n");
    CHECK(exchange.header("Content-Type") == "application/json");
    CHECK(exchange.header("Content-Length") == "3");
    CHECK(exchange.header("X-Content-Type-Options") == "nosniff");
}

TEST_CASE("each factory has its type") {
    CHECK(Response::text("").type() == "text/plain; charset=utf-8");
    CHECK(Response::html("").type() == "text/html; charset=utf-8");
    CHECK(Response::json("").type() == "application/json");
    CHECK(Response::bytes("", "image/png").type() == "image/png");
    CHECK(Response::borrowed("x", kHtmlType).type() == "text/html; charset=utf-8");
    CHECK(Response::text("", 404).status() == 404);
}

TEST_CASE("an answer without a type gets one that no browser guesses about") {
    FakeExchange borrowed("GET", "/");
    ResponseStream::send(borrowed.get(), Response::borrowed("x", ""));
    CHECK(borrowed.header("Content-Type") == "text/plain; charset=utf-8");
}

TEST_CASE("an answer without a body has no type") {
    FakeExchange exchange("OPTIONS", "/");
    ResponseStream::send(exchange.get(), Response(200));
    CHECK_FALSE(exchange.header("Content-Type"));
    CHECK(exchange.header("Content-Length") == "0");
}

TEST_CASE("204 and 304 have neither body nor type nor length") {
    for (const unsigned status : {204U, 304U}) {
        FakeExchange exchange("GET", "/");
        ResponseStream::send(exchange.get(), Response::text("lost", status));
        CHECK(exchange.status() == status);
        CHECK(exchange.body_bytes() == 0);
        CHECK_FALSE(exchange.header("Content-Type"));
        CHECK_FALSE(exchange.header("Content-Length"));
    }
}

TEST_CASE("a header that the handler set is sent once, as it set it") {
    FakeExchange exchange("GET", "/");
    ResponseStream::send(exchange.get(),
                         Response::text("x").set("content-type", "a/b").set("Content-Type", "c/d").set("X-A", "1"));
    CHECK(count_of(exchange, "Content-Type") == 1);
    CHECK(count_of(exchange, "content-type") == 0);
    CHECK(exchange.header("Content-Type") == "c/d");
    CHECK(exchange.header("X-A") == "1");
}

TEST_CASE("set replaces, add keeps") {
    Response response;
    response.add("Set-Cookie", "a").add("set-cookie", "b");
    CHECK(response.headers().size() == 2);
    response.set("SET-COOKIE", "c");
    CHECK(response.headers().size() == 1);
    CHECK(response.header("Set-Cookie") == "c");
    CHECK(response.header("Location") == "");
}

TEST_CASE("more headers than fit the stack are all sent") {
    FakeExchange exchange("GET", "/");
    Response response = Response::text("x");
    for (int i = 0; i < 40; ++i) response.add("X-" + std::to_string(i), std::to_string(i));
    ResponseStream::send(exchange.get(), response);
    CHECK(exchange.headers().size() == 43);
    CHECK(exchange.header("X-39") == "39");
}

TEST_CASE("a header that could split the answer is refused, and nothing is sent") {
    FakeExchange exchange("GET", "/");
    CHECK_THROWS_AS(ResponseStream::send(exchange.get(), Response::text("x").set("Location", "/\r\nX: y")),
                    std::runtime_error);
    CHECK_FALSE(exchange.is_begun());
}

TEST_CASE("a borrowed body survives moving the answer, and is not copied") {
    static const char kBody[] = "0123456789";
    Response first = Response::borrowed(kBody, kTextType);
    const Response second = std::move(first);
    CHECK(second.body().data() == kBody);
}

TEST_CASE("a streamed answer is sent piece by piece, with nosniff and no length of ours") {
    FakeExchange exchange("GET", "/");
    Request request(exchange.get());
    auto out = request.begin(200, {{"Content-Type", "text/plain"}});
    out.write("ab").flush().write("").write("c");
    const Response end = out.end();
    CHECK(end.is_streamed());
    CHECK(end.status() == 200);
    CHECK(exchange.body() == "abc");
    CHECK(exchange.flushes() == 1);
    CHECK(exchange.header("X-Content-Type-Options") == "nosniff");
    CHECK_FALSE(exchange.header("Content-Length"));
}

TEST_CASE("an answer is begun once") {
    FakeExchange exchange("GET", "/");
    Request request(exchange.get());
    request.begin(200, {});
    CHECK_THROWS_AS(request.begin(200, {}), std::runtime_error);
}

TEST_CASE("writing to a client that has gone throws PeerGone") {
    FakeExchange exchange("GET", "/");
    exchange.with_peer_gone_after(3);
    Request request(exchange.get());
    auto out = request.begin(200, {});
    out.write("abc");
    CHECK(request.peer_gone());
    CHECK_THROWS_AS(out.write("d"), PeerGone);
}
