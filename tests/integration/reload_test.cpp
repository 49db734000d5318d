// SIGHUP: a new generation beside the old one; what does not load changes nothing.
#include <doctest/doctest.h>

#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "support/container.hpp"
#include "support/fastcgi_client.hpp"
#include "support/load.hpp"
#include "support/nginx.hpp"

using namespace hbnb::test;

namespace {

std::uint64_t generation_of(const HttpResponse &info) { return nlohmann::json::parse(info.body).at("generation"); }

void copy_plugin(const std::string &from, const std::string &to) {
    std::filesystem::copy_file(from, to + ".new", std::filesystem::copy_options::overwrite_existing);
    ::chmod((to + ".new").c_str(), 0644);
    std::filesystem::rename(to + ".new", to);
}

}  // namespace

TEST_CASE("five reloads under a load of GETs fail none, keep the manager, and replace every worker") {
    ContainerSettings settings{.min = 3, .max = 4};
    SUBCASE("one thread a worker") { settings.threads = 1; }
    SUBCASE("four threads a worker") { settings.threads = 4; }
    Container container(settings);
    Nginx nginx({.socket = container.socket()});
    const auto before = container.worker_pids();
    Load kept(nginx.endpoint(), "/demo/hello", 4), anew(nginx.endpoint(), "/demo/info", 4, false);
    for (int i = 0; i < 5; ++i) {
        const auto answered = kept.answered();
        CHECK(container.reload());
        CHECK(eventually([&] { return kept.answered() > answered + 100; }));
    }
    CHECK(eventually([&] { return container.pool().draining == 0; }));
    for (auto *load : {&kept, &anew}) {
        const auto result = load->stop();
        CHECK_MESSAGE(result.failures() == 0, result.describe() << "\n" << nginx.error_log());
    }
    CHECK(container.status().generation == 6);
    for (const pid_t old : before) CHECK_FALSE(process_exists(old));
    CHECK(generation_of(nginx.get("/demo/info")) == 6);
}

TEST_CASE("a lone client, for whom a worker that leaves may have been woken, is never left waiting") {
    Container container({.min = 2, .max = 2});
    std::atomic<bool> stopping{false};
    std::atomic<unsigned> answered{0}, lost{0};
    std::thread client([&] {
        for (std::uint64_t asked = 0; !stopping && asked < kLoadRequestsMax; ++asked) {
            const auto answer = FastcgiConnection(container.socket()).ask(fastcgi_get("/demo/hello", false));
            ++(answer && answer->http_status() == 200 ? answered : lost);
        }
    });
    for (int i = 0; i < 20; ++i) CHECK(container.reload());
    const unsigned before = answered;
    CHECK(eventually([&] { return answered > before + 10 || lost > 0; }));
    stopping = true;
    client.join();
    CHECK(lost == 0);
}

TEST_CASE("a request that runs while the container reloads is finished by the worker it began on") {
    Container container({.min = 2, .max = 4});
    Nginx nginx({.socket = container.socket()});
    std::thread slow([&] { CHECK(nginx.get("/demo/sleep?ms=1500").body == "slept 1500 ms\n"); });
    REQUIRE(eventually([&] { return container.pool().busy == 1; }));
    CHECK(container.reload());
    CHECK(eventually([&] { return generation_of(nginx.get("/demo/info")) == 2; }));
    slow.join();
}

TEST_CASE("many reloads at once end as one state: the last generation serves, none is left over") {
    Container container({.min = 2, .max = 4});
    Nginx nginx({.socket = container.socket()});
    for (int i = 0; i < 25; ++i) container.signal(SIGHUP);
    CHECK(eventually([&] {
        const auto status = container.status();
        const auto &pool = status.pools.at(0);
        return status.last_reload.result == "ok" && pool.serving == 2 &&
               pool.starting + pool.draining + pool.ending == 0;
    }));
    CHECK(nginx.get("/demo/hello").status == 200);
    for (const auto &worker : container.pool().workers) CHECK(worker.generation == container.status().generation);
}

TEST_CASE("a plugin copied into handlers.directory serves at its default mount after SIGHUP") {
    TempDir drop_ins;
    Container container({.mounts = {{"/", "pages"}}, .handlers_directory = drop_ins.path()});
    Nginx nginx({.socket = container.socket()});
    CHECK(nginx.get("/demo/hello").status == 404);
    copy_plugin(plugin_file("demo"), drop_ins / "anything.so");
    CHECK(nginx.get("/demo/hello").status == 404);
    CHECK(container.reload());
    CHECK(eventually([&] { return nginx.get("/demo/hello").body == "Hello from the container\n"; }));
    std::filesystem::remove(drop_ins / "anything.so");
    CHECK(nginx.get("/demo/hello").status == 200);
    CHECK(container.reload());
    CHECK(eventually([&] { return nginx.get("/demo/hello").status == 404; }));  // who drains may still answer
}

TEST_CASE("a plugin overwritten in place cannot hurt the workers that run it") {
    TempDir drop_ins;
    copy_plugin(plugin_file("demo"), drop_ins / "demo.so");
    Container container({.handlers_directory = drop_ins.path()});
    container.expect_in_log("reload failed");
    container.expect_in_log("load_failed");
    Nginx nginx({.socket = container.socket()});
    write_file(drop_ins / "demo.so", std::string(4096, 'x'));
    for (int i = 0; i < 20; ++i) CHECK(nginx.get("/demo/hello").status == 200);
    CHECK_FALSE(container.reload());
    for (int i = 0; i < 20; ++i) CHECK(nginx.get("/demo/hello").status == 200);
}

