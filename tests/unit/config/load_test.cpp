// Good files.
#include <doctest/doctest.h>

#include "unit/config/config_file.hpp"

using namespace hbnb;
using namespace hbnb::config;
using namespace std::chrono_literals;

TEST_CASE("a smallest file gives every default") {
    const ConfigFile file(pool_with(""));
    const Config config = file.config();
    Config expected;
    expected.file = file.path();
    Pool pool;
    pool.name = "p";
    UnixListener listener;
    listener.path = file.directory() + "/s";
    pool.listen = {listener};
    pool.handlers_directory = file.directory() + "/h";
    expected.pools = {pool};
    CHECK(config == expected);
}

TEST_CASE("every key of the file arrives in its member") {
    const Config config = ConfigFile(R"(
user: hbnb
group: "1000"
control: /c.sock
log: { level: debug, error: /e.log, access: { path: /a.log, format: combined } }
pools:
  one:
    listen:
      - { unix: /u.sock, owner: o, group: g, mode: "0600", backlog: 7, allow_uids: [33, 0] }
      - { tcp: "127.0.0.1:9000", backlog: 8 }
      - { tcp: "[0::1]:9001" }
      - { tcp: "10.0.0.1:9002", allow_remote: true, allow: [10.0.0.2, "fe80::0:1"] }
    workers: { min: 3, max: 4, spare: 5, threads: 6, wrapper: [nice, -n, 5] }
    scaling: { shrink_after: 1m }
    waiting: { length_max: 12, age_max: 500ms }
    retire: { requests: 10, jitter: 20%, age: 1h, memory: 64MiB }
    timeouts: { start: 1s, request: 2s, drain: 3s, read: 4s, write: 5s, idle: 6s }
    limits: { params: 128KiB, body: 0, connections: 9 }
    handlers: { directory: /h, mounts: { /x: { plugin: x.so, config: { n: 1 } }, /: { plugin: /lib/y.so } } }
)")
                              .config();
    CHECK(config.user == "hbnb");
    CHECK(config.group == "1000");
    CHECK(config.control == "/c.sock");
    CHECK(config.log == Log{LogLevel::debug, "/e.log", "/a.log"});
    REQUIRE(config.pools.size() == 1);
    const Pool &pool = config.pools[0];
    REQUIRE(pool.listen.size() == 4);
    CHECK(pool.listen[0] == Listener(UnixListener{"/u.sock", "o", "g", 0600, 7, false, {33, 0}}));
    CHECK(pool.listen[1] == Listener(TcpListener{"127.0.0.1", 9000, 8, false, false, {}}));
    CHECK(pool.listen[2] == Listener(TcpListener{"::1", 9001, 4096, false, false, {}}));
    CHECK(pool.listen[3] == Listener(TcpListener{"10.0.0.1", 9002, 4096, true, false, {"10.0.0.2", "fe80::1"}}));
    CHECK(pool.rules == pool::Settings{.min = 3,
                                       .max = 4,
                                       .spare = 5,
                                       .threads = 6,
                                       .shrink_after = 60s,
                                       .retire_requests = 10,
                                       .retire_jitter_percent = 20,
                                       .retire_age = 1h,
                                       .retire_memory = 64 << 20,
                                       .timeout_start = 1s,
                                       .timeout_drain = 3s});
    CHECK(pool.wrapper == std::vector<std::string>{"nice", "-n", "5"});
    CHECK(pool.waiting == Waiting{12, 500ms});
    CHECK(pool.worker.timeouts == wire::RequestTimeouts{2s, 4s, 5s, 6s});
    CHECK(pool.worker.limits == wire::RequestLimits{.params_bytes = 128 << 10, .body_bytes = 0, .connections = 9});
    CHECK(pool.handlers_directory == "/h");
    REQUIRE(pool.plugins.size() == 2);
    CHECK(pool.plugins[0].file == "/h/x.so");
    CHECK(pool.plugins[0].mount == "/x");
    CHECK(pool.plugins[0].config == R"({"n":1})");
    CHECK(pool.plugins[1].file == "/lib/y.so");
    CHECK(pool.plugins[1].mount == "/");
    CHECK(pool.plugins[1].config == "{}");
}

