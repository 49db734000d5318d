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
    CHECK(escape_for_log("a\nb\r\x1b[2J\\\x7f~") == "a\\nb\\x0D\\x1B[2J\\\\\\x7F~");
    CHECK(escape_for_log(std::string_view("\x9b\xff\0", 3)) == "\\x9B\\xFF\\x00");
    CHECK(escape_for_log(escape_for_log("a\\\n"), Backslash::kept) == escape_for_log("a\\\n"));
}

TEST_CASE("stamps are those of the calendar") {
    const auto stamp = [](long long ms) {
        return error_log_stamp(std::chrono::system_clock::time_point(std::chrono::milliseconds(ms)));
    };
    CHECK(stamp(0) == "1970-01-01T00:00:00.000Z");
    CHECK(stamp(951'782'399'999) == "2000-02-28T23:59:59.999Z");
    CHECK(stamp(951'782'400'000) == "2000-02-29T00:00:00.000Z");
    CHECK(begins_with_error_log_stamp(stamp(951'782'400'000) + " x"));
    CHECK_FALSE(begins_with_error_log_stamp("2026-11-21T01:02:03+00:00 x"));
    CHECK_FALSE(begins_with_error_log_stamp("127.0.0.1 - - [21/Nov/2026:01:02:03 +0000]"));
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
