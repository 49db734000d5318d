// Files that nobody wrote by hand. Seeded: the same ones every time.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <random>

#include "config/settings/value.hpp"
#include "unit/config/config_file.hpp"

using namespace hbnb::config;

namespace {

using Random = std::mt19937;

std::size_t below(Random &random, std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
}

std::string shipped() {
    std::ifstream in(HBNB_SOURCE_DIR "/conf/hbnb.yaml", std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string random_bytes(Random &random) {
    std::string text(below(random, 400), ' ');
    for (char &c : text) c = static_cast<char>(below(random, 256));
    return text;
}

std::string token_soup(Random &random) {
    static const char *const kTokens[] = {
        "pools",  "p",    ":",   ": ", "\n", "\n  ",     "\n    ", "- ",     "{",      "}",       "[",   "]", ",",
        "listen", "unix", "tcp", "/",  "/a", "handlers", "mounts", "plugin", "config", "workers", "max", "0", "1s",
        "\"",     "'",    "#",   "&a", "*a", "!",        "!!str ", "|\n",    ">\n",    "---",     "...", "?", "~",
        "%",      "@",    "\\",  "\t", "é",  "log",      "access", "off",    "null",   "<<"};
    std::string text;
    for (std::size_t i = below(random, 80); i > 0; --i) text += kTokens[below(random, std::size(kTokens))];
    return text;
}

std::string mutated(Random &random, std::string text) {
    for (std::size_t i = 1 + below(random, 6); i > 0; --i) {
        const std::size_t at = below(random, text.size()), length = below(random, 20);
        switch (below(random, 4)) {
            case 0: text.erase(at, length); break;
            case 1: text.insert(at, text.substr(below(random, text.size()), length)); break;
            case 2: text[at] = static_cast<char>(below(random, 256)); break;
            default: text.insert(at, token_soup(random).substr(0, length)); break;
        }
        if (text.empty()) text = " ";
    }
    return text;
}

// Whatever it is, the answer is a configuration that prints and loads again, or sentences of one clean line each.
bool is_answered(ConfigFile &file, const std::string &text, const std::vector<Override> &overrides = {}) {
    file.write(text);
    const Loaded loaded = load(file.path(), overrides);
    if (const auto *config = std::get_if<Config>(&loaded)) {
        file.write(print_config(*config));
        const Loaded again = load(file.path(), {});
        const auto *same = std::get_if<Config>(&again);
        return same && comparable(*same) == comparable(*config);
    }
    const auto &sentences = std::get<Problems>(loaded).sentences;
    for (const auto &sentence : sentences)
        for (const char c : sentence)
            if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
    return !sentences.empty() && sentences.size() <= 101;
}

}  // namespace

TEST_CASE("random bytes are answered with sentences") {
    Random random(1);
    ConfigFile file("");
    for (int i = 0; i < 150; ++i) {
        CAPTURE(i);
        CHECK(is_answered(file, random_bytes(random)));
    }
}

TEST_CASE("random YAML tokens are answered with sentences") {
    Random random(2);
    ConfigFile file("");
    for (int i = 0; i < 500; ++i) {
        CAPTURE(i);
        CHECK(is_answered(file, token_soup(random)));
    }
}

TEST_CASE("a damaged hbnb.yaml is answered, or loads and prints as what it says") {
    Random random(3);
    ConfigFile file("");
    const std::string text = shipped();
    for (int i = 0; i < 150; ++i) {
        CAPTURE(i);
        CHECK(is_answered(file, mutated(random, text)));
    }
}

TEST_CASE("random overrides are answered") {
    Random random(4);
    ConfigFile file("");
    const std::string text = pool_with("");
    for (int i = 0; i < 200; ++i) {
        CAPTURE(i);
        const auto change = parse_override(mutated(random, "pools.p.handlers.mounts./a.config.x[0]=[1, {a: b}]"));
        if (change) CHECK(is_answered(file, text, {*change}));
        CHECK(is_answered(file, text, {Override{token_soup(random), token_soup(random)}}));
    }
}

TEST_CASE("any text in a plugin's settings is printed so that it loads as the same") {
    Random random(5);
    ConfigFile file("");
    for (int i = 0; i < 150; ++i) {
        CAPTURE(i);
        std::string text;
        for (std::size_t n = below(random, 30); n > 0; --n) {
            const char *const pieces[] = {"\x01", "\x7f",     "\"",           "\\",           "\n", " ", ": ", "#",
                                          "é",    "\xc2\x85", "\xe2\x80\xa8", "\xef\xbb\xbf", "x",  "'", "{",  "%"};
            text += pieces[below(random, std::size(pieces))];
        }
        std::string yaml =
            "pools: { p: { listen: [ { unix: s } ], handlers: { mounts: { /: { plugin: ./a.so, config: { ";
        yaml.append("k: ").append(yaml_string(text)).append(", ");
        yaml.append(yaml_string(std::string("k").append(text))).append(": 1 } } } } } }");
        CHECK(is_answered(file, yaml));
    }
}

TEST_CASE("large and deep files are answered") {
    ConfigFile file("");
    for (const char *piece : {"[", "{", "- ", "? ", "a: ", "x ", "&a ", "!", "\n", "'", "a: 1\n", "{a: ", "[a, "}) {
        CAPTURE(piece);
        std::string text;
        while (text.size() < 50'000) text += piece;
        CHECK(is_answered(file, text));
    }
}