TEST_CASE("relative paths start at the directory of the file") {
    const ConfigFile file(R"(
control: run/c.sock
log: { error: log/../e.log, access: a.log }
pools:
  p:
    listen: [ { unix: ./s.sock } ]
    handlers: { directory: lib/, mounts: { /a: { plugin: a.so }, /b: { plugin: ./b.so }, /c: { plugin: ../c.so } } }
)");
    const Config config = file.config();
    const std::string &dir = file.directory();
    const std::string parent = dir.substr(0, dir.rfind('/'));
    CHECK(config.control == dir + "/run/c.sock");
    CHECK(config.log.error == dir + "/e.log");
    CHECK(config.log.access == dir + "/a.log");
    const Pool &pool = config.pools.at(0);
    CHECK(std::get<UnixListener>(pool.listen.at(0)).path == dir + "/s.sock");
    CHECK(pool.handlers_directory == dir + "/lib");
    CHECK(pool.plugins.at(0).file == dir + "/lib/a.so");
    CHECK(pool.plugins.at(1).file == dir + "/b.so");
    CHECK(pool.plugins.at(2).file == parent + "/c.so");
}

TEST_CASE("a plugin remembers where the file names it") {
    const ConfigFile file(pool_with("").substr(0, pool_with("").find("    handlers")) +
                          "    handlers:\n      mounts:\n        /a:\n          plugin: ./a.so\n");
    CHECK(file.config().pools.at(0).plugins.at(0).where == file.path() + ":7:19");
}

TEST_CASE("a socket path of 107 bytes is taken, one of 108 refused with both numbers") {
    const std::string longest = "/" + std::string(106, 'x');
    const auto with_socket = [](const std::string &path) {
        return std::string("pools: { p: { listen: [ { unix: ")
            .append(path)
            .append(" } ], handlers: { directory: h } } }");
    };
    CHECK_EQ(problems_of(with_socket(longest)), "");
    CHECK_EQ(problems_of(with_socket(longest + "y")),
             "hbnb.yaml:1:33: pools.p.listen[0].unix: found a path of 108 bytes, \"/" + std::string(79, 'x') +
                 "...\"; allowed at most 107 (the address of a Unix socket holds 108 with its closing NUL)");
}

TEST_CASE("a section whose keys are all commented out counts as absent") {
    CHECK_EQ(problems_of("log:\n" + pool_with("    workers:\n    limits:\n")), "");
}

TEST_CASE("the access log is a path, a mapping or off") {
    const auto access = [](const std::string &value) {
        const std::string log = std::string("log: { access: ").append(value).append(" }\n");
        return ConfigFile(log + pool_with("")).config().log.access;
    };
    CHECK(access("/a.log") == "/a.log");
    CHECK(access("{ path: /b.log }") == "/b.log");
    CHECK(access("off") == "");
    CHECK(access("\"off\"") == "");
}

TEST_CASE("zero needs no unit where it is allowed") {
    const Config config =
        ConfigFile(
            pool_with("    retire: { requests: 0, age: 0, memory: 0, jitter: 0 }\n    timeouts: { request: 0 }\n"))
            .config();
    const pool::Settings &rules = config.pools.at(0).rules;
    CHECK(rules.retire_requests == 0);
    CHECK(rules.retire_jitter_percent == 0);
    CHECK(rules.retire_age == 0s);
    CHECK(rules.retire_memory == 0);
    CHECK(config.pools.at(0).worker.timeouts.request == 0s);
}

TEST_CASE("a file with Windows line ends and a byte order mark is read") {
    std::string text = pool_with("");
    for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) text.insert(at, "\r");
    CHECK_EQ(problems_of("\xef\xbb\xbf" + text), "");
}
