// Bad neighbours: plugins that go wrong (tests/plugins), beside two good ones in the same workers. For each: what its
// own clients see, what the log says, that the others are served meanwhile, and that nothing is lost at the end.
#include <hbnb/handler.h>

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "support/container.hpp"
#include "support/fastcgi_client.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

ContainerSettings next_to(const std::string &plugin) {
    return {.min = 2,
            .max = 2,
            .mounts = {{"/demo", "demo"}, {"/plain-c", test_plugin("bare_c")}, {"/bad", test_plugin(plugin)}}};
}

std::optional<fcgi::ResponseGatherer> ask(const Container &container, const std::string &path) {
    return FastcgiConnection(container.socket()).ask(fastcgi_get(path, false));
}

bool is_answered(const Container &container, const std::string &path, const std::string &body, int status = 200) {
    const auto answer = ask(container, path);
    return answer && answer->http_status() == status && answer->body() == body;
}

// Behind a reload: a worker that leaves may have taken the connection before the request came, and who was not heard
// asks again.
bool eventually_answered(const Container &container, const std::string &path, const std::string &body) {
    return eventually([&] { return is_answered(container, path, body); });
}

bool others_serve(const Container &container) {
    return is_answered(container, "/demo/hello", "Hello from the container\n") &&
           is_answered(container, "/plain-c", "bare\n");
}

// What must be as before once the neighbour has been: processes, descriptors, the socket file, and who is served.
class Street {
  public:
    explicit Street(const Container &container) : container_(container) {
        REQUIRE(eventually([&] { return is_quiet(); }));
        CHECK(others_serve(container_));
        REQUIRE(eventually([&] { return is_quiet(); }));
        before_ = look();
    }

    void is_as_before() const {
        CHECK(eventually([&] { return is_quiet(); }));
        CHECK(others_serve(container_));
        CHECK_MESSAGE(eventually([&] { return is_quiet() && look().is_at_most(before_); }), container_.error_log());
    }

  private:
    struct Seen {
        pid_t manager = 0;
        ino_t socket = 0;
        std::size_t children = 0, manager_descriptors = 0, worker_descriptors = 0;  // of the worker that has most

        // The manager may still have held a connection of ours when it was looked at before.
        bool is_at_most(const Seen &before) const {
            return manager == before.manager && socket == before.socket && children == before.children &&
                   manager_descriptors <= before.manager_descriptors && worker_descriptors <= before.worker_descriptors;
        }
    };

    bool is_quiet() const {
        const auto pool = container_.pool();
        const auto children = children_of(container_.pid());
        return pool.serving == pool.min && pool.workers.size() == pool.min && children.size() == pool.min &&
               pool.busy + pool.waiting == 0 && std::all_of(children.begin(), children.end(), process_exists) &&
               std::all_of(pool.workers.begin(), pool.workers.end(),
                           [](const auto &one) { return one.connections == 0; });
    }

    Seen look() const {
        Seen seen{.manager = static_cast<pid_t>(container_.status().pid)};
        struct stat status {};
        if (::lstat(container_.socket().c_str(), &status) == 0) seen.socket = status.st_ino;
        seen.manager_descriptors = count_descriptors(container_.pid());
        for (const pid_t worker : children_of(container_.pid())) {
            ++seen.children;
            seen.worker_descriptors = std::max(seen.worker_descriptors, count_descriptors(worker));
        }
        return seen;
    }

    const Container &container_;
    Seen before_;
};

void expect_crashes(Container &container) {
    container.expect_in_log("ended: crashed");
    container.expect_in_log("workers die young");  // where the dead one had just begun
    container.expect_in_log("terminate called");   // the standard library's own last words
    container.expect_in_log("what():");
}

}  // namespace

TEST_CASE("a neighbour that throws is answered 500, its reason stands in the log, and its worker lives") {
    Container container(next_to("throws"));
    container.expect_in_log("throws: request ");
    const Street street(container);
    const auto workers = container.worker_pids();
    const std::pair<std::string, std::string> reasons[] = {
        {"/bad/exception", "std::runtime_error: the moon is not full"},
        {"/bad/memory", std::string("std::bad_alloc: ") + std::bad_alloc().what()},
        {"/bad/number", "int: an exception that is no std::exception"},
        {"/bad/foreign", "(anonymous namespace)::Foreign: an exception that is no std::exception"},
    };
    for (const auto &[path, reason] : reasons) {
        for (int i = 0; i < 10; ++i) {
            const auto answer = ask(container, path);
            REQUIRE(answer);
            CHECK(answer->http_status() == 500);
            CHECK(answer->body().starts_with("500 Internal Server Error\nrequest "));
            CHECK(answer->body().find(reason) == std::string::npos);
            const std::string id = answer->body().substr(34, answer->body().size() - 35);
            CHECK_MESSAGE(logs(container, "throws: request " + id + " failed: " + reason), id);
        }
        CHECK(others_serve(container));
    }
    CHECK(is_answered(container, "/bad/", "nothing thrown\n"));
    CHECK(container.worker_pids() == workers);
    street.is_as_before();
}

