// A reload of several pools: all of them take it, or none does.
#include <doctest/doctest.h>

#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "support/container.hpp"
#include "support/eventually.hpp"
#include "support/fastcgi_client.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

// The further keys keep a start from ever being late: a test says itself how it ends.
ContainerSettings patient(std::map<std::string, std::string> others) {
    return {.min = 2, .max = 2, .pool = {{"timeouts.start", "10m"}}, .others = std::move(others)};
}

void put_plugin(const std::string &path, const std::string &bytes) {
    write_file(path + ".new", bytes);
    ::chmod((path + ".new").c_str(), 0644);
    std::filesystem::rename(path + ".new", path);
}

int ask(const std::string &socket, const std::string &path = "/demo/hello") {
    return FastcgiConnection(socket).ask(fastcgi_get(path, false))->http_status();
}

bool has_pool(const wire::Status &status, const std::string &name) {
    for (const auto &pool : status.pools)
        if (pool.name == name) return true;
    return false;
}

bool is_settled(const wire::PoolStatus &pool) { return pool.starting + pool.draining + pool.ending == 0; }

bool is_all_settled(const wire::Status &status) {
    for (const auto &pool : status.pools)
        if (!is_settled(pool)) return false;
    return true;
}

// Who drains may still take a request for a moment, so whoever asks for what is new waits until they have gone.
void reload_to_the_end(Container &container) {
    REQUIRE(container.reload());
    REQUIRE(eventually([&] { return is_all_settled(container.status()); }));
}

// Of pool `name`, in `state`, of the newest generation; 0: none.
pid_t newest(const Container &container, const std::string &name, const std::string &state) {
    const auto pool = container.pool(name);
    const auto asked_for = container.status().last_reload.generation;
    for (const auto &worker : pool.workers)
        if (worker.generation == asked_for && worker.state == state) return static_cast<pid_t>(worker.pid);
    return 0;
}

std::string configuration(const Container &container) {
    return get(unix_socket(container.dir() / "control.sock"), "/config").body;
}

// What is running, to be compared: not one worker may have been replaced.
struct Before {
    explicit Before(const Container &container) : config(configuration(container)), status(container.status()) {}

    void check_unchanged(const Container &container) const {
        REQUIRE(eventually([&] { return is_all_settled(container.status()); }));
        const wire::Status now = container.status();
        CHECK(now.generation == status.generation);
        REQUIRE(now.pools.size() == status.pools.size());
        for (std::size_t i = 0; i < now.pools.size(); ++i) {
            CHECK(now.pools[i].generation == status.pools[i].generation);
            CHECK(now.pools[i].max == status.pools[i].max);
            CHECK(now.pools[i].target == status.pools[i].target);
            CHECK(now.pools[i].listeners == status.pools[i].listeners);
            CHECK(now.pools[i].plugins == status.pools[i].plugins);
            CHECK(container.worker_pids(now.pools[i].name) == pids_of(status.pools[i]));
        }
        CHECK(configuration(container) == config);
    }

    static std::vector<pid_t> pids_of(const wire::PoolStatus &pool) {
        std::vector<pid_t> pids;
        for (const auto &worker : pool.workers) pids.push_back(static_cast<pid_t>(worker.pid));
        return pids;
    }

    std::string config;
    wire::Status status;
};

}  // namespace

