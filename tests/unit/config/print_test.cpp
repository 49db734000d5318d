// --print-config.
#include <doctest/doctest.h>

#include "config/language/findings.hpp"
#include "config/settings/settings.hpp"
#include "unit/config/config_file.hpp"

using namespace hbnb::config;

namespace {

Config read_back(const Config &config) { return ConfigFile(print_config(config)).config(); }

const char *const kRich = R"(
user: hbnb
control: c.sock
log: { level: warning, error: e.log, access: a.log }
pools:
  one:
    listen:
      - { unix: u.sock, group: www-data, allow_uids: [33, 0] }
      - { unix: v.sock, allow_uids: [] }
      - { tcp: "[::1]:9001", allow: ["::1"] }
    workers: { min: 1, max: 3, threads: 4, wrapper: [/usr/bin/env, "A=b c"] }
    retire: { requests: 1000, age: 90s, memory: 1048577B }
    limits: { body: 1048577B }
    handlers:
      directory: "h \"quoted\" \\ é"
      mounts:
        /x: { plugin: x.so, config: { a: [1, -2, 2.5, 1e300, true, null, "true", "a: b # c", "\t\n\x01\x7f"], "k: 1": {}, "": "" } }
        "/a:#{c}": { plugin: /y.so }
  "null":
    listen: [ { unix: w.sock } ]
    handlers: { mounts: { /: { plugin: ./z.so } } }
)";

}  // namespace

TEST_CASE("what is printed loads again as the same configuration") {
    for (const auto &text : {std::string(kRich), pool_with("")}) {
        const Config config = ConfigFile(text).config();
        CHECK(comparable(read_back(config)) == comparable(config));
    }
}

TEST_CASE("what is printed has every key") {
    const std::string printed = print_config(ConfigFile(kRich).config());
    for (const Setting &row : settings()) {
        INFO(pattern(row));
        const std::string word(row.key.substr(row.key.rfind('.') + 1));
        CHECK(printed.find(word + ":") != std::string::npos);
    }
}

TEST_CASE("what is printed is the shape that people write") {
    CHECK(print_config(ConfigFile("control: /c\n" + pool_with("")).config())
              .starts_with(R"(user: ""  # default: whoever starts it
group: ""  # default: the user's own
control: "/c"
control_uids: []  # default
log:
  level: info  # default
  error: stderr  # default
  access: off  # default
pools:
  p:
    listen:
      - unix: ")"));
}

TEST_CASE("passwords in URLs are not printed") {
    const std::string text =
        "pools: { p: { listen: [ { unix: s } ], handlers: { mounts: { /: { plugin: ./a.so, config: { database: "
        "\"mysql://u:secret@h/db\", more: [ \"x://a:se/cr@et@h, y://b:secret@h\" ] } } } } } }";
    const std::string printed = print_config(ConfigFile(text).config());
    CHECK(printed.find("\"mysql://u:***@h/db\"") != std::string::npos);
    CHECK(printed.find("\"x://a:***@h, y://b:***@h\"") != std::string::npos);
    CHECK(printed.find("secret") == std::string::npos);
}

TEST_CASE("what a plugin's settings call a secret is not printed") {
    const std::string text =
        "pools: { p: { listen: [ { unix: s } ], handlers: { mounts: { /: { plugin: ./a.so, config: { db_password: s1, "
        "API_KEY: s2, auth: { Token: s3 }, secrets: [ s4, { a: s5 } ], user: u, keys_max: 3, token_life: 5 } } } } } }";
    const std::string printed = print_config(ConfigFile(text).config());
    for (const char *secret : {"s1", "s2", "s3", "s4", "s5"}) CHECK(printed.find(secret) == std::string::npos);
    for (const char *kept : {"\"user\": \"u\"", "\"keys_max\": 3", "\"token_life\": 5"})
        CHECK(printed.find(kept) != std::string::npos);
}

TEST_CASE("a value that is the default is marked, and no other") {
    const std::string printed =
        print_config(ConfigFile(pool_with("    workers: { max: 9 }\n    timeouts: { start: 10s }\n")).config());
    CHECK(printed.find("      max: 9\n") != std::string::npos);
    CHECK(printed.find("      min: 2  # default\n") != std::string::npos);
    CHECK(printed.find("      start: 10s  # default\n") != std::string::npos);
    CHECK(printed.find("unix: ") != std::string::npos);
    CHECK(printed.find("s\"  # default") == std::string::npos);
}

TEST_CASE("only passwords are taken out of texts") {
    CHECK(without_passwords("sqlite:///var/lib/hbnb/hbnb.db") == "sqlite:///var/lib/hbnb/hbnb.db");
    CHECK(without_passwords("mysql://user@host:3306/db") == "mysql://user@host:3306/db");
    CHECK(without_passwords("http://host:80/") == "http://host:80/");
    CHECK(without_passwords("a@b: c") == "a@b: c");
    CHECK(without_passwords("x://:p@h") == "x://:***@h");
    CHECK(without_passwords("x://u:@h") == "x://u:***@h");
    CHECK(without_passwords("://") == "://");
}
