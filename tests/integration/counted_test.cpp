// What the status says was counted: answers by class, bytes and times at each mount, ends of workers by reason,
// memory, start-up.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <string>

#include "support/container.hpp"
#include "support/fastcgi_client.hpp"
#include "support/load.hpp"
#include "support/nginx.hpp"
#include "support/process.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

wire::MountCounts at(const wire::PoolStatus &pool, const std::string &mount) {
    const auto found =
        std::find_if(pool.mounts.begin(), pool.mounts.end(), [&](const auto &one) { return one.mount == mount; });
    return found != pool.mounts.end() ? found->counts : wire::MountCounts{};
}

std::string status_text(const Container &container) {
    return run({control_program(), "--control", container.dir() / "control.sock", "status"}).output;
}

void ask_each(const Container &container) {
    FastcgiConnection connection(container.socket());
    for (const char *path : {"/demo/hello", "/demo/hello", "/demo/nothing", "/nowhere"})
        REQUIRE(connection.ask(fastcgi_get(path, true)));
    fcgi::ClientRequest posted = fastcgi_get("/demo/echo", true);
    posted.params.emplace_back("REQUEST_METHOD", "POST");
    REQUIRE(connection.ask(posted));
}

}  // namespace

TEST_CASE("each mount's answers are counted by class, with their bytes and times, also of workers that have gone") {
    Container container({.min = 1, .max = 1});
    ask_each(container);
    REQUIRE(container.reload());
    ask_each(container);
    CHECK(eventually([&] { return container.pool().requests == 10 && container.pool().workers.size() == 1; }));
    const auto pool = container.pool();
    const auto demo = at(pool, "/demo"), none = at(pool, "");
    CHECK(demo.responses_2xx + demo.responses_4xx == 8);
    CHECK(demo.responses_2xx >= 4);
    CHECK(demo.responses_4xx >= 2);
    CHECK(none.responses_4xx == 2);
    CHECK(none.responses_2xx == 0);
    CHECK(wire::total(demo.service_time) == 8);
    CHECK(wire::total(demo.queue_time) == 8);
    CHECK(demo.bytes_in > 8 * 50);
    CHECK(demo.bytes_out > 8 * 50);
    CHECK(pool.responses_4xx == demo.responses_4xx + 2);
    CHECK(pool.workers.at(0).responses_2xx == demo.responses_2xx / 2);
    const std::string text = status_text(container);
    CHECK_MESSAGE(text.find("\n  /demo ") != std::string::npos, text);
    CHECK_MESSAGE(text.find("\n  (none) ") != std::string::npos, text);
}

TEST_CASE("what waits for its worker has a queue time of at least that, as the web server sent it") {
    ContainerSettings settings{.min = 1, .max = 1};
    settings.mounts = {{"/demo", "demo"}, {"/gated", test_plugin("gated")}};
    Container container(settings);
    const Nginx nginx({.socket = container.socket()});
    FastcgiConnection slow(container.socket());
    const std::string gate = container.dir() / "gate";
    REQUIRE(slow.send(fcgi::encode_request(fastcgi_get("/gated/wait?file=" + gate, true))));
    REQUIRE(eventually([&] { return container.pool().busy == 1; }));
    Load waits(nginx.endpoint(), "/demo/hello", 1);
    REQUIRE(eventually([&] { return container.pool().waiting_ms >= 100; }));
    write_file(gate, "");
    REQUIRE(slow.receive());
    CHECK(waits.stop().failures() == 0);
    CHECK(eventually([&] { return wire::total(at(container.pool(), "/demo").queue_time) > 0; }));
    const auto counted = at(container.pool(), "/demo");
    CHECK(wire::quantile(counted.queue_time, 1) >= std::chrono::milliseconds(90));
    CHECK(wire::quantile(counted.service_time, 0.5) < wire::quantile(counted.queue_time, 1));
}

TEST_CASE("ends of workers are counted by reason, and the start-up of each") {
    Container container({.min = 1, .max = 1});
    for (const char *expected : {"crashed", "workers die young"}) container.expect_in_log(expected);
    ::kill(container.worker_pids().at(0), SIGKILL);
    REQUIRE(eventually([&] { return container.pool().ends.contains("crashed") && container.pool().serving == 1; }));
    REQUIRE(container.reload());
    REQUIRE(eventually([&] { return container.pool().ends.contains("drained_reload"); }));
    const auto pool = container.pool();
    CHECK(pool.ends.at("crashed") == 1);
    CHECK(pool.ends.at("drained_reload") == 1);
    CHECK(pool.workers_crashed == 1);
    CHECK(wire::total(pool.start_time) == 3);
    CHECK(pool.workers.at(0).start_ms > 0);
    CHECK(status_text(container).find("workers ended: crashed 1, drained reload 1; start-up 50/99%: ") !=
          std::string::npos);
}

TEST_CASE("a worker's memory is not shown before it is known, and then that of its program") {
    Container container({.min = 1, .max = 8});
    for (int i = 0; i < 7; ++i) {
        container.signal(SIGTTIN);
        for (const auto &worker : container.pool().workers) {
            CHECK((worker.memory == 0 || worker.memory > 1 << 20));
            if (worker.state == "starting") CHECK(worker.memory == 0);
        }
    }
    CHECK(eventually([&] {
        const auto pool = container.pool();
        return std::all_of(pool.workers.begin(), pool.workers.end(),
                           [](const auto &worker) { return worker.memory > 1 << 20; });
    }));
}
