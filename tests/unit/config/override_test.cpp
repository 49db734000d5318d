// --set KEY=VALUE.
#include <doctest/doctest.h>

#include "unit/config/config_file.hpp"

using namespace hbnb::config;
using namespace std::chrono_literals;

namespace {

const char *const kFile =
    "log: { level: info, access: /a.log }\npools:\n  hbnb:\n    listen: [ { unix: s } ]\n    workers: { max: 4 }\n"
    "    handlers: { directory: h, mounts: { /api/v1: { plugin: api.so, config: { database: x } } } }\n";

Config with(const std::vector<std::string> &overrides) { return ConfigFile(kFile).config(overrides); }

}  // namespace

TEST_CASE("an override is split at its first '='") {
    const auto change = parse_override("a.b=c=d");
    REQUIRE(change.has_value());
    CHECK(change->key == "a.b");
    CHECK(change->value == "c=d");
}

TEST_CASE("an override that is no KEY=VALUE says what it should be") {
    const auto said_of = [](const std::string &text) { return parse_override(text).error().message; };
    const std::string end = "; expected KEY=VALUE, such as pools.hbnb.workers.max=8";
    CHECK_EQ(said_of("user"), "unable to read --set \"user\": there is no '='" + end);
    CHECK_EQ(said_of("=x"), "unable to read --set \"=x\": there is no key before '='" + end);
    for (const char *key : {"a..b", ".a", "a.", "a[", "a[x]", "a[-1]", "[0]", "a[0]b", "a[99999999999999999999]"})
        CHECK_EQ(said_of(std::string(key) + "=x"),
                 "unable to read --set \"" + std::string(key) + "=x\": the key is malformed" + end);
    CHECK_EQ(said_of(std::string(1025, 'k') + "=x"),
             "unable to read --set \"" + std::string(80, 'k') + "...\": the key is longer than 1024 bytes" + end);
}

TEST_CASE("an override changes a key, adds one, and makes the section it needs") {
    CHECK(with({"pools.hbnb.workers.max=8"}).pools.at(0).rules.max == 8);
    CHECK(with({"pools.hbnb.workers.min=3"}).pools.at(0).rules.min == 3);
    CHECK(with({"pools.hbnb.waiting.age_max=500ms"}).pools.at(0).waiting.age_max == 500ms);
    CHECK(with({"user=nobody"}).user == "nobody");
    CHECK(with({"pools.hbnb.workers={ min: 1, max: 2 }"}).pools.at(0).rules.max == 2);
}

TEST_CASE("the last of several overrides of a key counts") {
    CHECK(with({"pools.hbnb.workers.max=8", "pools.hbnb.workers.max=9"}).pools.at(0).rules.max == 9);
}

TEST_CASE("an override reaches an item of a list, and adds one behind the last") {
    CHECK(std::get<UnixListener>(with({"pools.hbnb.listen[0].mode=0600"}).pools.at(0).listen.at(0)).mode == 0600);
    const Config config = with({"pools.hbnb.listen[1].tcp=127.0.0.1:9000"});
    REQUIRE(config.pools.at(0).listen.size() == 2);
    CHECK(std::get<TcpListener>(config.pools.at(0).listen.at(1)).port == 9000);
}

