// What YAML itself may be wrong with, and the YAML that is not taken: such a finding comes alone.
#include <doctest/doctest.h>

#include "unit/config/config_file.hpp"

using namespace hbnb::config;

TEST_CASE("a syntax error is told with its place, and alone") {
    CHECK_EQ(problems_of("usr: x\ngroup: [a\npools: {}\n"),
             "hbnb.yaml:3:6: unable to parse the YAML: end of sequence flow not found");
    CHECK_EQ(problems_of("usr: x\na: b: c\n"), "hbnb.yaml:2:5: unable to parse the YAML: illegal map value");
    CHECK_EQ(problems_of("usr: \"x\n"),
             "hbnb.yaml:1:1: unable to parse the YAML: a quotation mark, [ or { near here is never closed");
    CHECK_EQ(problems_of("a:\n  b: 'x"),
             "hbnb.yaml:2:3: unable to parse the YAML: a quotation mark, [ or { near here is never closed");
    CHECK_EQ(problems_of("\"x"),
             "hbnb.yaml:1:1: unable to parse the YAML: a quotation mark, [ or { near here is never closed");
    CHECK_EQ(problems_of("a: [x"),
             "hbnb.yaml:1:5: unable to parse the YAML: a quotation mark, [ or { near here is never closed");
    CHECK_EQ(problems_of("a: {x: 1\n"),
             "hbnb.yaml:1:5: unable to parse the YAML: a quotation mark, [ or { near here is never closed");
}

TEST_CASE("a tab that indents is called by its name") {
    CHECK_EQ(
        problems_of("log:\n\tlevel: info\n"),
        "hbnb.yaml:2:7: unable to parse the YAML: illegal map value; the line begins with a tab, indent with spaces");
}

TEST_CASE("anchors, aliases and tags are refused: nothing can multiply") {
    CHECK_EQ(problems_of("a: &x [1]\nb: *x\n"),
             "hbnb.yaml:1:4: found the anchor &x; anchors and aliases are not allowed, write the value out");
    CHECK_EQ(problems_of("a: *x\n"), "hbnb.yaml:1:4: unable to parse the YAML: the referenced anchor is not defined");
    CHECK_EQ(problems_of("a: !!int 3\n"),
             "hbnb.yaml:1:4: found the tag \"tag:yaml.org,2002:int\"; tags are not allowed");
    CHECK_EQ(problems_of("a: !mine [3]\n"), "hbnb.yaml:1:4: found the tag \"!mine\"; tags are not allowed");
}

TEST_CASE("a second document is refused") {
    CHECK_EQ(problems_of("user: a\n---\nuser: b\n"),
             "hbnb.yaml:2:1: found a second document or text outside the mapping; allowed one document");
    CHECK_EQ(problems_of("- a\nuser: b\n"),
             "hbnb.yaml:2:1: found a second document or text outside the mapping; allowed one document");
}

TEST_CASE("nesting is bounded") {
    CHECK_EQ(problems_of(std::string(40, '[') + std::string(40, ']')),
             "hbnb.yaml:1:33: found more than 32 levels of lists and mappings");
}

TEST_CASE("keys are words of bounded length") {
    CHECK_EQ(problems_of("? [a]\n: b\n"),
             "hbnb.yaml:1:3: found a list or a mapping that is a key or is never closed; allowed words as keys");
    CHECK_EQ(problems_of("~: b\n"),
             "hbnb.yaml:1:1: found a key that is nothing; allowed a word (null and ~ need quotation marks)");
    CHECK_EQ(problems_of("? " + std::string(256, 'k') + "\n: b\n"),
             "hbnb.yaml:1:3: found a key of 256 bytes; allowed at most 255");
}

TEST_CASE("a key written twice is found, with the place of the first, and the first counts") {
    CHECK_EQ(
        problems_of("user: a\n" + pool_with("    workers: { min: 3, min: 5000 }\n    workers: {}\n") + "user: b\n"),
        "hbnb.yaml:6:24: pools.p.workers.min: found this key twice; the first is at line 6, column 16\n"
        "hbnb.yaml:7:5: pools.p.workers: found this key twice; the first is at line 6, column 5\n"
        "hbnb.yaml:8:1: user: found this key twice; the first is at line 1, column 1");
}

TEST_CASE("a key written twice is found in a plugin's own settings, too") {
    CHECK_EQ(
        problems_of(
            pool_with("").substr(0, 40) +
            "    handlers: { directory: h, mounts: { /: { plugin: a.so, config: { l: [ 1, { x: 1, x: 2 } ] } } } }\n"),
        "hbnb.yaml:4:86: pools.p.handlers.mounts./.config.l[1].x: found this key twice; the first is at line 4, column "
        "80");
}

TEST_CASE("two pools of one name and two mounts at one path are refused, both places named") {
    CHECK_EQ(problems_of(pool_with("  p:\n    listen: []\n")),
             "hbnb.yaml:5:3: pools.p: found this key twice; the first is at line 2, column 3");
    CHECK_EQ(problems_of("pools:\n  p:\n    listen: [ { unix: s } ]\n    handlers:\n      mounts:\n        /a: { "
                         "plugin: ./a.so }\n        /a: { plugin: ./b.so }\n"),
             "hbnb.yaml:7:9: pools.p.handlers.mounts./a: found this key twice; the first is at line 6, column 9");
}
