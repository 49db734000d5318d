// What handlers, clients and failing starts bring into the logs, and what of it is shown how.
#include <doctest/doctest.h>

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <sstream>

#include "base/log.hpp"
#include "support/container.hpp"
#include "support/fastcgi_client.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

ContainerSettings prints() {
    return {.min = 1, .max = 1, .mounts = {{"/demo", "demo"}, {"/prints", test_plugin("prints")}}};
}

bool in_log(const Container &container, const std::string &text) {
    return eventually([&] { return container.error_log().find(text) != std::string::npos; });
}

void ask(const Container &container, const std::string &path) {
    FastcgiConnection client(container.socket());
    const auto answer = client.ask(fastcgi_get(path, false));
    REQUIRE(answer);
    CHECK(answer->http_status() == 200);
}

}  // namespace

TEST_CASE("what a handler prints is never taken for a line of the container's, and half a line is glued to nothing") {
    Container container(prints());
    container.expect_in_log("a whole line");
    const std::string who = "worker[" + std::to_string(container.worker_pids().at(0)) + "]: ";
    ask(container, "/prints/prefixed");
    CHECK(in_log(container, " info " + who + "<3>printed to stdout\n"));
    CHECK(in_log(container, " info " + who + "<3>printed to stderr\n"));
    CHECK(container.error_log().find(" error ") == std::string::npos);
    ask(container, "/prints/half");
    CHECK(in_log(container, " warning " + who + "prints: a whole line\n"));
    ask(container, "/prints/rest");
    CHECK(in_log(container, " info " + who + "half a line"));
    ask(container, "/prints/lines");
    CHECK(in_log(container, " info " + who + "prints: first\\nsecond\\x9B\\xC3\\xA9\n"));
}

TEST_CASE("the sentence that explains a crash stands in the line about its end, at every level") {
    ContainerSettings settings = prints();
    settings.log_level = "error";
    Container container(settings);
    container.expect_in_log("SIGABRT");
    FastcgiConnection(container.socket()).ask(fastcgi_get("/prints/terminate", false));
    CHECK(in_log(container,
                 "; it printed last: \"terminate called after throwing an instance of 'std::runtime_error'\" "
                 "\"  what():  the one sentence that explains it\"\n"));
}

TEST_CASE("both logs have one clock and say its zone, and neither TZ nor a plugin that changes it is seen") {
    ContainerSettings settings = prints();
    settings.around.environment = {"TZ=America/New_York"};
    Container container(settings);
    ask(container, "/prints/zone");
    ask(container, "/demo/hello?after");
    REQUIRE(eventually([&] { return container.access_log().find("?after") != std::string::npos; }));
    const std::string line =
        container.access_log().substr(container.access_log().rfind('\n', container.access_log().size() - 2) + 1);
    CHECK_MESSAGE(line.find(" +0000] ") != std::string::npos, line);
    const auto now = std::chrono::system_clock::now();
    const auto stamps = [](const std::chrono::system_clock::time_point at) {
        return access_log_stamp(at).substr(0, 15);  // to the hour
    };
    const std::string hour = line.substr(line.find('[') + 1, 15);
    CHECK((hour == stamps(now).substr(0, 15) || hour == stamps(now - std::chrono::minutes(5)).substr(0, 15)));
    CHECK(logs(container, "Z info worker["));
}

TEST_CASE("bytes that are no ASCII are escaped in both logs, as nginx does") {
    Container container({.min = 1, .max = 1});
    container.expect_in_log("thrown because");
    auto request = fastcgi_get("/demo/hello", false);
    for (auto &[name, value] : request.params)
        if (name == "REQUEST_URI") value = "/demo/caf\xc3\xa9\x9b\x7f";
    request.params.emplace_back("HTTP_USER_AGENT", "\xf0\x9f\x90\x8c");
    FastcgiConnection(container.socket()).ask(request);
    CHECK(eventually(
        [&] { return container.access_log().find("GET /demo/caf\\xC3\\xA9\\x9B\\x7F ") != std::string::npos; }));
    CHECK(container.access_log().find("\"\\xF0\\x9F\\x90\\x8C\"") != std::string::npos);
    auto failing = fastcgi_get("/demo/throw", false);
    failing.params.emplace_back("HTTP_X_REQUEST_ID", "x");
    FastcgiConnection(container.socket()).ask(failing);
    const std::string all = container.access_log() + container.error_log();
    CHECK(std::all_of(all.begin(), all.end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
}

TEST_CASE("starts that fail again and again are a line a second with their number, and it starts when it can") {
    Container container({.min = 8, .max = 8});
    for (const char *what :
         {"starts that have failed", "spawn_failed", "workers die young", "signal 9", "Too many open files"})
        container.expect_in_log(what);
    rlimit before{};
    REQUIRE(::prlimit(container.pid(), RLIMIT_NOFILE, nullptr, &before) == 0);
    const rlimit few{3, before.rlim_max};
    const auto workers = container.worker_pids();
    REQUIRE(::prlimit(container.pid(), RLIMIT_NOFILE, &few, nullptr) == 0);
    for (const pid_t worker : workers) ::kill(worker, SIGKILL);
    CHECK(in_log(container, " more within a second, the last one: "));
    CHECK(eventually([&] {
        const std::string log = container.error_log();
        std::size_t told = 0;
        for (auto at = log.find("starts that have failed"); at != std::string::npos;
             at = log.find("starts that have failed", at + 1))
            ++told;
        return told >= 3;
    }));
    REQUIRE(::prlimit(container.pid(), RLIMIT_NOFILE, &before, nullptr) == 0);
    CHECK(eventually([&] { return container.pool().serving == 8; }));
    std::map<std::string, int> by_second;
    std::istringstream lines(container.error_log());
    for (std::string line; std::getline(lines, line);)
        if (line.find("spawn_failed") != std::string::npos) ++by_second[line.substr(0, 19)];
    for (const auto &second : by_second)
        CHECK_MESSAGE(second.second <= 2, second.first);  // two seconds of ours meet in it
}
