// hbnbctl, as an operator types it, against a running container.
#include <doctest/doctest.h>

#include <sys/socket.h>
#include <sys/un.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/container.hpp"
#include "support/fastcgi_client.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

Outcome ctl(const Container &container, std::vector<std::string> words) {
    words.insert(words.begin(), {control_program(), "--control", container.dir() / "control.sock"});
    return run(words);
}

bool holds(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("hbnbctl status shows people a table and programs JSON") {
    Container container({.min = 2, .max = 2});
    const Outcome table = ctl(container, {"status"});
    CHECK(table.exit_code == 0);
    CHECK_MESSAGE(holds(table.output, "pool test: 2 of 2 workers serve"), table.output);
    CHECK(holds(table.output, std::to_string(container.worker_pids().at(0))));
    const Outcome json = ctl(container, {"status", "--json"});
    CHECK(wire::decode_status(json.output).value().pid == container.pid());
    CHECK(holds(ctl(container, {"plugins"}).output, "/demo  demo"));
    CHECK(nlohmann::json::parse(ctl(container, {"plugins", "--json"}).output).at(0).at("name") == "demo");
    CHECK(holds(ctl(container, {"config"}).output, "control: \"" + container.dir() / "control.sock" + "\""));
}

TEST_CASE("hbnbctl scale sets bounds at once, moves them, and the next reload sets them back") {
    Container container({.min = 1, .max = 2});
    CHECK(ctl(container, {"scale", "3:5"}).output == "pool test: 3 to 5 workers, until the next reload\n");
    CHECK(eventually([&] { return container.pool().serving == 3; }));
    CHECK(container.pool().overridden);
    CHECK(ctl(container, {"scale", "+1"}).output == "pool test: 4 to 5 workers, until the next reload\n");
    CHECK(eventually([&] { return container.pool().serving == 4; }));
    CHECK(ctl(container, {"scale", "-2"}).output == "pool test: 2 to 2 workers, until the next reload\n");
    CHECK(eventually([&] { return container.pool().serving == 2; }));
    CHECK(container.pool().reason == "override_by_operator");
    CHECK(ctl(container, {"scale", "--pool", "other", "+1"}).exit_code == 1);
    CHECK(ctl(container, {"scale", "many"}).exit_code == 2);
    CHECK(ctl(container, {"reload"}).exit_code == 0);
    CHECK_FALSE(container.pool().overridden);
    CHECK(container.pool().max == 2);
    CHECK(container.pool().reason != "override_by_operator");
}

TEST_CASE("what workers.max does not allow, hbnbctl scale refuses in the file's words, and nothing changes") {
    Container container({.min = 1, .max = 2});
    const std::string limit = "allowed a whole number from 1 to 1024";
    const std::pair<const char *, std::string> bad[] = {
        {"2:5000", "workers.max: found \"5000\"; " + limit},
        {"0:2", "workers.min: found \"0\"; " + limit},
        {"-1:2", "workers.min: found \"-1\"; " + limit},
        {"1:99999999999999999999", "workers.max: found \"99999999999999999999\"; " + limit},
        {"4:2", "workers.min: found 4; allowed at most workers.max (2)"},
        {"+1025", "found \"+1025\"; allowed +N or -N, N a whole number from 1 to 1024, or MIN:MAX"},
        {"many", "found \"many\"; allowed +N or -N, N a whole number from 1 to 1024, or MIN:MAX"},
    };
    for (const auto &[size, why] : bad) {
        const Outcome refused = ctl(container, {"scale", size});
        CHECK(refused.exit_code == 2);
        CHECK(refused.output == "hbnbctl: unable to scale: " + why + "\n");
    }
    const Outcome least = ctl(container, {"scale", "-1"});
    CHECK(least.exit_code == 1);
    CHECK(least.output == "hbnbctl: unable to scale pool test: it has 1 worker, and 1 is the least\n");
    CHECK_FALSE(container.pool().overridden);
}

TEST_CASE("TTIN and TTOU ask for one worker more and one less") {
    Container container({.min = 1, .max = 1});
    container.signal(SIGTTIN);
    CHECK(eventually([&] { return container.pool().serving == 2; }));
    container.signal(SIGTTOU);
    CHECK(eventually([&] { return container.pool().serving == 1 && container.pool().draining == 0; }));
}

TEST_CASE("hbnbctl reload prints its steps, and fails with the reason where the old workers were kept") {
    Container container({.min = 2, .max = 2});
    container.expect_in_log("reload failed");
    const Outcome good = ctl(container, {"reload"});
    CHECK(good.exit_code == 0);
    CHECK_MESSAGE(holds(good.output, "generation 2 serves\n"), good.output);
    write_file(container.yaml(), "pools: 3\n");
    const Outcome bad = ctl(container, {"reload"});
    CHECK(bad.exit_code == 1);
    CHECK_MESSAGE(holds(bad.output, "the reload was not taken, what ran before goes on: "), bad.output);
    CHECK(holds(bad.output, ":1:8: pools: found \"3\""));
    CHECK(container.pool().serving == 2);
}

TEST_CASE("hbnbctl request sends one FastCGI request without nginx") {
    Container container;
    CHECK(ctl(container, {"request", "GET", "/demo/hello"}).output == "Hello from the container\n");
    const Outcome echo = ctl(container, {"request", "POST", "/demo/echo", "-H", "Content-Type: a/b", "-d", "hi", "-i"});
    CHECK(echo.exit_code == 0);
    CHECK_MESSAGE(holds(echo.output, "Content-Type: a/b\r\n"), echo.output);
    CHECK(echo.output.ends_with("\r\n\r\nhi"));
    const Outcome params = ctl(container, {"request", "GET", "/demo/params?a=1", "-H", "X-Y: z"});
    CHECK(holds(params.output, "\"HTTP_X_Y\":\"z\""));
    CHECK(holds(params.output, "\"QUERY_STRING\":\"a=1\""));
    CHECK(ctl(container, {"request", "GET", "/nowhere"}).exit_code == 1);
    CHECK(ctl(container, {"request", "GET", "/demo/hello", "-H", "nonsense"}).exit_code == 2);
}

TEST_CASE("hbnbctl stop ends the container and waits for its end") {
    Container container({.min = 1, .max = 1});
    const Outcome stopped = ctl(container, {"stop"});
    CHECK(stopped.output == "stopped (pid " + std::to_string(container.pid()) + ")\n");
    CHECK(container.process().wait() == Exit{0, 0});
    container.forget();
    const Outcome nobody = ctl(container, {"status"});
    CHECK(nobody.exit_code == 3);
    CHECK(holds(nobody.output, "no container runs there?"));
}

TEST_CASE("hbnbctl check names file, line and column, and needs no container") {
    TempDir dir;
    write_file(dir / "bad.yaml", "pools:\n  a: { wrkers: 1 }\n");
    const Outcome bad = run({control_program(), "check", dir / "bad.yaml"});
    CHECK(bad.exit_code == 1);
    CHECK_MESSAGE(holds(bad.output, "bad.yaml:2:8: pools.a.wrkers: "), bad.output);
    CHECK(holds(bad.output, "workers"));
    write_file(dir / "good.yaml", container_yaml(dir.path(), {}));
    const Outcome good = run({control_program(), "check", dir / "good.yaml"});
    CHECK_MESSAGE(good.exit_code == 0, good.output);
    CHECK(run({control_program()}).exit_code == 2);
}

TEST_CASE("half requests on every place of the control socket do not keep an operator out") {
    Container container;
    container.expect_in_log("control socket: more than");
    std::vector<Stream> clients;
    for (int i = 0; i < 200; ++i) {
        auto client = Stream::connect(unix_socket(container.dir() / "control.sock"));
        REQUIRE(client);
        client->send("POST /reload HTTP/1.1\r\nHo");
        clients.push_back(std::move(*client));
        const Outcome answered = ctl(container, {"status"});
        if (answered.exit_code != 0) FAIL("after " << i << " half requests: " << answered.output);
    }
}

TEST_CASE("a control socket whose file is removed, or replaced by one that nobody serves, comes back by itself") {
    Container container;
    container.expect_in_log("the control socket has lost its file");
    const std::string path = container.dir() / "control.sock";
    const auto answers = [&] { return ctl(container, {"status"}).exit_code == 0; };
    REQUIRE(std::filesystem::remove(path));
    CHECK(eventually(answers));
    REQUIRE(std::filesystem::remove(path));
    {
        const Fd dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.data(), path.size());
        static_cast<void>(::bind(dead.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address));
    }
    CHECK(eventually(answers));
    const auto before = std::filesystem::status(path).permissions();
    CHECK(before == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    CHECK(container.status().generation == 1);
}

TEST_CASE("what stands in the control socket's place is named and left alone, and HUP looks again at once") {
    Container container;
    container.expect_in_log("the control socket has lost its file");
    const std::string path = container.dir() / "control.sock";
    REQUIRE(std::filesystem::remove(path));
    std::filesystem::create_directory(path);
    const std::string why = "unable to listen on unix:" + path + ": a directory is in its place";
    REQUIRE(eventually([&] { return holds(container.error_log(), why); }));
    CHECK(std::filesystem::is_directory(path));
    std::filesystem::remove(path);
    container.signal(SIGHUP);
    CHECK(eventually([&] { return ctl(container, {"status"}).exit_code == 0; }));
    CHECK(container.reload());
}

TEST_CASE("a thousand clients of the control socket, silent ones and noisy ones, hold up nobody") {
    Container container;
    container.expect_in_log("control socket: more than");
    std::vector<Stream> clients;
    for (int i = 0; i < 1000; ++i) {
        auto client = Stream::connect(unix_socket(container.dir() / "control.sock"));
        if (!client) continue;
        if (i % 2 == 0) client->send("\x01\x02garbage\r\n\r\n");
        clients.push_back(std::move(*client));
    }
    CHECK(clients.size() > 100);
    FastcgiConnection served(container.socket());
    CHECK(served.ask(fastcgi_get("/demo/hello", true)));
    clients.clear();
    CHECK(eventually([&] { return ctl(container, {"status"}).exit_code == 0; }));
}