TEST_CASE("an override reaches into a mount, whose path may contain dots") {
    const Config config =
        with({"pools.hbnb.handlers.mounts./api/v1.config.database=sqlite:///tmp/x.db",
              "pools.hbnb.handlers.mounts./a.b/c.plugin=c.so", "pools.hbnb.handlers.mounts./a.b/c.config.deep.er=1"});
    const auto &plugins = config.pools.at(0).plugins;
    REQUIRE(plugins.size() == 2);
    CHECK(plugins[0].config == R"({"database":"sqlite:///tmp/x.db"})");
    CHECK(plugins[1].mount == "/a.b/c");
    CHECK(plugins[1].config == R"({"deep":{"er":1}})");
    CHECK(plugins[1].where == "--set pools.hbnb.handlers.mounts./a.b/c.plugin");
    CHECK(with({"pools.hbnb.handlers.mounts./x={ plugin: x.so }"}).pools.at(0).plugins.at(1).mount == "/x");
}

TEST_CASE("the access log given as a path may become a section") {
    CHECK(with({"log.access.path=/b.log"}).log.access == "/b.log");
    CHECK(with({"log.access=off"}).log.access == "");
}

TEST_CASE("an override is checked like the file, and named in the sentence") {
    CHECK_EQ(problems_of(kFile, {"pools.hbnb.workers.mxa=3"}),
             "--set pools.hbnb.workers.mxa: unknown key; allowed min, max, spare, threads, debuggable, wrapper; did "
             "you mean max?");
    CHECK_EQ(problems_of(kFile, {"pools.hbnb.waiting.age_max=500"}),
             "--set pools.hbnb.waiting.age_max: found \"500\"; allowed a duration from 1ms to 1h; write a unit, such "
             "as 500s");
    CHECK_EQ(problems_of(kFile, {"pools.hbnb.workers.min=9"}),
             "--set pools.hbnb.workers.min: found 9; allowed at most workers.max (4)");
    CHECK_EQ(problems_of(kFile, {"pools.hbnb.workers={ min: x }"}),
             "--set pools.hbnb.workers: pools.hbnb.workers.min: found \"x\"; allowed a whole number from 1 to 1024");
    CHECK_EQ(problems_of(kFile, {"pools.hbnb.workers.max="}),
             "--set pools.hbnb.workers.max: found nothing; allowed a whole number from 1 to 1024; leave the key out "
             "for the default");
}

TEST_CASE("an override of a pool that is not there suggests the one that is") {
    CHECK_EQ(
        problems_of(kFile, {"pools.hbn.workers.max=3"}),
        "--set pools.hbn.workers.max: pools.hbn: there is no such pool in hbnb.yaml; allowed hbnb; did you mean hbnb?");
}

TEST_CASE("overrides may bring a whole pool") {
    const Config config = with({"pools.q.listen=[ { unix: q } ]", "pools.q.handlers.directory=/h"});
    REQUIRE(config.pools.size() == 2);
    CHECK(config.pools[1].name == "q");
}

TEST_CASE("an override whose value is no YAML, or no text, names its key") {
    CHECK_EQ(problems_of(kFile, {"user=[a"}),
             "--set user: found a list or a mapping that is a key or is never closed; allowed words as keys");
    CHECK_EQ(problems_of(kFile, {"user=&a b"}),
             "--set user: found the anchor &a; anchors and aliases are not allowed, write the value out");
    CHECK_EQ(problems_of(kFile, {"user=\xff"}), "--set user: found the byte 0xff, which is not UTF-8; allowed text");
    CHECK_EQ(problems_of(kFile, {"pools.hbnb.workers={ min: 1, min: 2 }"}),
             "--set pools.hbnb.workers: pools.hbnb.workers.min: found this key twice; the first is in the same value");
}

TEST_CASE("an override that leads nowhere says what is in its way") {
    CHECK_EQ(problems_of(kFile, {"pools.hbnb.handlers.mounts./api/v1.config.database.url=x"}),
             "--set pools.hbnb.handlers.mounts./api/v1.config.database.url: "
             "pools.hbnb.handlers.mounts./api/v1.config.database: "
             "found \"x\"; allowed a mapping, to set something in it");
    CHECK_EQ(problems_of(kFile, {"pools.hbnb.listen[5].unix=x"}),
             "--set pools.hbnb.listen[5].unix: pools.hbnb.listen: found the index 5; the list has 1 items");
    CHECK_EQ(
        problems_of(kFile, {"pools.hbnb.workers[0]=x"}),
        "--set pools.hbnb.workers[0]: pools.hbnb.workers: found a mapping; allowed a list, to set something in it");
}

TEST_CASE("sentences about overrides follow those about the file") {
    CHECK_EQ(problems_of(std::string(kFile) + "x: 1\n", {"y=1", "user=[a]"}),
             "hbnb.yaml:7:1: x: unknown key; allowed user, group, control, control_uids, log, pools\n"
             "--set y: unknown key; allowed user, group, control, control_uids, log, pools\n"
             "--set user: found a list; allowed a name or number of at most 32 letters, digits, '_', '-' and '.'");
}

TEST_CASE("overrides may fill an empty file") {
    CHECK_EQ(problems_of("", {"pools.p.listen=[ { unix: s } ]", "pools.p.handlers.directory=h"}), "");
}
