// What values and keys may be wrong with: each kind with its exact sentence.
#include <doctest/doctest.h>

#include "unit/config/config_file.hpp"

using namespace hbnb::config;

namespace {

std::string said_of_pool(const std::string &line) { return problems_of(pool_with("    " + line + "\n")); }

// `item` stands at line 3, column 15.
std::string said_of_listener(const std::string &item) {
    return problems_of("pools:\n  p:\n    listen: [ " + item + " ]\n    handlers: { directory: h }\n");
}

}  // namespace

TEST_CASE("an unknown key is told with the keys allowed there and the nearest") {
    CHECK_EQ(said_of_pool("workers: { mxa: 3 }"),
             "hbnb.yaml:5:16: pools.p.workers.mxa: unknown key; allowed min, max, spare, threads, debuggable, wrapper; "
             "did you "
             "mean max?");
    CHECK_EQ(said_of_pool("colour: red"),
             "hbnb.yaml:5:5: pools.p.colour: unknown key; allowed listen, workers, scaling, waiting, retire, timeouts, "
             "limits, handlers");
    CHECK_EQ(
        problems_of("usr: x\n" + pool_with("")),
        "hbnb.yaml:1:1: usr: unknown key; allowed user, group, control, control_uids, log, pools; did you mean user?");
}

TEST_CASE("a key in the wrong section is sent to the right one") {
    CHECK_EQ(
        problems_of("threads: 4\n" + pool_with("")),
        "hbnb.yaml:1:1: threads: unknown key; allowed user, group, control, control_uids, log, pools; did you mean "
        "pools.<name>.workers.threads?");
}

TEST_CASE("a key with a dot is no short form") {
    CHECK_EQ(problems_of("log.level: info\n" + pool_with("")),
             "hbnb.yaml:1:1: log.level: unknown key; allowed user, group, control, control_uids, log, pools");
}

TEST_CASE("a whole number is told its range") {
    const std::string allowed = "; allowed a whole number from 1 to 1024";
    for (const char *found : {"0", "-1", "1025", "99999999999999999999999", "3.5", "many", "0x10", "1_000"})
        CHECK_EQ(said_of_pool(std::string("workers: { max: ") + found + " }"),
                 "hbnb.yaml:5:21: pools.p.workers.max: found \"" + std::string(found) + "\"" + allowed);
    CHECK_EQ(said_of_pool("workers: { max: \"8\" }"),
             "hbnb.yaml:5:21: pools.p.workers.max: found \"8\" in quotes" + allowed);
    CHECK_EQ(said_of_pool("workers: { max: [8] }"), "hbnb.yaml:5:21: pools.p.workers.max: found a list" + allowed);
    CHECK_EQ(said_of_pool("workers: { max: {} }"), "hbnb.yaml:5:21: pools.p.workers.max: found a mapping" + allowed);
    CHECK_EQ(said_of_pool("workers: { max: }"),
             "hbnb.yaml:5:16: pools.p.workers.max: found nothing" + allowed + "; leave the key out for the default");
}

TEST_CASE("handler threads are at most 64") {
    CHECK_EQ(said_of_pool("workers: { threads: 65 }"),
             "hbnb.yaml:5:25: pools.p.workers.threads: found \"65\"; allowed a whole number from 1 to 64");
}

TEST_CASE("a duration or size without a unit is asked for one") {
    CHECK_EQ(said_of_pool("timeouts: { idle: 30 }"),
             "hbnb.yaml:5:23: pools.p.timeouts.idle: found \"30\"; allowed a duration from 10ms to 1d; write a unit, "
             "such as 30s");
    CHECK_EQ(said_of_pool("limits: { params: 64 }"),
             "hbnb.yaml:5:23: pools.p.limits.params: found \"64\"; allowed a size from 64KiB to 16MiB; write a unit, "
             "such as 64KiB");
    CHECK_EQ(said_of_pool("retire: { jitter: 10 }"),
             "hbnb.yaml:5:23: pools.p.retire.jitter: found \"10\"; allowed a percentage from 0% to 100%; write a unit, "
             "such as 10%");
}

