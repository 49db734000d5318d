// Log records: how a line of a log looks, whichever process writes it. One record is one line of printable ASCII;
// nothing a plugin or a client sends can start a second line or move a terminal's cursor.
//
// Both logs show one clock, the machine's wall clock in UTC, and the zone with it. The stamps are made of numbers
// alone: TZ, a locale, setenv() or tzset() in a plugin cannot change them.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hbnb {

enum class LogLevel { debug, info, warning, error };

// Bytes of one line of either log, newline included; longer text is cut. A pipe takes so many in one piece (PIPE_BUF).
inline constexpr std::size_t kLogLineMax = 4096;

std::string_view log_level_name(LogLevel level);  // "debug", "info", "warning", "error"
std::optional<LogLevel> log_level_named(std::string_view name);

// Control characters (0x00-0x1f, 0x7f) and backslash as \xNN and \\; other bytes as they are.
std::string escape_control(std::string_view text);

// All but printable ASCII as \xHH (upper case, as nginx writes it), and a newline as \n. Backslash as \\, unless it is
// kept: for text that has been escaped before. A quotation mark stays.
enum class Backslash { doubled, kept };
std::string escape_for_log(std::string_view text, Backslash backslash = Backslash::doubled);

inline constexpr std::array<char, 16> kHexDigits{'0', '1', '2', '3', '4', '5', '6', '7',
                                                 '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'};

// "2026-11-21T01:02:03.456Z", the error log's, and "21/Nov/2026:01:02:03 +0000", as the Combined format has it.
std::string error_log_stamp(std::chrono::system_clock::time_point at);
std::string access_log_stamp(std::chrono::system_clock::time_point at);
bool begins_with_error_log_stamp(std::string_view line);

// "2026-11-21T01:02:03.456Z warning manager[123]: text\n": escaped, at most kLogLineMax bytes.
std::string format_log_line(std::chrono::system_clock::time_point at, LogLevel level, std::string_view who,
                            std::string_view text, Backslash backslash = Backslash::doubled);

}  // namespace hbnb
