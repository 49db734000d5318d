#include "wire/status.hpp"

#include "unit/manager/sandbox.hpp"

using namespace hbnb::wire;

TEST_CASE("a status survives its journey as JSON") {
    Status status;
    status.version = "0.1.0";
    status.pid = 17;
    status.state = "ready";
    status.last_reload = {"failed", "unable to x: y", 3};
    PoolStatus pool;
    pool.name = "hbnb";
    pool.listeners = {"unix:/run/hbnb.sock"};
    pool.plugins = {{"demo", "1.2", "/demo", "/x/demo.so", "ff"}};
    WorkerStatus worker;
    worker.id = 4;
    worker.pid = 99;
    worker.current = {{"GET", "/a?b", "/a", "demo", "id", 12}};
    pool.workers = {worker};
    status.pools = {pool};
    CHECK(decode_status(encode(status)).value() == status);
}

TEST_CASE("what a worker wrote into its scoreboard cannot break the JSON") {
    Status status;
    PoolStatus pool;
    WorkerStatus worker;
    worker.current = {{"GE\xff", "/\"\n\\\x01", "", "", "", 0}};
    pool.workers = {worker};
    status.pools = {pool};
    const auto decoded = decode_status(encode(status));
    REQUIRE(decoded);
    CHECK(decoded->pools[0].workers[0].current[0].uri == "/\"\n\\\x01");
}

TEST_CASE("something else than a status is an error") {
    CHECK_FALSE(decode_status("[1]"));
    CHECK_FALSE(decode_status("{"));
    CHECK_FALSE(decode_status(R"({"pools": 3})"));
}
