// ./quickstart, as somebody types it. It builds into build/release: so these belong to that build, and run one at a time.
#include <doctest/doctest.h>

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/container.hpp"
#include "support/http_client.hpp"
#include "support/process.hpp"

using namespace hbnb::test;

namespace {

// The words after ./quickstart; on a port of its own, in a directory of its own, ended by the destructor whatever happens.
class Quickstart {
  public:
    Quickstart() : port_(free_port()) {}
    Quickstart(const Quickstart &) = delete;
    Quickstart &operator=(const Quickstart &) = delete;
    ~Quickstart() { say({"--stop"}); }

    Outcome say(std::vector<std::string> words) const {
        words.insert(words.begin(), program());
        words.insert(words.end(), {"--dir", dir()});
        return run(words, std::chrono::minutes(20));
    }
    Outcome start(std::vector<std::string> words = {}) const {
        words.insert(words.end(), {"--background", "--port", std::to_string(port_)});
        return say(words);
    }
    static std::string program() { return std::string(HBNB_SOURCE_DIRECTORY) + "/quickstart"; }
    std::string dir() const { return temp_ / "var"; }
    const TempDir &temp() const { return temp_; }
    std::uint16_t port() const { return port_; }
    HttpResponse get(const std::string &target) const { return hbnb::test::get(tcp(port_), target); }
    std::string ready_line() const { return "ready: http://127.0.0.1:" + std::to_string(port_) + "/\n"; }
    pid_t container() const { return std::atoi(read_file(dir() + "/container.pid").c_str()); }

