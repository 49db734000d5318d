// A plugin's own settings as JSON.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "unit/config/config_file.hpp"

using namespace hbnb::config;

namespace {

std::string file_with(const std::string &value) {
    return "pools:\n  p:\n    listen: [ { unix: s } ]\n    handlers:\n      mounts:\n        /:\n          plugin: "
           "./a.so\n          config: { v: " +
           value + " }\n";
}

std::string json_of(const std::string &value) {
    const auto config = nlohmann::json::parse(ConfigFile(file_with(value)).config().pools.at(0).plugins.at(0).config);
    return config.at("v").dump();
}

}  // namespace

TEST_CASE("unquoted scalars are typed as YAML's core schema says") {
    CHECK(json_of("true") == "true");
    CHECK(json_of("FALSE") == "false");
    CHECK(json_of("null") == "null");
    CHECK(json_of("~") == "null");
    CHECK(json_of("12") == "12");
    CHECK(json_of("-12") == "-12");
    CHECK(json_of("+12") == "12");
    CHECK(json_of("0o17") == "15");
    CHECK(json_of("0xfF") == "255");
    CHECK(json_of("007") == "7");
    CHECK(json_of("18446744073709551615") == "18446744073709551615");
    CHECK(json_of("-9223372036854775808") == "-9223372036854775808");
    CHECK(json_of("1.5") == "1.5");
    CHECK(json_of("-.5") == "-0.5");
    CHECK(json_of("2.") == "2.0");
    CHECK(json_of("1e3") == "1000.0");
}

TEST_CASE("quoted scalars and everything else stay text") {
    for (const char *text : {"\"true\"", "'12'", "\"1.5\"", "\"null\"", "\"\""})
        CHECK(json_of(text) == "\"" + std::string(text).substr(1, std::string(text).size() - 2) + "\"");
    for (const char *text :
         {"yes", "off", "tRUE", "0b1", "0x", "1.2.3", "1e", "-x", "+", ".", "12a", "2001-01-01", "0o8"})
        CHECK(json_of(text) == "\"" + std::string(text) + "\"");
}

TEST_CASE("lists and mappings keep their shape") {
    CHECK(json_of("{ b: [1, { c: x }], a: [] }") == R"({"a":[],"b":[1,{"c":"x"}]})");
}

TEST_CASE("a setting without a config gets an empty object") {
    const std::string text = file_with("1");
    CHECK(ConfigFile(text.substr(0, text.find("          config"))).config().pools.at(0).plugins.at(0).config == "{}");
    CHECK(ConfigFile(text.substr(0, text.find(" { v")) + "\n").config().pools.at(0).plugins.at(0).config == "{}");
}

TEST_CASE("what JSON cannot say is refused with its place") {
    const std::string begin = "hbnb.yaml:8:24: pools.p.handlers.mounts./.config.v: found ";
    CHECK_EQ(problems_of(file_with(".nan")),
             begin + "\".nan\", which JSON cannot say; put it in quotes to hand it on as text");
    CHECK_EQ(problems_of(file_with("-.inf")),
             begin + "\"-.inf\", which JSON cannot say; put it in quotes to hand it on as text");
    CHECK_EQ(problems_of(file_with("1e999")),
             begin + "\"1e999\", which JSON cannot say; put it in quotes to hand it on as text");
    CHECK_EQ(problems_of(file_with("18446744073709551616")),
             begin +
                 "\"18446744073709551616\"; allowed a whole number from -2^63 to 2^64-1; put it in quotes to hand it "
                 "on as text");
}
