// The application in its container, over a database that goes wrong, or a worker that dies at the wrong moment.
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "support/container.hpp"
#include "support/nginx.hpp"
#include "unit/handlers/database_server.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

HttpRequest post_state(const std::string &name) {
    return {.method = "POST",
            .target = "/api/v1/states",
            .headers = {{"Content-Type", "application/json"}},
            .body = nlohmann::json{{"name", name}}.dump()};
}

std::size_t count_of(const Nginx &nginx, const std::string &name) {
    std::size_t count = 0;
    for (const auto &state : nlohmann::json::parse(nginx.get("/api/v1/states").body)) count += state.at("name") == name;
    return count;
}

}  // namespace

TEST_CASE("a worker that dies between commit and answer costs a 502, and what was asked is there once") {
    Container container({.min = 2, .mounts = {{"/api/v1", test_plugin("killed_api")}}});
    container.expect_in_log("SIGKILL");
    container.expect_in_log("workers die young");
    Nginx nginx({.socket = container.socket()});
    for (int i = 0; i < 3; ++i) {
        const std::string name = "state " + std::to_string(i);
        HttpRequest request = post_state(name);
        request.headers.emplace_back("X-Die", "1");
        CHECK(ask(nginx.endpoint(), request).status == 502);
        CHECK(count_of(nginx, name) == 1);
    }
    CHECK(ask(nginx.endpoint(), post_state("last")).status == 201);
}

TEST_CASE("a frozen database keeps no route waiting that does without it, and serves when it is thawed") {
    on_each_server([](DatabaseServer &server) {
        Container container({.min = 2,
                             .max = 4,
                             .mounts = {{"/api/v1", "api"}, {"/demo", "demo"}},
                             .database = server.text_url() + "&timeout=1"});
        container.expect_in_log("unable to answer");
        Nginx nginx({.socket = container.socket()});
        REQUIRE(nginx.get("/api/v1/states").status == 200);
        server.freeze();
        std::vector<std::thread> askers;
        std::atomic<int> unavailable = 0;
        for (int i = 0; i < 8; ++i) {
            askers.emplace_back([&] {
                for (int n = 0; n < 5; ++n) unavailable += nginx.get("/api/v1/states").status == 503;
            });
        }
        for (int i = 0; i < 20; ++i) CHECK(nginx.get("/demo/hello").status == 200);
        CHECK(nginx.get("/api/v1/status").status == 200);
        for (std::thread &asker : askers) asker.join();
        CHECK(unavailable == 40);
        server.thaw();
        CHECK(eventually([&] { return nginx.get("/api/v1/states").status == 200; }));
        CHECK(ask(nginx.endpoint(), post_state("after")).status == 201);
        CHECK(count_of(nginx, "after") == 1);
    });
}

TEST_CASE("a container starts while another process makes the tables, and serves when they are there") {
    on_each_server([](DatabaseServer &server) {
        auto other = std::make_unique<Connection>(server.url(), Opening::existing, std::chrono::seconds(10));
        REQUIRE(query_number(*other, std::string(other->dialect().lock_schema)) == 1);
        Container container({.mounts = {{"/", "pages"}, {"/api/v1", "api"}}, .database = server.text_url()});
        Nginx nginx({.socket = container.socket()});
        CHECK(nginx.get("/api/v1/states").status == 503);
        other.reset();
        CHECK(eventually([&] { return nginx.get("/api/v1/states").status == 200; }));
        CHECK(nginx.get("/hbnb").status == 200);
    });
}

TEST_CASE("a database's password comes to the workers by the environment, and is shown nowhere") {
    on_each_server(
        [](DatabaseServer &server) {
            const std::string password = "a secret of the test";
            server.run("create user someone identified by '" + password + "'");
            server.run("grant all on hbnb.* to someone");
            std::string url = server.text_url();
            url.replace(url.find("root"), 4, "someone");
            Container container({.mounts = {{"/api/v1", "api"}},
                                 .database = url,
                                 .around = {.environment = {"HBNB_DATABASE_PASSWORD=" + password}}});
            Nginx nginx({.socket = container.socket()});
            CHECK(nginx.get("/api/v1/states").status == 200);
            server.run("rename table hbnb.states to hbnb.gone");
            const HttpResponse failure = nginx.get("/api/v1/states");
            CHECK(failure.status == 503);
            container.expect_in_log("unable to answer");
            for (const std::string &shown : {failure.body, container.error_log(),
                                             get(unix_socket(container.dir() / "control.sock"), "/status").body,
                                             get(unix_socket(container.dir() / "control.sock"), "/config").body}) {
                CHECK(shown.find(password) == std::string::npos);
            }
        },
        {DatabaseKind::mysql});
}
