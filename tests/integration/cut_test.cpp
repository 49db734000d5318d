// Answers that begin, reach their clients, and do not become whole: through nginx, whether it buffers or not, over kept
// and new connections, a client sees that its answer was cut. Without a word from the container nginx takes the end of
// a connection for the end of the answer.
#include <doctest/doctest.h>

#include <signal.h>

#include <string>
#include <thread>
#include <vector>

#include "support/container.hpp"
#include "support/fastcgi_client.hpp"
#include "support/nginx.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

ContainerSettings hasty() {
    ContainerSettings settings{.min = 2, .max = 3};
    settings.pool = {{"timeouts.request", "500ms"}, {"timeouts.drain", "1s"}};
    settings.mounts = {{"/cuts", test_plugin("cuts")}};
    return settings;
}

// What the ways of this file leave in the log.
void expect_cuts(Container &container) {
    for (const char *part :
         {"is over its deadline", "ended: drain_timeout", "thrown in the middle of an answer",
          "gave a Content-Length of 100 and wrote 6", "has ended its thread", "exit code", "workers die young"})
        container.expect_in_log(part);
}

// Where nginx has not sent on anything of it, it is an answer of its own, after its second try: 502.
bool is_cut(const HttpResponse &answer) { return !answer.failure.empty() || answer.status == 502; }

}  // namespace

TEST_CASE("an answer that is cut after it began is shown to nginx's client as cut, buffered or not, kept or new") {
    bool keep = true;
    SUBCASE("kept connections") { keep = true; }
    SUBCASE("new connections") { keep = false; }
    Container container(hasty());
    expect_cuts(container);
    std::string server;
    if (!keep) server = "fastcgi_keep_conn off;\n";
    Nginx nginx({.socket = container.socket(), .keep_connections = keep, .server = server});
    for (const std::string how : {"?unbuffered=1", "?buffered=1"}) {
        const auto whole = nginx.get("/cuts/whole" + how);
        CHECK_MESSAGE(whole.body == "begun\n", whole.failure);
        for (const std::string way : {"hang", "throw", "fall_short", "end_thread", "exit"}) {
            const auto answer = nginx.get("/cuts/" + way + how);
            CHECK_MESSAGE(is_cut(answer), way << how << ": " << answer.status << " " << answer.body);
        }
        CHECK(nginx.get("/cuts/whole" + how).status == 200);
    }
}

TEST_CASE("an answer that a client takes too slowly is cut, and shown to it as cut, when it takes what has come") {
    bool keep = true;
    SUBCASE("kept connections") { keep = true; }
    SUBCASE("new connections") { keep = false; }
    Container container(hasty());
    expect_cuts(container);
    std::string server;
    if (!keep) server = "fastcgi_keep_conn off;\n";
    Nginx nginx({.socket = container.socket(), .keep_connections = keep, .server = server});
    auto client = Stream::connect(nginx.endpoint());
    REQUIRE(client);
    REQUIRE(client->send("GET /cuts/flood HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    REQUIRE(eventually([&] { return container.pool().busy == 1; }));
    REQUIRE(eventually([&] { return container.pool().busy == 0; }));
    std::string last;
    for (;;) {
        const auto piece = client->receive();
        if (!piece || piece->empty()) break;
        last = (last + *piece).substr(last.size() + piece->size() > 16 ? last.size() + piece->size() - 16 : 0);
    }
    CHECK(!last.ends_with("0\r\n\r\n"));  // the end of a whole answer in chunks
}

TEST_CASE("a worker that is killed in the middle of an answer cuts it, and the log names the request") {
    ContainerSettings settings{.min = 1, .max = 1};
    settings.mounts = {{"/cuts", test_plugin("cuts")}};
    Container container(settings);
    container.expect_in_log("ended: crashed, signal 9");
    container.expect_in_log("workers die young");
    Nginx nginx(
        {.socket = container.socket()});  // it keeps connections and buffers: else it would take this for the end
    std::thread killer([&] {
        if (eventually([&] { return container.pool().busy == 1; })) ::kill(container.worker_pids().at(0), SIGKILL);
    });
    const auto answer = ask(nginx.endpoint(), {"POST", "/cuts/hang?buffered=1", {}, ""});
    killer.join();
    CHECK_MESSAGE(is_cut(answer), answer.status << " " << answer.body);
    CHECK(eventually([&] { return container.error_log().find("POST /cuts/hang?buffered=1") != std::string::npos; }));
}

TEST_CASE("on the wire a cut answer ends with a record header that is not valid, behind whole records") {
    Container container(hasty());
    expect_cuts(container);
    for (const std::string way : {"flood", "hang", "throw", "fall_short", "end_thread", "exit"}) {
        FastcgiConnection client(container.socket());
        REQUIRE(client.send(fcgi::encode_request(fastcgi_get("/cuts/" + way, true))));
        if (way == "flood") {  // reads nothing until it has been given up: the last record is torn, and made whole
            REQUIRE(eventually([&] { return container.pool().busy == 1; }));
            REQUIRE(eventually([&] { return container.pool().busy == 0; }));
        }
        std::string all;
        for (;;) {
            const auto piece = client.stream().receive();
            if (!piece || piece->empty()) break;
            all += *piece;
        }
        std::size_t at = 0;
        while (at + 8 <= all.size() && all[at] == 1) {
            const auto byte = [&](std::size_t i) {
                return static_cast<std::size_t>(static_cast<unsigned char>(all[at + i]));
            };
            at += 8 + (byte(4) << 8 | byte(5)) + byte(6);
        }
        CHECK_MESSAGE(at + 8 == all.size(), way);
        CHECK_MESSAGE((at < all.size() && all[at] == 0), way);
    }
}