TEST_CASE("what does not load on SIGHUP leaves the old workers, and the log and the status say why") {
    TempDir plugins;
    ContainerSettings good{.min = 2, .max = 2, .mounts = {{"/demo", "demo"}}};
    Container container(good);
    container.expect_in_log("reload failed");
    container.expect_in_log("load_failed");
    Nginx nginx({.socket = container.socket()});
    const auto workers = container.worker_pids();
    auto bad = good;
    std::string reason;
    SUBCASE("a file that is no shared object") {
        write_file(plugins / "noise.so", "this is no ELF file");
        ::chmod((plugins / "noise.so").c_str(), 0644);
        bad.mounts["/noise"] = plugins / "noise.so";
        reason = "noise.so";
    }
    SUBCASE("a shared object that is no plugin") {
        copy_plugin("/usr/lib/x86_64-linux-gnu/libfcgi.so.0", plugins / "libfcgi.so");
        bad.mounts["/fcgi"] = plugins / "libfcgi.so";
        reason = "hbnb_handler_plugin";
    }
    SUBCASE("a plugin that is not there") {
        bad.mounts["/gone"] = plugins / "gone.so";
        reason = "gone.so: No such file or directory";
    }
    SUBCASE("a plugin that others may write") {
        copy_plugin(plugin_file("demo"), plugins / "open.so");
        ::chmod((plugins / "open.so").c_str(), 0666);
        bad.mounts["/open"] = plugins / "open.so";
        reason = "is writable by group or others (mode 0666)";
    }
    SUBCASE("a plugin that refuses its configuration") {
        bad.mounts["/api/v1"] = "api";
        bad.database = "nonsense";
        reason = "unable to use database";
    }
    container.rewrite_yaml(bad);
    CHECK_FALSE(container.reload());
    CHECK_MESSAGE(container.status().last_reload.sentence.find(reason) != std::string::npos,
                  container.status().last_reload.sentence);
    CHECK(logs(container, "reload failed, what ran before goes on: "));
    CHECK(eventually([&] { return container.pool().starting == 0; }));
    CHECK(container.worker_pids() == workers);
    CHECK(nginx.get("/demo/hello").status == 200);

    container.rewrite_yaml(good);
    CHECK(container.reload());
    CHECK(nginx.get("/demo/hello").status == 200);
}

TEST_CASE("a broken YAML on SIGHUP leaves what runs, and the log names file, line and column") {
    Container container({.min = 2, .max = 2});
    container.expect_in_log("reload failed");
    Nginx nginx({.socket = container.socket()});
    const auto workers = container.worker_pids();
    const std::string good = read_file(container.yaml());
    write_file(container.yaml(), good + "  wrong: [indent\n");
    CHECK_FALSE(container.reload());
    CHECK(logs(container, "hbnb.yaml:"));
    write_file(container.yaml(), good + "colour: blue\n");
    CHECK_FALSE(container.reload());
    CHECK(logs(container, "colour"));
    CHECK(container.worker_pids() == workers);
    CHECK(nginx.get("/demo/hello").status == 200);
    write_file(container.yaml(), good);
    CHECK(container.reload());
}

TEST_CASE("a reload takes new sizes and a new listening socket without losing the old one") {
    ContainerSettings settings{.min = 1, .max = 2};
    Container container(settings);
    Nginx nginx({.socket = container.socket()});
    CHECK(container.pool().target == 1);
    settings.min = 3;
    settings.max = 5;
    container.rewrite_yaml(settings);
    Load load(nginx.endpoint(), "/demo/hello", 4);
    CHECK(container.reload());
    CHECK(eventually([&] { return container.worker_pids().size() >= 3; }));
    const auto result = load.stop();
    CHECK_MESSAGE(result.failures() == 0, result.describe() << "\n" << nginx.error_log());
    CHECK(container.pool().max == 5);
}

TEST_CASE("a reload whose later workers do not start hinders neither the reload that cures it nor a stop") {
    ContainerSettings settings{.min = 2, .max = 2};
    Container container(settings);
    container.expect_in_log("load_failed");
    container.expect_in_log("workers die young");
    settings.mounts = {{"/demo", test_plugin("fails_but_once")}};
    container.rewrite_yaml(settings);
    container.signal(SIGHUP);
    REQUIRE(eventually([&] {
        const auto pool = container.pool();
        return pool.generation == 2 && pool.serving == 2 && pool.workers_started >= 5;
    }));
    CHECK(container.status().last_reload.result == "running");
    SUBCASE("a reload") {
        settings.mounts = {{"/demo", "demo"}};
        container.rewrite_yaml(settings);
        REQUIRE(container.reload());
        CHECK(container.pool().generation == 3);
        for (const auto &worker : container.pool().workers)
            CHECK((worker.generation == 3 || worker.state != "serving"));
    }
    SUBCASE("TERM") { container.finish(SIGTERM); }
    SUBCASE("INT") { container.finish(SIGINT); }
}