TEST_CASE("an unknown unit is answered with the units there are") {
    CHECK_EQ(said_of_pool("timeouts: { idle: 30sec }"),
             "hbnb.yaml:5:23: pools.p.timeouts.idle: found \"30sec\"; allowed a duration from 10ms to 1d; the units "
             "are ns, us, ms, s, m, h, d");
    CHECK_EQ(said_of_pool("limits: { body: 1MB }"),
             "hbnb.yaml:5:21: pools.p.limits.body: found \"1MB\"; allowed a size from 0 to 16TiB; the units are B, "
             "KiB, MiB, GiB, TiB");
}

TEST_CASE("a number that overflows its unit is out of range, not wrapped round") {
    for (const char *found :
         {"18446744073709551615s", "213504d", "99999999999999999999999999s", "9223372036854775808ns"})
        CHECK_EQ(said_of_pool(std::string("timeouts: { idle: ") + found + " }"),
                 "hbnb.yaml:5:23: pools.p.timeouts.idle: found \"" + std::string(found) +
                     "\"; allowed a duration from 10ms to 1d");
    CHECK_EQ(said_of_pool("retire: { memory: 18014398509481985KiB }"),
             "hbnb.yaml:5:23: pools.p.retire.memory: found \"18014398509481985KiB\"; allowed a size from 1MiB to "
             "16TiB, or 0 (never)");
}

TEST_CASE("zero is refused where it means nothing") {
    CHECK_EQ(said_of_pool("timeouts: { idle: 0 }"),
             "hbnb.yaml:5:23: pools.p.timeouts.idle: found \"0\"; allowed a duration from 10ms to 1d");
}

TEST_CASE("words are told the words allowed") {
    CHECK_EQ(problems_of("log: { level: loud, access: { path: a, format: json } }\n" + pool_with("")),
             "hbnb.yaml:1:15: log.level: found \"loud\"; allowed debug, info, warning or error\n"
             "hbnb.yaml:1:48: log.access.format: found \"json\"; allowed combined");
    CHECK_EQ(said_of_listener("{ tcp: 127.0.0.1:9000, allow_remote: yes }"),
             "hbnb.yaml:3:52: pools.p.listen[0].allow_remote: found \"yes\"; allowed true or false");
}

TEST_CASE("names and paths are texts of their form") {
    CHECK_EQ(problems_of("user: \"a b\"\n" + pool_with("")),
             "hbnb.yaml:1:7: user: found \"a b\" in quotes; allowed a name or number of at most 32 letters, digits, "
             "'_', '-' and '.'");
    CHECK_EQ(problems_of("control: [a]\n" + pool_with("")),
             "hbnb.yaml:1:10: control: found a list; allowed a path of at most 107 bytes");
    CHECK_EQ(problems_of("log: { error: {} }\n" + pool_with("")),
             "hbnb.yaml:1:15: log.error: found a mapping; allowed stderr or a path");
    CHECK_EQ(problems_of("log: { access: [] }\n" + pool_with("")),
             "hbnb.yaml:1:16: log.access: found a list; allowed off, a path or a mapping of path and format");
    CHECK_EQ(problems_of("log: { access: { format: combined } }\n" + pool_with("")),
             "hbnb.yaml:1:16: log.access.path: missing; allowed a path of at most 4095 bytes");
}

TEST_CASE("a section that is a text or a list says what belongs into it") {
    CHECK_EQ(said_of_pool("workers: 4"),
             "hbnb.yaml:5:14: pools.p.workers: found \"4\"; allowed a mapping of min, max, spare, threads, "
             "debuggable, wrapper");
    CHECK_EQ(said_of_pool("limits: []"),
             "hbnb.yaml:5:13: pools.p.limits: found a list; allowed a mapping of params, body, response_head, "
             "connections, memory, core");
}

TEST_CASE("a missing key that must be there is named") {
    CHECK_EQ(problems_of("user: x\n"),
             "hbnb.yaml:1:1: pools: missing; allowed a mapping from each pool's name to its settings");
    CHECK_EQ(problems_of("pools:\n  p:\n    handlers: { directory: h }\n"),
             "hbnb.yaml:2:3: pools.p.listen: missing; allowed a list of { unix: PATH } and { tcp: ADDRESS:PORT }");
    CHECK_EQ(
        problems_of("pools: {}\n"),
        "hbnb.yaml:1:8: pools: found no pool; allowed a mapping from each pool's name to its settings, at least one");
    CHECK_EQ(
        problems_of("pools:\n"),
        "hbnb.yaml:1:1: pools: found nothing; allowed a mapping from each pool's name to its settings, at least one");
    CHECK_EQ(
        problems_of("pools: [p]\n"),
        "hbnb.yaml:1:8: pools: found a list; allowed a mapping from each pool's name to its settings, at least one");
}

