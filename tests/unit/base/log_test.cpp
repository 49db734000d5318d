#include "base/log.hpp"

#include <doctest/doctest.h>

using namespace hbnb;

TEST_CASE("a log line carries its UTC stamp, level, writer and text") {
    const auto at = std::chrono::system_clock::time_point(std::chrono::milliseconds(1'700'000'000'123));
    CHECK(format_log_line(at, LogLevel::warning, "manager[7]", "hello") ==
          "2023-11-14T22:13:20.123Z warning manager[7]: hello\n");
}

TEST_CASE("text cannot start a second log line or send terminal escapes") {
    CHECK(escape_control("a\nb\x1b[2J\\\x7f") == "a\\x0ab\\x1b[2J\\\\\\x7f");
    CHECK(escape_control("\xc3\xa9") == "\xc3\xa9");
}

TEST_CASE("an overlong log text is cut to the line limit and says so") {
    const std::string line = format_log_line({}, LogLevel::info, "x", std::string(3 * kLogLineMax, 'a'));
    CHECK(line.size() == kLogLineMax);
    CHECK(line.substr(line.size() - 4) == "...\n");
}

TEST_CASE("level names are read back as they are written") {
    for (const auto level : {LogLevel::debug, LogLevel::info, LogLevel::warning, LogLevel::error})
        CHECK(log_level_named(log_level_name(level)) == level);
    CHECK_FALSE(log_level_named("loud").has_value());
}
