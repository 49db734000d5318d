// A line on a worker's error pipe. What the worker itself and plugins log begins with systemd's priority prefix
// (sd-daemon(3)): "<7>" debug, "<6>" info, "<4>" warning, "<3>" error; what plugins print to stdout or stderr has none and
// counts as info. The manager adds stamp and pid, escapes control characters and cuts at kLogLineMax.
#pragma once

#include <algorithm>
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
    line += text.substr(0, kLogLineMax);
    std::replace(line.begin(), line.end(), '\n', '\r');  // one record is one line; the manager escapes the rest
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