TEST_CASE("a pool's name is a short word") {
    const std::string rest = "allowed 1 to 32 letters, digits, '_' and '-', not a '-' first";
    CHECK_EQ(problems_of("pools: { \"a b\": {} }\n"),
             "hbnb.yaml:1:10: pools.a b: found the pool name \"a b\"; " + rest);
    CHECK_EQ(problems_of("pools: { \"\": {} }\n"), "hbnb.yaml:1:10: pools.: found the pool name \"\"; " + rest);
}

TEST_CASE("listeners are a list of one kind each") {
    const std::string either = "allowed { unix: PATH } or { tcp: ADDRESS:PORT }";
    CHECK_EQ(said_of_listener(""),
             "hbnb.yaml:3:13: pools.p.listen: found an empty list; allowed a list of { unix: PATH } and { tcp: "
             "ADDRESS:PORT }, at least one");
    CHECK_EQ(said_of_listener("/run/s"), "hbnb.yaml:3:15: pools.p.listen[0]: found \"/run/s\"; " + either);
    CHECK_EQ(said_of_listener("{ unix: a, tcp: b }"),
             "hbnb.yaml:3:15: pools.p.listen[0]: found both unix and tcp; allowed one of them");
    CHECK_EQ(said_of_listener("{ unxi: a }"),
             "hbnb.yaml:3:15: pools.p.listen[0]: found neither unix nor tcp; " + either + "; did you mean unix?");
    CHECK_EQ(said_of_listener("{ unix: a, allow: [] }"),
             "hbnb.yaml:3:26: pools.p.listen[0].allow: unknown key; allowed unix, owner, group, mode, backlog, "
             "allow_uids; did you mean pools.<name>.listen[].allow?");
}

TEST_CASE("a mode is octal") {
    for (const char *mode : {"0888", "66", "01777", "rw"})
        CHECK_EQ(said_of_listener("{ unix: a, mode: \"" + std::string(mode) + "\" }"),
                 "hbnb.yaml:3:32: pools.p.listen[0].mode: found \"" + std::string(mode) +
                     "\" in quotes; allowed an octal file mode from \"0000\" to \"0777\"");
    CHECK_EQ(said_of_listener("{ unix: a, mode: 660 }"), "");
}

TEST_CASE("peers are numbers and addresses") {
    CHECK_EQ(said_of_listener("{ unix: a, allow_uids: [0, www-data] }"),
             "hbnb.yaml:3:38: pools.p.listen[0].allow_uids: found \"www-data\" in the list; allowed a list of user "
             "ids, such as [0, 33]");
    CHECK_EQ(said_of_listener("{ unix: a, allow_uids: [4294967295] }"),
             "hbnb.yaml:3:38: pools.p.listen[0].allow_uids: found \"4294967295\" in the list; allowed a list of user "
             "ids, such as [0, 33]");
    CHECK_EQ(said_of_listener("{ tcp: 127.0.0.1:9000, allow: [10.0.0.0/8] }"),
             "hbnb.yaml:3:45: pools.p.listen[0].allow: found \"10.0.0.0/8\" in the list; allowed a list of IP "
             "addresses, such as [10.0.0.5, \"::1\"]");
}

TEST_CASE("a TCP address has an address and a port") {
    for (const char *address : {"9000", "localhost:9000", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:", "::1:9000",
                                "[127.0.0.1]:9000", "[::1]", ":9000"})
        CHECK_EQ(said_of_listener("{ tcp: \"" + std::string(address) + "\" }"),
                 "hbnb.yaml:3:22: pools.p.listen[0].tcp: found \"" + std::string(address) +
                     "\" in quotes; allowed an IP address and a port from 1 to 65535, such as 127.0.0.1:9000 or "
                     "\"[::1]:9000\"");
}

TEST_CASE("an address that other machines reach needs allow_remote and a list") {
    const std::string begin = "hbnb.yaml:3:22: pools.p.listen[0].tcp: found 0.0.0.0, which other machines can reach; ";
    CHECK_EQ(said_of_listener("{ tcp: 0.0.0.0:9000 }"),
             begin + "allowed 127.0.0.0/8 and ::1, and others with allow_remote: true");
    CHECK_EQ(said_of_listener("{ tcp: 0.0.0.0:9000, allow_remote: true }"),
             begin + "list in allow the addresses that may");
    CHECK_EQ(said_of_listener("{ tcp: 0.0.0.0:9000, allow_remote: true, allow: [10.0.0.1] }"), "");
    CHECK_EQ(said_of_listener("{ tcp: \"[::1]:9000\" }"), "");
}

