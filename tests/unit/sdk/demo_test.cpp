// The routes of handlers/demo, linked into this program. (crash, hang and the real sleeps: integration tests.)
#include <hbnb/handler.h>
#include <hbnb/testing.hpp>

#include <doctest/doctest.h>

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>

using hbnb::testing::DrivenPlugin;
using hbnb::testing::FakeExchange;
using hbnb::testing::FakeHost;

namespace {

const hbnb_plugin &demo() { return *hbnb_handler_plugin(HBNB_ABI_MAJOR, HBNB_ABI_MINOR); }

hbnb_status serve(FakeExchange &exchange) {
    DrivenPlugin plugin(demo());
    return plugin.handle(exchange);
}

FakeExchange &got(FakeExchange &exchange) {
    CHECK(serve(exchange) == HBNB_OK);
    return exchange;
}

}  // namespace

TEST_CASE("demo serves at /demo, one instance a thread") {
    CHECK(std::string(demo().name) == "demo");
    CHECK(std::string(demo().default_mount) == "/demo");
    CHECK(demo().concurrency == HBNB_INSTANCE_PER_THREAD);
}

TEST_CASE("hello is text, status is JSON and a newline") {
    FakeExchange hello("GET", "/hello"), status("GET", "/status");
    CHECK(got(hello).header("Content-Type") == "text/plain; charset=utf-8");
    CHECK(hello.body() == "Hello from the container\n");
    CHECK(got(status).header("Content-Type") == "application/json");
    CHECK(status.body() == "{\"status\":\"OK\"}\n");
}

