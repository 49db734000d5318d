// What hbnb-container says to whoever asks it something instead of starting it.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "support/container.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

bool holds(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

// hbnb-container with this YAML, to its end.
Outcome ask(const TempDir &dir, const std::string &yaml, std::vector<std::string> arguments) {
    write_file(dir / "hbnb.yaml", yaml);
    arguments.insert(arguments.begin(), {container_program(), "--config", dir / "hbnb.yaml"});
    return run(arguments);
}

std::string listening_on(const TempDir &dir, const std::string &listener) {
    return container_yaml(dir.path(), {.listen = {listener}});
}

}  // namespace

TEST_CASE("--check says what sockets a start would make, and starts nothing") {
    const TempDir dir;
    const Outcome outcome =
        ask(dir, container_yaml(dir.path(), {.listen = {"unix: s, mode: \"0606\"", "tcp: \"127.0.0.1:9000\""}}),
            {"--check"});
    CHECK(outcome.exit_code == 0);
    CHECK_MESSAGE(holds(outcome.output, dir / "hbnb.yaml" + " is well\n"), outcome.output);
    CHECK_MESSAGE(holds(outcome.output, "pool test unix:" + dir / "s" + ": mode 0606, owner "), outcome.output);
    CHECK(holds(outcome.output, "pool test tcp:127.0.0.1:9000: for whoever is on this machine\n"));
    CHECK(holds(outcome.output, "control unix:" + dir / "control.sock" + ": mode 0600, owner "));
    for (const char *file : {"s", "control.sock", "error.log", "access.log"})
        CHECK_FALSE(std::filesystem::exists(dir / file));
}

TEST_CASE("the mode, owner and group that --check says are those that a start makes") {
    const TempDir dir;
    const ContainerSettings settings;
    Container container(settings);
    const Outcome outcome = run({container_program(), "--config", container.yaml(), "--check"});
    struct stat made {};
    REQUIRE(::stat(container.socket().c_str(), &made) == 0);
    const auto name_by = [&](const char *format) {
        std::string name = run({"stat", "-c", format, container.socket()}).output;
        return name.substr(0, name.find('\n'));
    };
    CHECK_MESSAGE(holds(outcome.output, "pool test unix:" + container.socket() + ": mode 0660, owner " + name_by("%U") +
                                            ", group " + name_by("%G") + "\n"),
                  outcome.output);
}

TEST_CASE("--check ends with 1 and the place of each mistake, and with 2 where it is asked wrongly") {
    const TempDir dir;
    const Outcome wrong = ask(dir, "pools:\n  p:\n    workres: { min: 1 }\n    listen: [ { unix: s } ]\n", {"--check"});
    CHECK(wrong.exit_code == 1);
    CHECK_MESSAGE(
        holds(wrong.output, dir / "hbnb.yaml" + ":3:5: pools.p.workres: unknown key; allowed listen, workers,"),
        wrong.output);
    CHECK(holds(wrong.output, "did you mean workers?"));
    CHECK(run({container_program(), "--check"}).exit_code == 2);
    CHECK(run({container_program(), "--chek"}).exit_code == 2);
    const Outcome set = ask(dir, listening_on(dir, "unix: s"), {"--check", "--set", "pools.test.workers.min=none"});
    CHECK(set.exit_code == 1);
    CHECK_MESSAGE(holds(set.output, "--set pools.test.workers.min: found \"none\"; allowed a whole number from 1 to "),
                  set.output);
}

TEST_CASE("--check finds a group that is not there and a plugin that is not there") {
    const TempDir dir;
    const Outcome group = ask(dir, listening_on(dir, "unix: s, group: no-such-group"), {"--check"});
    CHECK(group.exit_code == 1);
    CHECK_MESSAGE(holds(group.output, "unable to listen on unix:" + dir / "s" +
                                          ": unable to look up group no-such-group: there is no such group"),
                  group.output);
    const Outcome plugin = ask(dir, container_yaml(dir.path(), {.mounts = {{"/x", dir / "missing.so"}}}), {"--check"});
    CHECK(plugin.exit_code == 1);
    CHECK_MESSAGE(holds(plugin.output, dir / "missing.so"), plugin.output);
}

TEST_CASE("--print-config prints every key, tells the defaults from what was written, and no secret") {
    const TempDir dir;
    write_file(dir / "hbnb.yaml", listening_on(dir, "unix: s"));
    const Outcome outcome = ask(dir, listening_on(dir, "unix: s"),
                                {"--print-config", "--set", "pools.test.workers.max=9", "--set",
                                 "pools.test.handlers.mounts./demo.config.password=hunter2"});
    CHECK(outcome.exit_code == 0);
    CHECK_MESSAGE(holds(outcome.output, "      max: 9\n"), outcome.output);
    CHECK(holds(outcome.output, "      spare: 1  # default\n"));
    CHECK(holds(outcome.output, "\"password\": \"***\""));
    CHECK_FALSE(holds(outcome.output, "hunter2"));
    CHECK_FALSE(std::filesystem::exists(dir / "s"));
}

TEST_CASE("--help-config prints every key without a configuration, and --help names it") {
    const Outcome keys = run({container_program(), "--help-config"});
    CHECK(keys.exit_code == 0);
    CHECK_MESSAGE(holds(keys.output, "pools.<name>.workers.max\n    workers there are at most"), keys.output);
    CHECK(holds(keys.output, "    a whole number from 1 to "));
    CHECK(holds(run({container_program(), "--help"}).output, "--help-config"));
}
