#include "ctl/report.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace hbnb;
using namespace hbnb::ctl;

namespace {

wire::Status status() {
    wire::WorkerStatus worker;
    worker.id = 12;
    worker.pid = 4711;
    worker.state = "serving";
    worker.generation = 3;
    worker.age_s = 75;
    worker.requests = 99;
    worker.busy = 1;
    worker.threads = 1;
    worker.memory = 5 << 20;
    worker.current.push_back({"GET", "/a\x1b[2J\n", "/<a>", "demo", "id", 250});
    wire::PoolStatus pool;
    pool.name = "hbnb";
    pool.target = 2;
    pool.min = 1;
    pool.max = 4;
    pool.reason = "at_max";
    pool.reason_since_ms = 75'000;
    pool.serving = 1;
    pool.starting = 1;
    pool.listeners = {"unix:/run/hbnb.sock"};
    pool.plugins = {{"demo", "1.0", "/demo", "/p/demo.so", "0123456789abcdef"}};
    pool.workers = {worker};
    wire::Status all;
    all.version = "1.2";
    all.pid = 1;
    all.state = "ready";
    all.generation = 3;
    all.pools = {pool};
    return all;
}

bool holds(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a status tells who runs, how many serve of how many are wanted, and what each does") {
    const std::string text = report_status(status());
    CHECK(holds(text, "hbnb-container 1.2, pid 1, ready, up 0.0s, generation 3\n"));
    CHECK(holds(text, "pool hbnb: 1 of 2 workers serve (1 to 4; at max for 1m15s), 1 start\n"));
    CHECK(holds(text, "waiting: 0; requests: 0"));
    CHECK(holds(text, "listens on unix:/run/hbnb.sock\n"));
    CHECK(holds(text, "12      4711  serving  3    1m15s  99        1/1   0      5.0M    GET /a"));
}

TEST_CASE("each counter of a pool that is not 0 is said by its row's name") {
    wire::Status one = status();
    std::uint64_t number = 70;
    wire::each_worker_counter([&](const auto &, std::uint64_t &to) { to = ++number; }, one.pools[0]);
    const std::string text = report_status(one);
    wire::each_worker_counter(
        [&](const wire::CounterInfo &info, const std::uint64_t &is) {
            std::string name(info.member);
            std::replace(name.begin(), name.end(), '_', ' ');
            CHECK_MESSAGE(holds(text, name + " " + std::to_string(is)), name);
        },
        one.pools[0]);
    CHECK_FALSE(holds(report_status(status()), "counted"));
}

TEST_CASE("each mount has a row with its answers by class, its bytes and its times") {
    wire::Status one = status();
    wire::MountStatus mount{"/demo", {}};
    mount.counts.responses_2xx = 1203;
    mount.counts.responses_5xx = 7;
    mount.counts.bytes_out = 5 << 20;
    for (int i = 0; i < 100; ++i)
        wire::observe(mount.counts.service_time, std::chrono::milliseconds(i < 95 ? 2 : 3000));
    one.pools[0].mounts = {{"", {}}, mount};
    const std::string text = report_status(one);
    CHECK(
        holds(text, "MOUNT   CUT  2XX   3XX  4XX  5XX  BYTES IN  BYTES OUT  QUEUE TIME 50/99%  SERVICE TIME 50/99%\n"));
    CHECK(holds(text, "(none)  0    0     0    0    0    -         -          -                  -\n"));
    CHECK(holds(text, "/demo   0    1203  0    0    7    -         5.0M       -                  2.0ms/2.9s\n"));
}

TEST_CASE("why workers have ended and how long they take to start is said") {
    wire::Status one = status();
    one.pools[0].ends = {{"drained_reload", 4}, {"protocol", 1}};
    wire::observe(one.pools[0].start_time, std::chrono::milliseconds(120));
    CHECK(holds(report_status(one), "  workers ended: drained reload 4, protocol 1; start-up 50/99%: "));
    one.pools[0].workers[0].memory = 0;
    CHECK_MESSAGE(holds(report_status(one), "1/1   0      -       GET"), "memory that is not known is not shown");
}

TEST_CASE("nothing that a client sent reaches the terminal as a control character") {
    const std::string text = report_status(status());
    CHECK_FALSE(holds(text, "\x1b"));
    CHECK(holds(text, "GET /a?[2J? (250 ms)\n"));
}

TEST_CASE("overload, bounds set by hand and a failed reload are said") {
    wire::Status bad = status();
    bad.pools[0].waiting = 12;
    bad.pools[0].waiting_max = 64;
    bad.pools[0].shed = 5;
    bad.pools[0].overloaded = bad.pools[0].overridden = true;
    bad.last_reload = {"failed", "unable to do it", 4};
    const std::string text = report_status(bad);
    CHECK(holds(text, "waiting: 12 (room for 64) (OVERLOADED); answered 503: 5; requests: 0"));
    CHECK(holds(text, "1 to 4, set by hand"));
    bad.pools[0].waiting_max = 0;
    bad.pools[0].hand_off = "off";
    bad.pools[0].queues_renewed = 3;
    CHECK(holds(report_status(bad), "waiting: 12 (HAND-OFF IS OFF until a reload) (queues made anew: 3) (OVERLOADED)"));
    CHECK(holds(text, "last reload: generation 4 failed: unable to do it\n"));
}

TEST_CASE("a reload's steps are told by the workers there are") {
    wire::Status now = status();
    CHECK(report_reload(now, 4) == "generation 4: read; its first worker is starting");
    now.pools[0].workers.push_back(now.pools[0].workers[0]);
    now.pools[0].workers[1].generation = 4;
    CHECK(report_reload(now, 4) == "generation 4: 1 workers serve, 1 of older generations remain");
}

TEST_CASE("plugins are listed with pool, mount and the beginning of their hash") {
    CHECK(holds(report_plugins(status()), "hbnb  /demo  demo  1.0      0123456789ab  /p/demo.so\n"));
}

TEST_CASE("times and sizes are short") {
    CHECK(describe_seconds(3.25) == "3.2s");
    CHECK(describe_seconds(-1) == "0.0s");
    CHECK(describe_seconds(59.99) == "60.0s");
    CHECK(describe_seconds(250) == "4m10s");
    CHECK(describe_seconds(7500) == "2h05m");
    CHECK(describe_seconds(273'600) == "3d04h");
    CHECK(describe_bytes(0) == "-");
    CHECK(describe_bytes(812 << 10) == "812K");
    CHECK(describe_bytes(3ULL << 30) == "3.0G");
}