TEST_CASE("echo gives bodies of every size back, with type and length") {
    for (const std::size_t size : {0U, 1U, 65535U, 65536U, 65537U, 1'000'000U}) {
        FakeExchange exchange("POST", "/echo");
        const std::string body(size, 'b');
        got(exchange.with_body(body, 10'000).with_header("Content-Type", "a/b"));
        CHECK((exchange.body() == body));
        CHECK(exchange.header("Content-Type") == "a/b");
        CHECK(exchange.header("Content-Length") == std::to_string(size));
    }
}

TEST_CASE("echo takes a body of a length nobody told, and has a type where none was named") {
    FakeExchange exchange("POST", "/echo");
    got(exchange.with_body_of_unknown_length("abc"));
    CHECK(exchange.body() == "abc");
    CHECK(exchange.header("Content-Length") == "3");
    CHECK(exchange.header("Content-Type") == "application/octet-stream");
}

TEST_CASE("echo refuses a body that is not whole, and one that is too large") {
    FakeExchange small("POST", "/echo"), large("POST", "/echo");
    CHECK(got(small.with_body("abc").with_body_end(HBNB_BODY_SHORT)).status() == 400);
    CHECK(got(large.with_body(std::string(100'000, 'x')).with_body_end(HBNB_BODY_TOO_LARGE)).status() == 413);
}

TEST_CASE("bytes gives as many as were asked for, with their length") {
    for (const std::size_t size : {0U, 1U, 65536U, 65537U, 1'000'000U}) {
        FakeExchange exchange("GET", "/bytes?n=" + std::to_string(size));
        CHECK((got(exchange).body() == std::string(size, 'x')));
        CHECK(exchange.header("Content-Length") == std::to_string(size));
    }
    FakeExchange too_many("GET", "/bytes?n=1073741825");
    CHECK(got(too_many).status() == 400);
}

TEST_CASE("sink counts the bytes, and says why it could not") {
    FakeExchange whole("POST", "/sink"), large("POST", "/sink"), incomplete("POST", "/sink"), late("POST", "/sink"),
        gone("POST", "/sink");
    CHECK(got(whole.with_body(std::string(100'001, 'x'))).body() == "{\"bytes\":100001}\n");
    CHECK(got(large.with_body_end(HBNB_BODY_TOO_LARGE)).status() == 413);
    CHECK(got(incomplete.with_body_end(HBNB_BODY_SHORT)).status() == 400);
    CHECK(got(late.with_body_end(HBNB_BODY_DEADLINE)).status() == 504);
    CHECK(serve(gone.with_body_end(HBNB_BODY_PEER_GONE)) == HBNB_PEER_GONE);
}

TEST_CASE("echo and sink take POST only") {
    FakeExchange echo("GET", "/echo"), sink("PUT", "/sink");
    CHECK(got(echo).status() == 405);
    CHECK(got(sink).status() == 405);
}

TEST_CASE("params shows every parameter, and bytes that are no UTF-8") {
    FakeExchange exchange("GET", "/params");
    got(exchange.with_param("A", "1").with_param("B", "\xFF"));
    const auto all = nlohmann::json::parse(exchange.body());
    CHECK(all.at("REQUEST_METHOD") == "GET");
    CHECK(all.at("A") == "1");
    CHECK(all.at("B") == "\xEF\xBF\xBD");
}

TEST_CASE("info tells process, thread, version and what the host says") {
    const hbnb_info info{.struct_size = sizeof(hbnb_info),
                         .worker = 3,
                         .generation = 2,
                         .pool = "blue",
                         .plugin_file = "/p",
                         .plugin_hash = "ab",
                         .threads = 4,
                         .purpose = HBNB_PURPOSE_SERVE};
    FakeHost host;
    host.with_info(info);
    DrivenPlugin plugin(demo(), "{}", &host);
    FakeExchange exchange("GET", "/info");
    REQUIRE(plugin.handle(exchange) == HBNB_OK);
    const auto told = nlohmann::json::parse(exchange.body());
    CHECK(told.at("pid") == ::getpid());
    CHECK(told.at("thread").get<long>() > 0);
    CHECK(told.at("plugin_version") == "1.0");
    CHECK(told.at("worker") == 3);
    CHECK(told.at("generation") == 2);
    CHECK(told.at("pool") == "blue");
    CHECK(told.at("threads") == 4);
    CHECK(told.at("plugin_hash") == "ab");
}

TEST_CASE("stream flushes each chunk") {
    FakeExchange exchange("GET", "/stream");
    got(exchange.with_query("chunks=3&bytes=5"));
    CHECK(exchange.body() == std::string(15, 'x'));
    CHECK(exchange.flushes() == 3);
}

TEST_CASE("stream stops when nobody listens") {
    FakeExchange exchange("GET", "/stream");
    CHECK(serve(exchange.with_query("chunks=1000000&bytes=10").with_peer_gone_after(30)) == HBNB_PEER_GONE);
    CHECK(exchange.body_bytes() == 30);
}

TEST_CASE("sleep, spin and leak do what is asked") {
    FakeExchange sleep("GET", "/sleep"), spin("GET", "/spin"), leak("GET", "/leak");
    CHECK(got(sleep.with_query("ms=1")).body() == "slept 1 ms\n");
    CHECK(got(spin.with_query("ms=1")).body() == "spun 1 ms\n");
    CHECK(got(leak.with_query("mb=2")).body() == "leaked 2 MiB\n");
}

TEST_CASE("a value out of its range is 400 with a sentence that says what is allowed") {
    const auto refusal = [](const char *path, const char *query) {
        FakeExchange exchange("GET", path);
        CHECK(got(exchange.with_query(query)).status() == 400);
        return exchange.body();
    };
    CHECK(refusal("/sleep", "ms=-1") ==
          "unable to read ms: found \"-1\", allowed is a whole number from 0 to 3600000\n");
    CHECK(refusal("/spin", "ms=3600001") ==
          "unable to read ms: found \"3600001\", allowed is a whole number from 0 to 3600000\n");
    CHECK(refusal("/leak", "mb=0") == "unable to read mb: found \"0\", allowed is a whole number from 1 to 1024\n");
    CHECK(refusal("/stream", "bytes=1048577").find("unable to read bytes") == 0);
    CHECK(refusal("/stream", "chunks=") ==
          "unable to read chunks: found \"\", allowed is a whole number from 0 to 1000000\n");
    CHECK(refusal("/stream", "interval_ms=99999999999999999999999").find("unable to read interval_ms") == 0);
    CHECK(refusal("/crash", "signal=TERM") ==
          "unable to read signal: found \"TERM\", allowed are SEGV, ABRT and KILL\n");
}

TEST_CASE("throw fails the request, and the reason goes to the host only") {
    DrivenPlugin plugin(demo());
    FakeExchange exchange("GET", "/throw");
    CHECK(plugin.handle(exchange) == HBNB_FAILED);
    CHECK_FALSE(exchange.is_begun());
    CHECK(plugin.host().error().find("std::runtime_error: thrown because") == 0);
}
