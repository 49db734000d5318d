// hbnb.process/1 and two mounts of one plugin, in real workers: what is called, how often and in which order.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "support/container.hpp"
#include "support/eventually.hpp"
#include "support/fastcgi_client.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

std::string ask(const Container &container, const std::string &path) {
    const auto answer = FastcgiConnection(container.socket()).ask(fastcgi_get(path, false));
    return answer ? answer->body() : "no answer";
}

// What the plugin says that was called, one word a call, in the log's order.
std::vector<std::string> calls(const Container &container) {
    const std::string mark = "called: ";
    std::vector<std::string> all;
    std::istringstream lines(container.error_log());
    for (std::string line; std::getline(lines, line);)
        if (const auto at = line.find(mark); at != std::string::npos) all.push_back(line.substr(at + mark.size()));
    return all;
}

}  // namespace

TEST_CASE("one plugin at two mounts is loaded, started, stopped and unloaded for each, around all of its instances") {
    const std::string plugin = test_plugin("own_thread");
    Container container({.min = 1, .max = 1, .threads = 2, .mounts = {{"/one", plugin}, {"/two", plugin}}});
    CHECK(ask(container, "/one") == "loads 2, its thread runs\n");
    CHECK(ask(container, "/two") == "loads 2, its thread runs\n");
    container.finish();
    std::vector<std::string> all = calls(container);
    std::sort(all.begin() + 4, all.begin() + 8);  // the handler threads' own order is theirs
    CHECK(all == std::vector<std::string>{"load", "load", "start", "start", "create", "create", "create", "create",
                                          "destroy", "destroy", "destroy", "destroy", "stop", "the thread ends", "stop",
                                          "the thread ends", "unload", "unload"});
}

TEST_CASE("each process has a start and a stop of its own, also when a reload replaces it") {
    ContainerSettings settings{.min = 2, .max = 2, .mounts = {{"/one", test_plugin("own_thread")}}};
    Container container(settings);
    CHECK(ask(container, "/one") == "loads 1, its thread runs\n");
    REQUIRE(container.reload());
    REQUIRE(eventually([&] {
        const auto all = calls(container);
        return std::count(all.begin(), all.end(), "unload") == 2;
    }));
    CHECK(ask(container, "/one") == "loads 1, its thread runs\n");
    container.finish();
    const auto all = calls(container);
    for (const char *call : {"load", "start", "stop", "the thread ends", "unload"})
        CHECK_MESSAGE(std::count(all.begin(), all.end(), call) == 4, call);
}

TEST_CASE(
    "a plugin whose start fails refuses a start of the container by name, and what others have started is stopped") {
    const TempDir dir;
    const std::string bad = test_plugin("start_fails");
    const ContainerSettings settings{.min = 1, .max = 1, .mounts = {{"/a", test_plugin("own_thread")}, {"/b", bad}}};
    write_file(dir / "hbnb.yaml", container_yaml(dir.path(), settings));
    const Outcome outcome = run({container_program(), "--config", dir / "hbnb.yaml"});
    CHECK(outcome.exit_code == 1);
    CHECK_MESSAGE(
        outcome.output.find("unable to start plugin " + bad + " (start-fails): the tide is out") != std::string::npos,
        outcome.output);
    const std::string log = read_file(dir / "error.log");
    CHECK_MESSAGE(log.find("own-thread: called: the thread ends") != std::string::npos, log);
    CHECK_MESSAGE(log.find("start-fails: called: stop") == std::string::npos, log);
}

TEST_CASE("a reload to a plugin whose start fails changes nothing") {
    ContainerSettings settings{.min = 1, .max = 1, .mounts = {{"/one", test_plugin("own_thread")}}};
    Container container(settings);
    container.expect_in_log("the tide is out");
    auto changed = settings;
    changed.mounts["/two"] = test_plugin("start_fails");
    container.rewrite_yaml(changed);
    CHECK_FALSE(container.reload());
    CHECK(container.status().last_reload.sentence.find("the tide is out") != std::string::npos);
    CHECK(ask(container, "/one") == "loads 1, its thread runs\n");
}
