// Bounds of a pool's size given by hand: what the file refuses is refused here, in the same words.
#include "config/settings/worker_bounds.hpp"

#include <doctest/doctest.h>

#include "unit/config/config_file.hpp"

using namespace hbnb;
using namespace hbnb::config;

TEST_CASE("bounds by hand are what the file allows") {
    const auto bounds = read_worker_bounds("1", "1024");
    REQUIRE(bounds.has_value());
    CHECK_EQ(bounds->min, 1);
    CHECK_EQ(bounds->max, 1024);
}

TEST_CASE("what the file refuses of workers.min and workers.max is refused by hand in the same words") {
    const std::pair<const char *, const char *> bad[] = {
        {"2", "5000"},  {"2", "1025"}, {"0", "8"},    {"-1", "8"}, {"2", "99999999999999999999"},
        {"2", "1e3"},   {"2", "many"}, {"2.5", "8"},  {"2", ""},   {"", "8"},
        {"0x10", "32"}, {"2", "+8"},   {"true", "8"}, {"8", "2"},
    };
    for (const auto &[least, most] : bad) {
        const char *const min = least, *const max = most;  // which a lambda of the test library's can capture
        CAPTURE(min);
        CAPTURE(max);
        const auto by_hand = read_worker_bounds(min, max);
        REQUIRE_FALSE(by_hand.has_value());
        std::string file = problems_of(pool_with("    workers: { min: " + std::string(min) + ", max: " + max + " }\n"));
        file = file.substr(0, file.find('\n'));
        const std::string key = "pools.p.";
        std::string sentence = file.substr(file.find(key) + key.size());
        const std::string advice = "; leave the key out for the default";
        if (sentence.ends_with(advice)) sentence.resize(sentence.size() - advice.size());
        std::string said = by_hand.error().message;
        if (said.ends_with(advice)) said.resize(said.size() - advice.size());
        CHECK_EQ(said, sentence);
    }
}

TEST_CASE("a change has a sign and a number of workers that there can be") {
    CHECK_EQ(read_worker_change("+1").value(), 1);
    CHECK_EQ(read_worker_change("-1024").value(), -1024);
    for (const char *text : {"", "+", "1", "+0", "-0", "+1025", "+99999999999999999999", "+-1", "++1", "+1 ", "many"}) {
        const auto change = read_worker_change(text);
        REQUIRE_FALSE(change.has_value());
        CHECK_EQ(change.error().message,
                 "found \"" + std::string(text) + "\"; allowed +N or -N, N a whole number from 1 to 1024");
    }
}