TEST_CASE("two listeners at one place are refused, both named") {
    CHECK_EQ(said_of_listener("{ unix: run/s }, { unix: ./run/x/../s }"),
             "hbnb.yaml:3:40: pools.p.listen[1].unix: found \"DIR/run/s\", which pools.p.listen[0].unix "
             "(hbnb.yaml:3:23) has already");
    CHECK_EQ(said_of_listener("{ tcp: \"[::1]:9000\" }, { tcp: \"[0:0::1]:9000\" }"),
             "hbnb.yaml:3:45: pools.p.listen[1].tcp: found \"::1:9000\", which pools.p.listen[0].tcp (hbnb.yaml:3:22) "
             "has already");
    CHECK_EQ(problems_of("control: s\n" + pool_with("")),
             "hbnb.yaml:4:23: pools.p.listen[0].unix: found \"DIR/s\", which control (hbnb.yaml:1:10) has already");
    CHECK_EQ(problems_of(pool_with("  q:\n    listen: [ { unix: s } ]\n    handlers: { directory: h }\n")),
             "hbnb.yaml:6:23: pools.q.listen[0].unix: found \"DIR/s\", which pools.p.listen[0].unix (hbnb.yaml:3:23) "
             "has already");
}

TEST_CASE("sizes of a pool fit each other, and what was written is blamed") {
    CHECK_EQ(said_of_pool("workers: { min: 9, max: 3 }"),
             "hbnb.yaml:5:21: pools.p.workers.min: found 9; allowed at most workers.max (3)");
    CHECK_EQ(said_of_pool("workers: { min: 17 }"),
             "hbnb.yaml:5:21: pools.p.workers.min: found 17; allowed at most workers.max (16 by default)");
    CHECK_EQ(said_of_pool("workers: { max: 1 }"),
             "hbnb.yaml:5:21: pools.p.workers.max: found 1; allowed at least workers.min (2 by default)");
    CHECK_EQ(said_of_pool("workers: { max: 4, spare: 9, threads: 2 }"),
             "hbnb.yaml:5:31: pools.p.workers.spare: found 9; allowed at most workers.max (4) × workers.threads (2)");
    CHECK_EQ(said_of_pool("workers: { max: 4, spare: 8, threads: 2 }"), "");
    CHECK_EQ(problems_of(pool_with("    workers: { threads: 8 }\n    limits: { connections: 7 }\n")),
             "hbnb.yaml:6:28: pools.p.limits.connections: found 7; allowed at least workers.threads (8)");
}

TEST_CASE("a rule between settings is silent where one of them is wrong already") {
    CHECK_EQ(said_of_pool("workers: { min: x, max: 1 }"),
             "hbnb.yaml:5:21: pools.p.workers.min: found \"x\"; allowed a whole number from 1 to 1024");
}

TEST_CASE("a variable in a path is refused, as nothing replaces it") {
    const std::string rest = "; a variable is not replaced here: write its value, or give it with --set";
    CHECK_EQ(problems_of(pool_with("") + "log: { error: \"${HOME}/error.log\" }\n"),
             "hbnb.yaml:5:15: log.error: found \"${HOME}/error.log\" in quotes; allowed stderr or a path" + rest);
    CHECK_EQ(problems_of(pool_with("") + "control: /run/${NAME}.sock\n"),
             "hbnb.yaml:5:10: control: found \"/run/${NAME}.sock\"; allowed a path of at most 107 bytes" + rest);
    CHECK_EQ(problems_of(pool_with("") + "control: /run/$NAME.sock\n"), "");
}

TEST_CASE("a drain shorter than a request is sound, and warned of") {
    const auto warned_of = [](const std::string &timeouts) {
        return warnings(ConfigFile(pool_with("    timeouts: { " + timeouts + " }\n")).config());
    };
    CHECK(warned_of("drain: 30s, request: 30s").empty());
    CHECK_EQ(warned_of("drain: 5s, request: 1m").at(0),
             "pools.p.timeouts.drain (5s) is shorter than pools.p.timeouts.request (1m): a "
             "reload, a stop or a worker's retirement cuts off requests that take longer");
    CHECK_EQ(warned_of("drain: 5s, request: 0").size(), 1);
}

