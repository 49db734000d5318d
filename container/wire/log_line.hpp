// A line of a worker's own, and of what plugins log by the host's table, on the worker's log pipe: systemd's priority
// prefix (sd-daemon(3): "<7>" debug, "<6>" info, "<4>" warning, "<3>" error), the text, escaped, and a newline; at most
// kLogLineMax bytes, so that a pipe takes it in one piece. What plugins print comes through other pipes and has no
// prefix: it counts as info, whatever it begins with. The manager adds stamp and pid, and escapes what should have
// been.
#pragma once

#include <string>
#include <string_view>

#include "base/log.hpp"

namespace hbnb::wire {

struct LogLine {
    LogLevel level = LogLevel::info;
    std::string_view text;  // into what was decoded
};

inline std::string encode_log_line(LogLevel level, std::string_view text) {
    constexpr char kPriority[] = {'7', '6', '4', '3'};
    std::string line{'<', kPriority[static_cast<int>(level)], '>'};
    line += escape_for_log(text.substr(0, kLogLineMax));
    if (line.size() >= kLogLineMax) line.resize(kLogLineMax - 1);
    line += '\n';
    return line;
}

// line: without its newline.
inline LogLine decode_log_line(std::string_view line) {
    if (line.size() < 3 || line[0] != '<' || line[2] != '>') return {LogLevel::info, line};
    const std::string_view text = line.substr(3);
    switch (line[1]) {
        case '7': return {LogLevel::debug, text};
        case '6': return {LogLevel::info, text};
        case '4': return {LogLevel::warning, text};
        case '3': return {LogLevel::error, text};
        default: return {LogLevel::info, line};
    }
}

}  // namespace hbnb::wire
