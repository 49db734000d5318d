// The end of a container, as its operator asks for it.
#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/container.hpp"
#include "support/fastcgi_client.hpp"
#include "support/nginx.hpp"

using namespace hbnb;
using namespace hbnb::test;

TEST_CASE("TERM and QUIT finish the request that runs, and leave nothing behind") {
    Container container({.min = 2, .max = 2});
    int number = SIGTERM;
    SUBCASE("TERM") { number = SIGTERM; }
    SUBCASE("QUIT") { number = SIGQUIT; }
    Nginx nginx({.socket = container.socket()});
    std::thread slow([&] { CHECK(nginx.get("/demo/sleep?ms=700").body == "slept 700 ms\n"); });
    REQUIRE(eventually([&] { return container.pool().busy == 1; }));
    container.finish(number);
    slow.join();
    CHECK(logs(container, "stopped"));
}

TEST_CASE("an idle kept connection does not hold up the end") {
    Container container({.min = 1, .max = 1});
    FastcgiConnection kept(container.socket());
    CHECK(kept.ask(fastcgi_get("/demo/hello", true))->http_status() == 200);
    container.finish(SIGTERM);
    CHECK(kept.is_closed_by_peer());
}

TEST_CASE("INT stops at once, whatever runs") {
    Container container({.min = 2, .max = 2, .pool = {{"timeouts.request", "0"}, {"timeouts.drain", "1h"}}});
    container.expect_in_log("stopped_now");
    Nginx nginx({.socket = container.socket()});
    nginx.expect_in_log("connect() to unix:");  // for its second try
    std::thread hanging([&] { CHECK(nginx.get("/demo/hang").status == 502); });
    REQUIRE(eventually([&] { return container.pool().busy == 1; }));
    SUBCASE("as the first signal") {}
    SUBCASE("after TERM has begun to drain") {
        container.signal(SIGTERM);
        REQUIRE(
            eventually([&] { return container.error_log().find("stop: the workers finish") != std::string::npos; }));
    }
    container.finish(SIGINT);
    hanging.join();
}

TEST_CASE("a request that outlives timeouts.drain does not keep the container from ending") {
    Container container({.min = 1, .max = 1, .pool = {{"timeouts.drain", "500ms"}}});
    container.expect_in_log("drain_timeout");
    Nginx nginx({.socket = container.socket()});
    nginx.expect_in_log("connect() to unix:");  // for its second try
    std::thread hanging([&] { CHECK(nginx.get("/demo/hang").status == 502); });
    REQUIRE(eventually([&] { return container.pool().busy == 1; }));
    container.finish(SIGTERM);
    hanging.join();
}

TEST_CASE("TERM while a reload is under way ends the container all the same") {
    Container container({.min = 4, .max = 4});
    container.signal(SIGHUP);
    container.signal(SIGHUP);
    container.finish(SIGTERM);
}

TEST_CASE("who was in the queue when TERM came is served, who comes later is refused at once") {
    Container container({.min = 1, .max = 1});
    FastcgiConnection slow(container.socket());
    REQUIRE(slow.send(fcgi::encode_request(fastcgi_get("/demo/sleep?ms=300", false))));
    REQUIRE(eventually([&] { return container.pool().busy == 1; }));
    std::vector<std::unique_ptr<FastcgiConnection>> queued;
    for (int i = 0; i < 20; ++i) {
        queued.push_back(std::make_unique<FastcgiConnection>(container.socket()));
        REQUIRE(queued.back()->send(fcgi::encode_request(fastcgi_get("/demo/hello", false))));
    }
    container.signal(SIGTERM);
    REQUIRE(eventually([&] { return !std::filesystem::exists(container.socket()); }));
    CHECK_THROWS(FastcgiConnection(container.socket()));
    CHECK(slow.receive());
    for (const auto &one : queued) {
        const auto answer = one->receive();
        CHECK((answer && answer->http_status() == 200));
    }
    container.process().wait();
    container.forget();
    CHECK(container.process().wait() == Exit{0, 0});
}