TEST_CASE("a drain shorter than the deadline of one mount is warned of by the mount's name") {
    const auto warned_of = [](const std::string &deadline) {
        return warnings(ConfigFile("pools:\n  p:\n    listen: [ { unix: s } ]\n    handlers:\n      mounts:\n"
                                   "        /events: { plugin: ./a.so, timeouts: { request: " +
                                   deadline + " } }\n        /: { plugin: ./b.so }\n")
                            .config());
    };
    CHECK(warned_of("30s").empty());
    REQUIRE(warned_of("1h").size() == 1);
    CHECK_EQ(warned_of("1h").at(0),
             "pools.p.timeouts.drain (30s) is shorter than pools.p.handlers.mounts./events.timeouts.request (1h): a "
             "reload, a stop or a worker's retirement cuts off requests that take longer");
    REQUIRE(warned_of("0").size() == 1);
    CHECK(warned_of("0").at(0).find("request (no limit)") != std::string::npos);
}

TEST_CASE("a mount is a path of whole segments") {
    const auto said_of = [](const std::string &mount) {
        return problems_of("pools:\n  p:\n    listen: [ { unix: s } ]\n    handlers:\n      mounts:\n        " + mount +
                           ": { plugin: ./a.so }\n");
    };
    const std::string begin = "hbnb.yaml:6:9: pools.p.handlers.mounts: found the mount ",
                      end = "; allowed a path such as / or /api/v1";
    CHECK_EQ(said_of("api"), begin + "\"api\": it does not begin with '/'" + end);
    CHECK_EQ(said_of("/api/"), begin + "\"/api/\": it ends with '/'" + end);
    CHECK_EQ(said_of("//"), begin + "\"//\": it has an empty segment ('//')" + end);
    CHECK_EQ(said_of("\"/a\\x07\""), begin + "\"/a\\x07\": it has a control character" + end);
    CHECK_EQ(said_of("\"/a b\""), begin + "\"/a b\": it has a blank" + end);
    CHECK_EQ(said_of("/"), "");
    CHECK_EQ(said_of("/" + std::string(254, 'm')), "");
    CHECK_EQ(said_of("/a.b/c-d"), "");
}

TEST_CASE("a mount has a plugin that can be found, and a mapping for it") {
    const auto said_of = [](const std::string &mount) {
        return problems_of("pools:\n  p:\n    listen: [ { unix: s } ]\n    handlers: { mounts: { /: " + mount +
                           " } }\n");
    };
    CHECK_EQ(
        said_of("{}"),
        "hbnb.yaml:4:27: pools.p.handlers.mounts./.plugin: missing; allowed a file name such as api.so, or a path");
    CHECK_EQ(
        said_of("a.so"),
        "hbnb.yaml:4:30: pools.p.handlers.mounts./: found \"a.so\"; allowed a mapping of plugin, config, timeouts");
    CHECK_EQ(said_of("{ plugin: \"\" }"),
             "hbnb.yaml:4:40: pools.p.handlers.mounts./.plugin: found \"\" in quotes; allowed a file name such as "
             "api.so, or a path");
    CHECK_EQ(said_of("{ plugin: a.so }"),
             "hbnb.yaml:4:40: pools.p.handlers.mounts./.plugin: found \"a.so\", a name without a slash, and no "
             "handlers.directory to look it up in; "
             "set that, or write a path such as ./a.so");
    CHECK_EQ(said_of("{ plugin: ./a.so, config: [1] }"),
             "hbnb.yaml:4:56: pools.p.handlers.mounts./.config: found a list; allowed a mapping");
}

TEST_CASE("a pool without plugins is refused") {
    CHECK_EQ(problems_of("pools:\n  p:\n    listen: [ { unix: s } ]\n"),
             "hbnb.yaml:2:3: pools.p.handlers: found neither directory nor mounts; a pool needs plugins to serve");
}