TEST_CASE("a reload that one of two pools cannot take changes neither, and once that is repaired both take it") {
    TempDir plugins;
    const std::string demo = read_file(plugin_file("demo"));
    put_plugin(plugins / "other.so", demo);
    ContainerSettings settings = patient({{"other", plugins / "other.so"}});
    Container container(settings);
    container.expect_in_log("reload failed");
    container.expect_in_log("load_failed");
    const Before before(container);

    settings.max = 3;
    settings.pool["timeouts.request"] = "7s";
    settings.access_log = false;
    settings.error_log = "another.log";
    settings.mounts = {{"/elsewhere", "demo"}};
    container.rewrite_yaml(settings);
    put_plugin(plugins / "other.so", "this is no ELF file");
    CHECK_FALSE(container.reload());
    const auto failed = container.status().last_reload;
    CHECK(failed.result == "failed");
    CHECK_MESSAGE(failed.sentence.find("pool other: unable to start worker") == 0, failed.sentence);
    CHECK_MESSAGE(failed.sentence.find("other.so") != std::string::npos, failed.sentence);
    before.check_unchanged(container);
    CHECK(logs(container, "reload failed"));
    CHECK(read_file(container.dir() / "another.log").empty());
    CHECK(ask(container.socket(), "/demo/hello?after") == 200);
    CHECK(ask(container.socket(), "/elsewhere/hello") == 404);
    CHECK(ask(container.socket_of("other")) == 200);
    CHECK(eventually([&] { return container.access_log().find("?after") != std::string::npos; }));

    put_plugin(plugins / "other.so", demo);
    reload_to_the_end(container);
    for (const std::string name : {"test", "other"}) {
        const auto pool = container.pool(name);
        CHECK(pool.generation == 3);
        for (const auto &worker : pool.workers) CHECK((worker.generation == 3 || worker.state != "serving"));
    }
    CHECK(container.pool().max == 3);
    CHECK(configuration(container) != before.config);
    CHECK(read_file(container.dir() / "another.log").find("generation 3 serves") != std::string::npos);
    CHECK(eventually([&] { return ask(container.socket(), "/elsewhere/hello") == 200; }));
    CHECK(ask(container.socket_of("other")) == 200);
}

TEST_CASE("a pool whose new worker is ready waits for the other pool, and goes back when that one fails") {
    Container container(patient({{"other", "demo"}}));
    container.expect_in_log("reload failed");
    container.expect_in_log("load_failed");
    container.expect_in_log("crashed");
    const Before before(container);
    ContainerSettings settings = patient({{"other", test_plugin("load_hangs")}});
    settings.max = 3;
    settings.access_log = false;
    settings.mounts = {{"/elsewhere", "demo"}};
    container.rewrite_yaml(settings);
    container.signal(SIGHUP);
    REQUIRE(eventually([&] { return newest(container, "test", "serving") != 0; }));
    REQUIRE(eventually([&] { return newest(container, "other", "starting") != 0; }));
    CHECK(container.status().last_reload.result == "running");
    CHECK(container.status().generation == 1);
    CHECK(container.pool().generation == 1);
    CHECK(container.pool().max == 2);
    CHECK(container.pool().draining == 0);
    CHECK(container.pool().plugins == before.status.pools.at(1).plugins);
    CHECK(configuration(container) == before.config);

    std::string sentence;
    SUBCASE("while it starts") {
        REQUIRE(::kill(newest(container, "other", "starting"), SIGKILL) == 0);
        sentence = "signal 9";  // in the plugin, or before it got there
    }
    SUBCASE("or when it is its own that dies while it waits") {
        REQUIRE(::kill(newest(container, "test", "serving"), SIGKILL) == 0);
        sentence = "before its generation was taken";
    }
    REQUIRE(eventually([&] { return container.status().last_reload.result == "failed"; }));
    CHECK_MESSAGE(container.status().last_reload.sentence.find(sentence) != std::string::npos,
                  container.status().last_reload.sentence);
    before.check_unchanged(container);
    CHECK(ask(container.socket(), "/demo/hello?after") == 200);
    CHECK(ask(container.socket_of("other")) == 200);
    CHECK(eventually([&] { return container.access_log().find("?after") != std::string::npos; }));
}

TEST_CASE("a stop while one pool waits for another leaves nothing behind") {
    Container container(patient({{"other", "demo"}}));
    auto settings = patient({{"other", test_plugin("load_hangs")}, {"third", "demo"}});
    container.rewrite_yaml(settings);
    container.signal(SIGHUP);
    REQUIRE(eventually([&] { return newest(container, "test", "serving") != 0; }));
    REQUIRE(eventually([&] { return newest(container, "other", "starting") != 0; }));
    REQUIRE(eventually([&] { return newest(container, "third", "serving") != 0; }));
    SUBCASE("TERM") { container.finish(SIGTERM); }
    SUBCASE("INT") { container.finish(SIGINT); }
}

