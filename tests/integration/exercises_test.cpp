// ./quickstart --exercises, and the checklist of the exercises against it. Release build only, as quickstart_test.cpp.
#include <doctest/doctest.h>

#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "support/container.hpp"
#include "support/quickstart.hpp"

using namespace hbnb::test;

namespace {

constexpr int kStartsTried = 5;

bool holds(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

// Below the ports that the kernel hands out by itself.
int some_base() {
    std::random_device device;
    return std::uniform_int_distribution<int>(20000, 32000)(device);
}

// A started layout; another BASE where a port of one was taken.
class Exercises {
  public:
    explicit Exercises(const std::vector<std::string> &further = {}) {
        for (int tried = 0; tried < kStartsTried; ++tried) {
            base_ = some_base();
            std::vector<std::string> words = {"--exercises", std::to_string(base_)};
            words.insert(words.end(), further.begin(), further.end());
            started_ = quickstart_.start(words);
            // Before nginx is started, or by nginx where somebody took it in that moment.
            if (!holds(started_.output, "unable to listen on port") && !holds(started_.output, "unable to start nginx"))
                break;
        }
        REQUIRE_MESSAGE(started_.exit_code == 0, started_.output);
    }
    const Quickstart &quickstart() const { return quickstart_; }
    const Outcome &started() const { return started_; }
    int base() const { return base_; }
    HttpResponse get(int shift, const std::string &target) const {
        return hbnb::test::get(tcp(static_cast<std::uint16_t>(base_ + shift)), target);
    }
    Outcome check(const std::vector<std::string> &further = {}) const {
        std::vector<std::string> command = {std::string(HBNB_SOURCE_DIRECTORY) + "/tests/exercises/check",
                                            "--base",
                                            std::to_string(base_),
                                            "--pid-file",
                                            quickstart_.in_dir("container.pid"),
                                            "--access-log",
                                            quickstart_.in_dir("access.log"),
                                            "--error-log",
                                            quickstart_.in_dir("error.log")};
        command.insert(command.end(), further.begin(), further.end());
        return run(command, std::chrono::minutes(10));
    }

  private:
    Quickstart quickstart_;
    int base_ = 0;
    Outcome started_;
};

}  // namespace

TEST_CASE("the checklist of the exercises is fulfilled by quickstart --exercises, by two of them side by side") {
    const Exercises one, other;
    CHECK(
        holds(one.started().output, "exercises: http://127.0.0.1:" + std::to_string(one.base()) + "/airbnb-onepage/"));
    for (const Exercises *each : {&one, &other}) {
        const Outcome checked = each->check();
        CHECK_MESSAGE(checked.exit_code == 0, checked.output);
        for (const int shift : {0, 1, 2, 3, 6, 80}) CHECK_MESSAGE(each->get(shift, "/demo/hello").status == 404, shift);
        CHECK_FALSE_MESSAGE(holds(checked.output, "FAILED"), checked.output);
        CHECK(each->quickstart().get("/").status == 200);  // the site at --port is there beside it
    }
    CHECK(one.quickstart().say({"--stop"}).exit_code == 0);
    for (const int shift : {0, 1, 2, 3, 6, 80}) {
        CHECK(one.get(shift, "/").status == 0);
        CHECK(other.get(shift, "/api/v1/status").status == 200);
    }
}

TEST_CASE("the checklist of the exercises says which check failed, and ends with exit code 1") {
    const Exercises exercises({"--workers", "2:2"});
    const Outcome checked = exercises.check();
    CHECK(checked.exit_code == 1);
    CHECK_MESSAGE(holds(checked.output, "FAILED  one manager and three workers run: workers: found 2, wanted 3"),
                  checked.output);
    CHECK(holds(checked.output, "ok      5001: "));
    exercises.quickstart().say({"--stop"});
    const Outcome nobody = exercises.check();
    CHECK(nobody.exit_code == 1);
    CHECK_MESSAGE(holds(nobody.output, "FAILED  5001: "), nobody.output);
}

TEST_CASE("quickstart --exercises puts the logs where --set says") {
    const TempDir dir;
    std::filesystem::permissions(dir.path(), std::filesystem::perms::all);  // as root the container is another user
    const std::string access = dir / "airbnb-access.log", error = dir / "airbnb-error.log";
    const Exercises exercises({"--set", "log.access.path=" + access, "--set", "log.error=" + error});
    CHECK(exercises.get(0, "/airbnb-onepage/").status == 200);
    CHECK(eventually([&] { return holds(read_file(access), "GET /airbnb-onepage/ HTTP/1.1"); }));
    CHECK_FALSE(read_file(error).empty());
}

TEST_CASE("a quickstart without --exercises in the same directory opens their ports no more") {
    const Exercises exercises;
    REQUIRE(exercises.quickstart().say({"--stop"}).exit_code == 0);
    REQUIRE(exercises.quickstart().start().exit_code == 0);
    CHECK(exercises.quickstart().get("/").status == 200);
    for (const int shift : {0, 80}) CHECK(exercises.get(shift, "/").status == 0);
}

TEST_CASE("quickstart --exercises refuses a BASE that is none, or one whose ports are taken, and starts nothing") {
    const Quickstart quickstart;
    std::vector<std::string> words;
    std::string sentence;
    SUBCASE("no number") { words = {"--exercises", "x"}, sentence = "--exercises: found 'x', allowed are 1 to 65455"; }
    SUBCASE("too high") { words = {"--exercises=65456"}, sentence = "--exercises: found '65456', allowed are"; }
    SUBCASE("nothing") { words = {"--exercises="}, sentence = "--exercises: found '', allowed are"; }
    SUBCASE("--port is one of them") {
        const std::string base = std::to_string(quickstart.port() - 80);
        words = {"--port", std::to_string(quickstart.port()), "--exercises", base};
        sentence = "port " + std::to_string(quickstart.port()) + " would be one of " + base + "'s and --port's";
    }
    const Outcome outcome = quickstart.say(words);
    CHECK(outcome.exit_code == 2);
    CHECK_MESSAGE(holds(outcome.output, sentence), outcome.output);
    CHECK_FALSE(std::filesystem::exists(quickstart.dir()));
}

TEST_CASE("quickstart --exercises names a port of theirs that is taken, and starts nothing") {
    const Exercises first;
    const Quickstart second;
    const Outcome refused = second.start({"--exercises", std::to_string(first.base() + 3)});
    CHECK(refused.exit_code == 1);
    CHECK_MESSAGE(holds(refused.output, "unable to listen on port " + std::to_string(first.base() + 3)),
                  refused.output);
    CHECK(holds(refused.output, "name another with --exercises"));
    CHECK_FALSE(std::filesystem::exists(second.dir()));
}