  private:
    TempDir temp_;
    std::uint16_t port_;
};

bool ends_with(const std::string &text, const std::string &end) {
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

TEST_CASE("quickstart serves pages and API with sample data, says what runs, stops, and says that nothing runs") {
    Quickstart quickstart;
    const Outcome started = quickstart.start({"--workers", "1:2"});
    REQUIRE_MESSAGE(started.exit_code == 0, started.output);
    CHECK_MESSAGE(ends_with(started.output, quickstart.ready_line()), started.output);
    CHECK(quickstart.get("/").status == 200);
    CHECK(quickstart.get("/airbnb-onepage/").body == "Hello HBNB!");
    CHECK(nlohmann::json::parse(quickstart.get("/api/v1/states").body).size() > 0);
    CHECK(quickstart.get("/demo/hello").status == 404);
    CHECK(quickstart.get("/static/nothing").status == 404);
    for (const char *name : {"hbnb.yaml", "hbnb.sock", "control.sock", "nginx.conf", "hbnb.db", "access.log",
                             "error.log", "container.pid", "bin/hbnb-container", "bin/hbnb-worker"}) {
        CHECK_MESSAGE(std::filesystem::exists(quickstart.dir() + "/" + name), name);
    }

    const Outcome second = quickstart.start();
    CHECK(second.exit_code == 1);
    CHECK_MESSAGE(
        second.output.find("already running in " + quickstart.dir() + ": hbnb-container (pid ") != std::string::npos,
        second.output);
    CHECK(quickstart.get("/").status == 200);

    const Outcome stopped = quickstart.say({"--stop"});
    CHECK(stopped.exit_code == 0);
    CHECK_MESSAGE(stopped.output.find("stopped hbnb-container (pid ") != std::string::npos, stopped.output);
    CHECK(quickstart.get("/").status == 0);
    for (const char *name : {"hbnb.sock", "control.sock", "container.pid"}) {
        CHECK_FALSE_MESSAGE(std::filesystem::exists(quickstart.dir() + "/" + name), name);
    }
    const Outcome again = quickstart.say({"--stop"});
    CHECK(again.exit_code == 0);
    CHECK_MESSAGE(again.output.find("nothing runs in " + quickstart.dir()) != std::string::npos, again.output);
}

TEST_CASE("quickstart takes --demo and --set, and refuses what hbnb.yaml would refuse, with nothing left running") {
    Quickstart quickstart;
    const Outcome refused = quickstart.start({"--set", "pools.hbnb.workers.maximum=3"});
    CHECK(refused.exit_code == 1);
    CHECK_MESSAGE(refused.output.find("workers.maximum") != std::string::npos, refused.output);
    CHECK(quickstart.get("/").status == 0);
    CHECK(quickstart.container() == 0);

    const Outcome started = quickstart.start({"--demo", "--set", "pools.hbnb.workers.min=3"});
    REQUIRE_MESSAGE(started.exit_code == 0, started.output);
    CHECK(quickstart.get("/demo/hello").status == 200);
    const auto status = get(unix_socket(quickstart.dir() + "/control.sock"), "/status");
    CHECK(nlohmann::json::parse(status.body).at("pools").at(0).at("min") == 3);
}

TEST_CASE("quickstart names a port that is taken, and starts nothing") {
    Quickstart first, second;
    REQUIRE(first.start().exit_code == 0);
    const Outcome refused = second.say({"--background", "--port", std::to_string(first.port())});
    CHECK(refused.exit_code == 1);
    CHECK_MESSAGE(refused.output.find("unable to listen on port " + std::to_string(first.port())) != std::string::npos,
                  refused.output);
    CHECK(second.container() == 0);
    CHECK_FALSE(std::filesystem::exists(second.dir()));
}

TEST_CASE("quickstart starts again after a kill -9, and --stop ends what one killed process has left") {
    Quickstart quickstart;
    REQUIRE(quickstart.start().exit_code == 0);
    const pid_t killed = quickstart.container();
    REQUIRE(killed > 0);
    ::kill(killed, SIGKILL);
    REQUIRE(eventually([&] { return !process_exists(killed); }));
    CHECK(quickstart.say({"--stop"}).exit_code == 0);
    CHECK(quickstart.get("/").status == 0);
    const Outcome again = quickstart.start();
    CHECK_MESSAGE(again.exit_code == 0, again.output);
    CHECK(quickstart.get("/").status == 200);
}

TEST_CASE("quickstart in the foreground follows the logs until Ctrl-C, and leaves nothing running") {
    Quickstart quickstart;
    const std::string output = quickstart.temp() / "output";
    Process foreground({Quickstart::program(), "--port", std::to_string(quickstart.port()), "--dir", quickstart.dir()},
                       output);
    REQUIRE(
        eventually([&] { return read_file(output).find("ready: ") != std::string::npos; }, std::chrono::minutes(20)));
    CHECK(quickstart.get("/airbnb-onepage/").status == 200);
    CHECK(eventually(
        [&] { return read_file(output).find("\"GET /airbnb-onepage/ HTTP/1.1\" 200") != std::string::npos; }));
    const pid_t container = quickstart.container();
    foreground.signal(SIGINT);
    CHECK(foreground.wait(std::chrono::minutes(2)) == Exit{0, 0});
    CHECK_FALSE(process_exists(container));
    CHECK(quickstart.get("/").status == 0);
}

TEST_CASE("quickstart answers wrong usage with exit code 2 and a sentence") {
    const Quickstart quickstart;
    std::vector<std::string> words;
    std::string sentence;
    SUBCASE("an unknown option") { words = {"--colour"}, sentence = "unknown option: --colour"; }
    SUBCASE("a port that is none") {
        words = {"--port", "99999"}, sentence = "--port: found '99999', allowed are 1 to 65535";
    }
    SUBCASE("workers without a maximum") {
        words = {"--workers", "3"}, sentence = "--workers: found '3', allowed is MIN:MAX";
    }
    SUBCASE("a setting without a value") {
        words = {"--set", "a.b"}, sentence = "--set: found 'a.b', allowed is KEY=VALUE";
    }
    const Outcome outcome = quickstart.say(words);
    CHECK(outcome.exit_code == 2);
    CHECK_MESSAGE(outcome.output.find(sentence) != std::string::npos, outcome.output);
}

TEST_CASE("quickstart touches no directory that is not its own") {
    const Quickstart quickstart;
    std::filesystem::create_directory(quickstart.dir());
    write_file(quickstart.dir() + "/letter", "dear");
    const Outcome outcome = quickstart.start();
    CHECK(outcome.exit_code == 1);
    CHECK_MESSAGE(
        outcome.output.find("unable to use " + quickstart.dir() + ": it has files in it") != std::string::npos,
        outcome.output);
    CHECK(read_file(quickstart.dir() + "/letter") == "dear");
}