TEST_CASE("the logs are opened anew while a reload waits, each generation to its own") {
    Container container(patient({{"other", "demo"}}));
    container.expect_in_log("reload failed");
    container.expect_in_log("load_failed");  // killed in the plugin
    container.expect_in_log("crashed");      // or before it got there
    auto settings = patient({{"other", test_plugin("load_hangs")}});
    settings.access_log = false;
    container.rewrite_yaml(settings);
    container.signal(SIGHUP);
    REQUIRE(eventually([&] { return newest(container, "other", "starting") != 0; }));
    std::filesystem::rename(container.dir() / "access.log", container.dir() / "access.log.1");
    container.signal(SIGUSR1);
    REQUIRE(eventually([&] { return container.error_log().find("logs opened anew") != std::string::npos; }));
    REQUIRE(::kill(newest(container, "other", "starting"), SIGKILL) == 0);
    REQUIRE(eventually([&] { return container.status().last_reload.result == "failed"; }));
    REQUIRE(eventually([&] { return is_all_settled(container.status()); }));
    CHECK(eventually([&] {
        return ask(container.socket(), "/demo/hello?anew") == 200 &&
               container.access_log().find("?anew") != std::string::npos;
    }));
}

TEST_CASE("a new pool that cannot start makes the whole reload fail and goes away again") {
    TempDir plugins;
    Container container(patient({}));
    container.expect_in_log("reload failed");
    container.expect_in_log("load_failed");
    const Before before(container);
    put_plugin(plugins / "third.so", "this is no ELF file");
    auto settings = patient({{"third", plugins / "third.so"}, {"fourth", "demo"}});
    settings.max = 3;
    container.rewrite_yaml(settings);
    CHECK_FALSE(container.reload());
    CHECK_MESSAGE(container.status().last_reload.sentence.find("pool third: ") == 0,
                  container.status().last_reload.sentence);
    SUBCASE("and what ran before goes on") {
        REQUIRE(eventually([&] { return container.status().pools.size() == 1; }));
        before.check_unchanged(container);
        CHECK(ask(container.socket()) == 200);
        CHECK_FALSE(std::filesystem::exists(container.socket_of("third")));
        CHECK_FALSE(std::filesystem::exists(container.socket_of("fourth")));
    }
    SUBCASE("and repaired at once it is there, though the first try may still be leaving") {
        put_plugin(plugins / "third.so", read_file(plugin_file("demo")));
        reload_to_the_end(container);
        CHECK(container.pool().max == 3);
        CHECK(ask(container.socket()) == 200);
        CHECK(ask(container.socket_of("third")) == 200);
        CHECK(ask(container.socket_of("fourth")) == 200);
        CHECK(eventually([&] { return container.status().pools.size() == 3; }));
    }
}

TEST_CASE("a pool that the configuration does not name any more goes once the others have taken it, not before") {
    TempDir plugins;
    put_plugin(plugins / "noise.so", "this is no ELF file");
    Container container(patient({{"other", "demo"}}));
    container.expect_in_log("reload failed");
    container.expect_in_log("load_failed");
    const Before before(container);
    auto settings = patient({});
    settings.mounts = {{"/demo", plugins / "noise.so"}};
    container.rewrite_yaml(settings);
    CHECK_FALSE(container.reload());
    before.check_unchanged(container);
    CHECK(ask(container.socket_of("other")) == 200);
    container.rewrite_yaml(patient({}));
    reload_to_the_end(container);
    CHECK_FALSE(std::filesystem::exists(container.socket_of("other")));
    CHECK(eventually([&] { return !has_pool(container.status(), "other"); }));
    CHECK(ask(container.socket()) == 200);
}

TEST_CASE("a pool that was removed and comes back while it still leaves is there at once, and loses no request") {
    Container container(patient({{"other", "demo"}}));
    FastcgiConnection slow(container.socket_of("other"));
    REQUIRE(slow.send(fcgi::encode_request(fastcgi_get("/demo/sleep?ms=3000", false))));
    REQUIRE(eventually([&] { return container.pool("other").busy == 1; }));
    container.rewrite_yaml(patient({}));
    REQUIRE(container.reload());
    container.rewrite_yaml(patient({{"other", "demo"}}));
    REQUIRE(container.reload());
    CHECK(ask(container.socket_of("other")) == 200);
    const auto answer = slow.receive();
    CHECK((answer && answer->http_status() == 200));
    CHECK(eventually([&] { return container.status().pools.size() == 2; }));
}