TEST_CASE("all mistakes are told at once, in the order of the file, and no more than a hundred") {
    CHECK_EQ(
        problems_of("a: 1\nlog: { level: x }\npools: { p: { listen: [ {} ], b: 2, handlers: { directory: h } } }\n"),
        "hbnb.yaml:1:1: a: unknown key; allowed user, group, control, control_uids, log, pools\n"
        "hbnb.yaml:2:15: log.level: found \"x\"; allowed debug, info, warning or error\n"
        "hbnb.yaml:3:25: pools.p.listen[0]: found neither unix nor tcp; allowed { unix: PATH } or { tcp: ADDRESS:PORT "
        "}\n"
        "hbnb.yaml:3:31: pools.p.b: unknown key; allowed listen, workers, scaling, waiting, retire, timeouts, limits, "
        "handlers");
    std::string many = pool_with("");
    for (int i = 0; i < 150; ++i) many += "k" + std::to_string(i) + ": 1\n";
    const Loaded loaded = ConfigFile(many).load();
    const auto &sentences = std::get<Problems>(loaded).sentences;
    REQUIRE(sentences.size() == 101);
    CHECK(sentences.back().ends_with("hbnb.yaml: 50 more like these"));
}

TEST_CASE("mistakes stand in the file's order, whoever found them first") {
    CHECK_EQ(
        problems_of(pool_with("    workers: { min: 9, max: 3 }\n    workers: {}\n    x: 1\n") + "y: 1\n"),
        "hbnb.yaml:5:21: pools.p.workers.min: found 9; allowed at most workers.max (3)\n"
        "hbnb.yaml:6:5: pools.p.workers: found this key twice; the first is at line 5, column 5\n"
        "hbnb.yaml:7:5: pools.p.x: unknown key; allowed listen, workers, scaling, waiting, retire, timeouts, limits, "
        "handlers\n"
        "hbnb.yaml:8:1: y: unknown key; allowed user, group, control, control_uids, log, pools");
}

TEST_CASE("a long value is cut in a sentence, never inside a character") {
    std::string level(79, 'x');
    for (int i = 0; i < 40; ++i) level += "\xc3\xa9";
    CHECK_EQ(
        problems_of("log: { level: " + level + " }\n" + pool_with("")),
        "hbnb.yaml:1:15: log.level: found \"" + std::string(79, 'x') + "...\"; allowed debug, info, warning or error");
}

TEST_CASE("a password in a value that is refused is not repeated") {
    CHECK_EQ(
        said_of_pool("workers: mysql://u:secret@h/db"),
        "hbnb.yaml:5:14: pools.p.workers: found \"mysql://u:***@h/db\"; allowed a mapping of min, max, spare, threads, "
        "debuggable, wrapper");
}

namespace {

std::string on(const std::string &listener, const std::vector<std::string> &overrides = {}) {
    return problems_of("pools:\n  p:\n    listen:\n      - " + listener + "\n    handlers: { directory: /plugins }\n",
                       overrides);
}

}  // namespace

TEST_CASE("dual_stack is for the address [::] alone, and its port is taken for IPv4 too") {
    CHECK_EQ(on("{ tcp: \"[::]:9000\", allow_remote: true, dual_stack: true, allow: [10.0.0.5] }"), "");
    CHECK_EQ(on("{ tcp: \"[::1]:9000\", dual_stack: true }"),
             "hbnb.yaml:4:42: pools.p.listen[0].dual_stack: found true with [::1]:9000; allowed with tcp: "
             "\"[::]:9000\" alone, which then takes IPv4 too: leave it out, or list two sockets");
    CHECK_EQ(on("{ tcp: 127.0.0.1:9000, dual_stack: true, allow: [\"::1\"] }"),
             "hbnb.yaml:4:44: pools.p.listen[0].dual_stack: found true with 127.0.0.1:9000; allowed with tcp: "
             "\"[::]:9000\" alone, which then takes IPv4 too: leave it out, or list two sockets");
    CHECK_EQ(on("{ tcp: \"0.0.0.0:9000\", allow_remote: true, allow: [10.0.0.5] }\n"
                "      - { tcp: \"[::]:9000\", allow_remote: true, dual_stack: true, allow: [10.0.0.5] }"),
             "hbnb.yaml:5:16: pools.p.listen[1].tcp: found \"0.0.0.0:9000\", which pools.p.listen[0].tcp "
             "(hbnb.yaml:4:16) has already");
    CHECK_EQ(on("{ tcp: \"0.0.0.0:9000\", allow_remote: true, allow: [10.0.0.5] }\n"
                "      - { tcp: \"[::]:9000\", allow_remote: true, allow: [\"fe80::1\"] }"),
             "");
}