TEST_CASE("a neighbour that aborts, or lets an exception cross the border, costs its own request and its worker") {
    std::string plugin, path = "/bad/exception";
    SUBCASE("aborts") { plugin = "aborts"; }
    SUBCASE("throws without a border, from what is a std::exception") { plugin = "throws_bare"; }
    SUBCASE("throws without a border, from what is derived from nothing") {
        plugin = "throws_bare";
        path = "/bad/foreign";
    }
    Container container(next_to(plugin));
    expect_crashes(container);
    const Street street(container);
    for (unsigned crashes = 1; crashes <= 3; ++crashes) {
        const auto answer = ask(container, path);
        CHECK_FALSE((answer && answer->http_status() == 200));
        CHECK(others_serve(container));
        CHECK(eventually([&] { return container.pool().workers_crashed == crashes; }));
    }
    std::string name = plugin;
    std::replace(name.begin(), name.end(), '_', '-');
    CHECK(logs(container, "SIGABRT"));
    CHECK(logs(container, "it was serving GET " + path));
    CHECK(logs(container, "plugin " + name + ","));
    street.is_as_before();
}

TEST_CASE(
    "a neighbour that hangs is answered 504 at timeouts.request, ended, and holds up nobody who finds another worker") {
    ContainerSettings settings = next_to("hangs");
    settings.pool = {{"timeouts.request", "1s"}, {"timeouts.drain", "1s"}};
    Container container(settings);
    container.expect_in_log("is over its deadline");
    container.expect_in_log("ended: drain_timeout");
    const Street street(container);
    FastcgiConnection stuck(container.socket());
    REQUIRE(stuck.send(fcgi::encode_request(fastcgi_get("/bad/", false))));
    REQUIRE(eventually([&] {
        return container.pool().busy == 1 || container.error_log().find("is over its deadline") != std::string::npos;
    }));
    for (int i = 0; i < 10; ++i) CHECK(others_serve(container));
    const auto answer = stuck.receive();
    CHECK((answer && answer->http_status() == 504));
    CHECK(logs(container, "ended: drain_timeout"));
    CHECK(logs(container, "plugin hangs,"));
    street.is_as_before();
}

TEST_CASE("a neighbour that leaks descriptors leaks its worker's only, and a reload gives them back") {
    Container container(next_to("leaks"));
    const Street street(container);
    const auto count = [&] {
        std::size_t all = 0;
        for (const pid_t worker : container.worker_pids()) all += count_descriptors(worker);
        return all;
    };
    const std::size_t before = count(), manager = count_descriptors(container.pid());
    for (int i = 0; i < 20; ++i) CHECK(is_answered(container, "/bad/", "answered\n"));
    CHECK(count() >= before + 200);
    CHECK(eventually([&] { return count_descriptors(container.pid()) <= manager; }));
    CHECK(others_serve(container));
    CHECK(container.reload());
    street.is_as_before();
}

TEST_CASE("a neighbour that uses its exchange elsewhere or later is refused, and named in the log") {
    Container container(next_to("writes_late"));
    container.expect_in_log("writes-late: misuse of the exchange: ");
    const Street street(container);
    for (int i = 0; i < 10; ++i) {
        CHECK(is_answered(container, "/bad/", "answered\n"));
        CHECK(others_serve(container));
    }
    CHECK(logs(container, "misuse of the exchange: write was called on another thread than handle's"));
    CHECK(container.error_log().find("outside handle") == std::string::npos);
    CHECK(container.reload());  // which ends instances that have an exchange left
    CHECK(logs(container, "writes-late: misuse of the exchange: write was called outside handle"));
    street.is_as_before();
    CHECK(container.error_log().find("crashed") == std::string::npos);
}

TEST_CASE(
    "a neighbour's thread that outlives handle finds its host until the process ends, and does not hold up that end") {
    Container container(next_to("starts_thread"));
    const Street street(container);
    for (int i = 0; i < 10; ++i) CHECK(is_answered(container, "/bad/", "answered\n"));
    CHECK(others_serve(container));
    CHECK(container.reload());
    CHECK(logs(container, "starts-thread: the process ends, its thread runs"));
    CHECK(eventually_answered(container, "/bad/", "answered\n"));
    CHECK(container.reload());
    street.is_as_before();
    CHECK(container.pool().workers_crashed == 0);
}

