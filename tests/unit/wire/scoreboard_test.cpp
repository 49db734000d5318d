#include "wire/scoreboard.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using hbnb::wire::SharedText;

TEST_CASE("a shared text is what was stored last, whatever was there before, cut where it does not fit") {
    SharedText<24> text;
    CHECK(text.load().empty());
    const std::string alphabet = "abcdefghijklmnopqrstuvwxyz";
    for (std::size_t before = 0; before <= alphabet.size(); ++before) {
        for (std::size_t size = 0; size <= alphabet.size(); ++size) {
            text.store(std::string(before, '#'));
            text.store(alphabet.substr(0, size));
            CHECK(text.load() == alphabet.substr(0, std::min<std::size_t>(size, 23)));
        }
    }
    text.store({});
    CHECK(text.load().empty());
}

TEST_CASE("a shared text ends at its first NUL") {
    SharedText<16> text;
    text.store(std::string("ab\0cd", 5));
    CHECK(text.load() == "ab");
}