TEST_CASE("a list of peers that can never come to its socket is refused") {
    const std::string v4 = "found IPv4 addresses only, and ", v6 = "found IPv6 addresses only, and ";
    CHECK_EQ(
        on("{ tcp: \"[::]:9000\", allow_remote: true, allow: [127.0.0.1] }"),
        "hbnb.yaml:4:56: pools.p.listen[0].allow: " + v4 +
            "[::]:9000 takes IPv6 only, so that nothing could connect; list IPv6 addresses, or set dual_stack: true");
    CHECK_EQ(on("{ tcp: \"[::1]:9000\", allow: [127.0.0.1, \"::ffff:10.0.0.5\"] }"),
             "hbnb.yaml:4:37: pools.p.listen[0].allow: " + v4 +
                 "[::1]:9000 takes IPv6 only, so that nothing could connect; list IPv6 addresses, or set tcp to an "
                 "IPv4 address");
    CHECK_EQ(on("{ tcp: 127.0.0.1:9000, allow: [\"::1\"] }"),
             "hbnb.yaml:4:39: pools.p.listen[0].allow: " + v6 +
                 "127.0.0.1:9000 takes IPv4 only, so that nothing could connect; list IPv4 addresses, or set tcp to an "
                 "IPv6 address");
    for (const char *sound : {"{ tcp: 127.0.0.1:9000, allow: [\"::1\", 127.0.0.1] }", "{ tcp: \"[::1]:9000\" }",
                              "{ tcp: \"[::1]:9000\", allow: [\"::1\", 127.0.0.1] }",
                              "{ tcp: 127.0.0.1:9000, allow: [\"::ffff:127.0.0.1\"] }"})
        CHECK_EQ(on(sound), "");
}

TEST_CASE("an IPv6 address without quotes is told to be put in quotes, with the quotes") {
    const auto advice = [](const std::string &address) {
        return "found " + address + ", an IPv6 address without quotes; put it in quotes: ";
    };
    CHECK_EQ(on("tcp: [::1]:9000"), "hbnb.yaml:4:19: " + advice("[::1]:9000") + "\"[::1]:9000\"");
    CHECK_EQ(on("{ tcp: [::]:9000, allow_remote: true }  # [x]"),
             "hbnb.yaml:4:20: " + advice("[::]:9000") + "\"[::]:9000\"");
    CHECK_EQ(on("tcp: [2001:db8:0:0:0:0:0:1]:9"),
             "hbnb.yaml:4:36: " + advice("[2001:db8:0:0:0:0:0:1]:9") + "\"[2001:db8:0:0:0:0:0:1]:9\"");
    const std::string key = "pools.p.listen[0]";
    CHECK_EQ(on("tcp: 127.0.0.1:9", {key + ".tcp=[::]:1"}),
             "--set " + key + ".tcp: " + advice("[::]:1") + "--set '" + key + ".tcp=\"[::]:1\"'");
    CHECK_EQ(on("tcp: 127.0.0.1:9", {key + "={ tcp: [::1]:9000 }"}),
             "--set " + key + ": " + advice("[::1]:9000") + "\"[::1]:9000\"");
    CHECK_EQ(on("tcp: 127.0.0.1:9", {key + ".tcp=\"[::1]:1\""}), "");
    const std::string allowed =
        "allowed an IP address and a port from 1 to 65535, such as 127.0.0.1:9000 or "
        "\"[::1]:9000\"";
    CHECK_EQ(on("tcp: [::1]"),
             "hbnb.yaml:4:14: pools.p.listen[0].tcp: found a list; " + allowed + "; put an IPv6 address in quotes");
    CHECK_EQ(
        on("{ tcp: \"[::1]:9000\", allow: [::] }"),
        "hbnb.yaml:4:37: pools.p.listen[0].allow: found a mapping in the list; allowed a list of IP addresses, such "
        "as [10.0.0.5, \"::1\"]; put an IPv6 address in quotes");
    CHECK_EQ(on("tcp: \"[::ffff:127.0.0.1]:9000\""),
             "hbnb.yaml:4:14: pools.p.listen[0].tcp: found \"[::ffff:127.0.0.1]:9000\" in quotes; " + allowed +
                 "; write the IPv4 address itself: 127.0.0.1:9000");
    CHECK_EQ(on("{ tcp: ]:9000 }").find("in quotes"), std::string::npos);
}
