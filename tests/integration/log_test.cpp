// What the logs say, and that they are there.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <regex>
#include <string>

#include "support/container.hpp"
#include "support/fastcgi_client.hpp"
#include "support/nginx.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

// Lines of the access log that hold the text; workers write them in batches, at most a second late.
bool appears(const std::string &file, const std::string &text) {
    return eventually([&] { return read_file(file).find(text) != std::string::npos; });
}

}  // namespace

TEST_CASE("the access log has a Combined line for a request") {
    Container container;
    Nginx nginx({.socket = container.socket()});
    const HttpRequest request{
        "GET", "/demo/hello?x=1", {{"Referer", "http://r/"}, {"User-Agent", "test \"agent\""}}, {}};
    CHECK(ask(nginx.endpoint(), request).status == 200);
    REQUIRE(appears(container.dir() / "access.log", "/demo/hello?x=1"));
    const std::regex combined(
        R"re(127\.0\.0\.1 - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "GET /demo/hello\?x=1 HTTP/1\.1" 200 25 "http://r/" "test \\"agent\\""\n)re");
    CHECK_MESSAGE(std::regex_match(container.access_log(), combined), container.access_log());
}

TEST_CASE("every request has one line in the access log, refused and failed ones too") {
    Container container;
    container.expect_in_log("thrown because");
    Nginx nginx({.socket = container.socket()});
    for (int i = 0; i < 50; ++i) CHECK(nginx.get("/demo/hello?n=" + std::to_string(i)).status == 200);
    nginx.get("/nowhere");
    nginx.get("/demo/throw");
    nginx.finish();
    container.finish();
    const std::string log = container.access_log();
    CHECK(std::count(log.begin(), log.end(), '\n') == 52);
    CHECK(log.find("\"GET /nowhere HTTP/1.1\" 404 ") != std::string::npos);
    CHECK(log.find("\"GET /demo/throw HTTP/1.1\" 500 ") != std::string::npos);
}

TEST_CASE("a log that was moved away is opened anew on USR1, and no line is lost") {
    Container container;
    Nginx nginx({.socket = container.socket()});
    CHECK(nginx.get("/demo/hello?before").status == 200);
    std::filesystem::rename(container.dir() / "access.log", container.dir() / "access.log.1");
    std::filesystem::rename(container.dir() / "error.log", container.dir() / "error.log.1");
    container.signal(SIGUSR1);
    REQUIRE(appears(container.dir() / "error.log", "logs opened anew"));
    CHECK(eventually([&] {
        nginx.get("/demo/hello?after");
        return container.access_log().find("?after") != std::string::npos;
    }));
    // Its line is written after its answer, so maybe after the switch.
    CHECK(eventually([&] {
        return (read_file(container.dir() / "access.log.1") + container.access_log()).find("?before") !=
               std::string::npos;
    }));
}

TEST_CASE("a log that cannot be opened anew stays in use, and says so itself") {
    Container container;
    for (const char *what : {"error log", "access log"}) container.expect_in_log(std::string("unable to open ") + what);
    for (const char *log : {"error.log", "access.log"}) {
        std::filesystem::rename(container.dir() / log, container.dir() / log + ".1");
        std::filesystem::create_directory(container.dir() / log);
    }
    container.signal(SIGUSR1);
    for (const char *what : {"error log", "access log"}) {
        CHECK(appears(container.dir() / "error.log.1",
                      std::string("unable to open ") + what + " " + container.dir().path()));
    }
    FastcgiConnection client(container.socket());
    CHECK(client.ask(fastcgi_get("/demo/hello?still", false))->http_status() == 200);
    CHECK(appears(container.dir() / "access.log.1", "?still"));
    CHECK(read_file(container.dir() / "error.log.1").find("logs opened anew") == std::string::npos);
    for (const char *log : {"error.log", "access.log"}) {
        std::filesystem::remove(container.dir() / log);
        std::filesystem::rename(container.dir() / log + ".1", container.dir() / log);
    }
}

TEST_CASE("a client cannot write a line of its own into a log") {
    Container container;
    container.expect_in_log("thrown because");
    Nginx nginx({.socket = container.socket()});
    const HttpRequest request{"GET", "/demo/hello?%0A127.0.0.1%1b", {{"User-Agent", "a\tb"}}, {}};
    CHECK(ask(nginx.endpoint(), request).status == 200);
    nginx.get("/demo/nothing%0Ahere");
    nginx.finish();
    container.finish();
    const std::string log = container.access_log();
    CHECK(std::count(log.begin(), log.end(), '\n') == 2);
}

TEST_CASE("a request that waits longer than waiting.age_max makes log and status say overloaded, until none does") {
    std::string length;
    unsigned status = 0;
    SUBCASE("it is answered 503") { length = "8", status = 503; }
    SUBCASE("it waits on where there is no hand-off queue") { length = "0", status = 200; }
    Container container({.min = 1, .max = 1, .pool = {{"waiting.age_max", "50ms"}, {"waiting.length_max", length}}});
    container.expect_in_log("overloaded: ");
    FastcgiConnection slow(container.socket());
    REQUIRE(slow.send(fcgi::encode_request(fastcgi_get("/demo/sleep?ms=600", false))));
    REQUIRE(eventually([&] { return container.pool().busy == 1; }));
    FastcgiConnection waits(container.socket());
    REQUIRE(waits.send(fcgi::encode_request(fastcgi_get("/demo/hello", false))));
    wire::PoolStatus seen;
    CHECK(eventually([&] { return (seen = container.pool()).overloaded; }));
    if (status == 200) CHECK(seen.waiting_ms >= 50);
    CHECK(slow.receive().value().http_status() == 200);
    const auto answer = waits.receive();
    REQUIRE(answer);
    CHECK(answer->http_status() == status);
    if (status == 503) CHECK(answer->header("Retry-After") == "1");
    CHECK(eventually([&] { return !container.pool().overloaded; }));
    CHECK(eventually([&] { return container.pool().shed == (status == 503 ? 1 : 0); }));
    CHECK(logs(container, "no longer overloaded after "));
}
