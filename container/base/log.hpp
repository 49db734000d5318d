// Log records: how a line of the error log looks, whoever writes it. One record is one line; nothing a plugin or a
// client sends can start a second line or move a terminal's cursor.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hbnb {

enum class LogLevel { debug, info, warning, error };

inline constexpr std::size_t kLogLineMax = 4096;  // bytes of one line, newline included; longer text is cut with "..."

std::string_view log_level_name(LogLevel level);  // "debug", "info", "warning", "error"
std::optional<LogLevel> log_level_named(std::string_view name);

// Control characters (0x00-0x1f, 0x7f) and backslash as \xNN and \\; other bytes as they are.
std::string escape_control(std::string_view text);

// "2026-11-21T01:02:03.456Z warning manager[123]: text\n": UTC, escaped, at most kLogLineMax bytes.
std::string format_log_line(std::chrono::system_clock::time_point at, LogLevel level, std::string_view who,
                            std::string_view text);

}  // namespace hbnb
