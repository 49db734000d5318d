#include "manager/host/options.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace hbnb::manager;

namespace {

std::variant<Options, Leave> parse(std::vector<const char *> arguments) {
    arguments.insert(arguments.begin(), "hbnb-container");
    return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

Options accepted(const std::vector<const char *> &arguments) {
    auto parsed = parse(arguments);
    REQUIRE(std::holds_alternative<Options>(parsed));
    return std::get<Options>(parsed);
}

Leave refused(const std::vector<const char *> &arguments) {
    auto parsed = parse(arguments);
    REQUIRE(std::holds_alternative<Leave>(parsed));
    return std::get<Leave>(parsed);
}

}  // namespace

TEST_CASE("a command line without --config is wrong usage") {
    const Leave leave = refused({});
    CHECK(leave.exit_code == 2);
    CHECK(leave.text.find("--config") != std::string::npos);
}

TEST_CASE("an unknown option and a stray word are wrong usage") {
    CHECK(refused({"--config", "a", "--bogus"}).exit_code == 2);
    CHECK(refused({"--config", "a", "stray"}).exit_code == 2);
}

TEST_CASE("--set may be given many times and keeps its order") {
    const Options options = accepted({"--config", "a", "--set", "log.level=debug", "--set", "pools.p.workers.max=8"});
    REQUIRE(options.overrides.size() == 2);
    CHECK(options.overrides[0].key == "log.level");
    CHECK(options.overrides[1].key == "pools.p.workers.max");
    CHECK(options.overrides[1].value == "8");
}

TEST_CASE("--set without a value is wrong usage") {
    CHECK(refused({"--config", "a", "--set", "log.level"}).exit_code == 2);
}

TEST_CASE("--version and --help end well") {
    CHECK(refused({"--version"}).exit_code == 0);
    CHECK(refused({"--version"}).text.find("hbnb-container ") == 0);
    CHECK(refused({"--help"}).exit_code == 0);
}

TEST_CASE("--help-config needs no configuration") {
    const Leave leave = refused({"--help-config"});
    CHECK(leave.exit_code == 0);
    CHECK(leave.text.find("pools.<name>.workers.min") != std::string::npos);
}

TEST_CASE("the worker program is looked for beside our own unless it is named") {
    CHECK(accepted({"--config", "a"}).worker.find("/hbnb-worker") != std::string::npos);
    CHECK(accepted({"--config", "a", "--worker", "/x/w"}).worker == "/x/w");
}

TEST_CASE("a relative pid file is made absolute once") {
    const Options options = accepted({"--config", "a", "--pid-file", "p"});
    CHECK(options.pid_file.front() == '/');
    CHECK(options.pid_file.substr(options.pid_file.size() - 2) == "/p");
}