namespace {

// Drop-ins of a test: copies of tests/plugins, which a reload finds.
struct DropIns {
    TempDir dir;
    void take(const std::string &name) const {
        std::filesystem::copy_file(test_plugin(name), dir / (name + ".so"));
        ::chmod((dir / (name + ".so")).c_str(), 0644);
    }
    ContainerSettings beside_good() const {
        return {.min = 2,
                .max = 2,
                .mounts = {{"/demo", "demo"}, {"/plain-c", test_plugin("bare_c")}},
                .handlers_directory = dir.path()};
    }
};

}  // namespace

TEST_CASE("a neighbour that is slow to load is waited for, and the old workers serve as long as it takes") {
    const DropIns drop_ins;
    ContainerSettings settings = drop_ins.beside_good();
    settings.pool = {{"timeouts.start", "60s"}};
    Container container(settings);
    const Street street(container);
    const auto workers = container.worker_pids();
    write_file(drop_ins.dir / "loads_slowly.so.gate", "");
    drop_ins.take("loads_slowly");
    container.signal(SIGHUP);
    REQUIRE(eventually([&] { return container.pool().starting == 1; }));
    for (int i = 0; i < 20; ++i) CHECK(others_serve(container));
    CHECK(is_answered(container, "/bad/", "404 Not Found\n", 404));
    CHECK(container.status().last_reload.result == "running");
    CHECK(container.worker_pids() == workers);
    std::filesystem::remove(drop_ins.dir / "loads_slowly.so.gate");
    CHECK(eventually([&] { return container.status().last_reload.result == "ok"; }));
    CHECK(eventually_answered(container, "/bad/", "answered\n"));
    std::filesystem::remove(drop_ins.dir / "loads_slowly.so");
    CHECK(container.reload());
    street.is_as_before();
}

TEST_CASE("a neighbour that does not load within timeouts.start is given up, and the old workers go on") {
    const DropIns drop_ins;
    Container container(drop_ins.beside_good());
    container.expect_in_log("start_timeout");
    container.expect_in_log("reload failed");
    const Street street(container);
    const auto workers = container.worker_pids();
    write_file(drop_ins.dir / "loads_slowly.so.gate", "");
    drop_ins.take("loads_slowly");
    ContainerSettings impatient = drop_ins.beside_good();
    impatient.pool = {{"timeouts.start", "1s"}};
    container.rewrite_yaml(impatient);
    CHECK_FALSE(container.reload());
    CHECK(container.worker_pids() == workers);
    CHECK(logs(container, "reload failed, what ran before goes on: "));
    street.is_as_before();
}

TEST_CASE(
    "a neighbour that no worker takes is refused with its sentence by a reload and by a start, and no good one "
    "suffers") {
    std::string name, sentence;
    SUBCASE("another ABI") {
        name = "wrong_abi";
        sentence = "it was built for handler ABI 7.0, this container speaks 1.0";
    }
    SUBCASE("an entry that gives no table") {
        name = "refuses_abi";
        sentence = "it refuses this container's handler ABI 1.0";
    }
    SUBCASE("no entry") {
        name = "no_entry";
        sentence = "it has no function hbnb_handler_plugin, so it is no handler plugin";
    }
    SUBCASE("a table cut short") {
        name = "table_cut";
        sentence = "its table has 16 bytes, handler ABI 1.0 needs " + std::to_string(offsetof(hbnb_plugin, extension));
    }
    SUBCASE("a function missing") {
        name = "no_handle";
        sentence = "load, create, handle, destroy and unload must all be there";
    }
    SUBCASE("load fails") {
        name = "load_fails";
        sentence = "(load-fails): the moon is not full";
    }
    SUBCASE("create fails") {
        name = "create_fails";
        sentence = "(create-fails): it returned 1 without a reason";
    }
    const DropIns drop_ins;
    {
        Container container(drop_ins.beside_good());
        container.expect_in_log("reload failed");
        container.expect_in_log("load_failed");
        const Street street(container);
        const auto workers = container.worker_pids();
        drop_ins.take(name);
        CHECK_FALSE(container.reload());
        CHECK_MESSAGE(container.status().last_reload.sentence.find(sentence) != std::string::npos,
                      container.status().last_reload.sentence);
        CHECK(logs(container, name + ".so"));
        CHECK(container.worker_pids() == workers);
        street.is_as_before();
    }
    try {
        Container container(drop_ins.beside_good());
        container.forget();
        FAIL("a container has started with it");
    } catch (const std::runtime_error &refusal) {
        CHECK_MESSAGE(std::string(refusal.what()).find(sentence) != std::string::npos, refusal.what());
    }
}
