#include <hbnb/text.hpp>

#include <doctest/doctest.h>

using namespace hbnb::sdk;

TEST_CASE("a query value is decoded once: %XX is a byte, '+' a blank") {
    CHECK(decode_query("a%20b+c") == "a b c");
    CHECK(decode_query("%2B%2b") == "++");
    CHECK(decode_query("%2541") == "%41");
    CHECK(decode_query("%00") == std::string(1, '\0'));
    CHECK(decode_query("%C3%A9") == "\xC3\xA9");
}

TEST_CASE("a '%' without two hexadecimal digits stands for itself") {
    CHECK(decode_query("%") == "%");
    CHECK(decode_query("100%") == "100%");
    CHECK(decode_query("%4") == "%4");
    CHECK(decode_query("%zz%4g") == "%zz%4g");
    CHECK(decode_query("%%41") == "%A");
    CHECK(decode_query(std::string_view("%41", 2)) == "%4");  // what stands behind the text is not read
}

TEST_CASE("the first pair of a name gives the value") {
    CHECK(find_query_value("ms=5&ms=6", "ms") == "5");
    CHECK(find_query_value("a=1&ms=5", "ms") == "5");
    CHECK(find_query_value("xms=1&ms=5", "ms") == "5");
    CHECK(find_query_value("&&ms=5", "ms") == "5");
    CHECK(find_query_value("a=b=c", "a") == "b=c");
}

TEST_CASE("a name without a value is there and empty, another name is not there") {
    CHECK(find_query_value("ms", "ms") == "");
    CHECK(find_query_value("ms=", "ms") == "");
    CHECK(find_query_value("a&ms&b", "ms") == "");
    CHECK_FALSE(find_query_value("", "ms"));
    CHECK_FALSE(find_query_value("msx=1", "ms"));
    CHECK_FALSE(find_query_value("MS=1", "ms"));
}

TEST_CASE("names in a query are decoded before they are compared") {
    CHECK(find_query_value("%6ds=5", "ms") == "5");
    CHECK(find_query_value("first+name=x", "first name") == "x");
}

TEST_CASE("an absent text gives an empty view and is told from an empty one") {
    CHECK(view({nullptr, 0}).empty());
    CHECK(is_absent({nullptr, 0}));
    CHECK_FALSE(is_absent({"", 0}));
    CHECK(to_text(std::string_view()).data != nullptr);  // what a plugin hands in is never absent
}
