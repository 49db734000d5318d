#include "base/log.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/error.hpp"

namespace hbnb {
namespace {

constexpr std::array<std::string_view, 4> kNames{"debug", "info", "warning", "error"};

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Civil {
    int year;
    unsigned month, day;
    long hours, minutes, seconds, milliseconds;
};

// By arithmetic: gmtime() reads the zone's file for leap seconds, and strftime() the locale.
Civil civil(std::chrono::system_clock::time_point at) {
    using namespace std::chrono;
    const auto day = floor<days>(at);
    const year_month_day date{day};
    const hh_mm_ss time{floor<milliseconds>(at) - day};
    return {static_cast<int>(date.year()),
            static_cast<unsigned>(date.month()),
            static_cast<unsigned>(date.day()),
            time.hours().count(),
            time.minutes().count(),
            time.seconds().count(),
            time.subseconds().count()};
}

constexpr std::string_view kStampShape = "0000-00-00T00:00:00.000Z";

void append_hex(std::string &out, char c) {
    const auto byte = static_cast<unsigned char>(c);
    out += {'\\', 'x', kHexDigits[byte >> 4], kHexDigits[byte & 15]};
}

}  // namespace

std::string_view log_level_name(LogLevel level) { return kNames.at(static_cast<size_t>(level)); }

std::optional<LogLevel> log_level_named(std::string_view name) {
    for (size_t i = 0; i < kNames.size(); ++i)
        if (kNames[i] == name) return static_cast<LogLevel>(i);
    return std::nullopt;
}

std::string escape_control(std::string_view text) {
    constexpr char kHex[] = "0123456789abcdef";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\\') {
            out += "\\\\";
        } else if (byte < 0x20 || byte == 0x7f) {
            out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
        } else {
            out += c;
        }
    }
    return out;
}

std::string escape_for_log(std::string_view text, Backslash backslash) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (c == '\n') {
            out += "\\n";
        } else if (c < ' ' || c > '~') {  // char is signed on some machines, and all of 0x80-0xff is outside on both
            append_hex(out, c);
        } else {
            if (c == '\\' && backslash == Backslash::doubled) out += c;
            out += c;
        }
    }
    return out;
}

std::string error_log_stamp(std::chrono::system_clock::time_point at) {
    const Civil now = civil(at);
    std::array<char, 64> out{};
    std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02ld:%02ld:%02ld.%03ldZ", now.year, now.month, now.day,
                  now.hours, now.minutes, now.seconds, now.milliseconds);
    return out.data();
}

std::string access_log_stamp(std::chrono::system_clock::time_point at) {
    const Civil now = civil(at);
    std::array<char, 64> out{};
    std::snprintf(out.data(), out.size(), "%02u/%s/%04d:%02ld:%02ld:%02ld +0000", now.day,
                  kMonths.at(now.month - 1).data(), now.year, now.hours, now.minutes, now.seconds);
    return out.data();
}

bool begins_with_error_log_stamp(std::string_view line) {
    return line.size() >= kStampShape.size() &&
           std::equal(kStampShape.begin(), kStampShape.end(), line.begin(),
                      [](char shape, char c) { return shape == '0' ? c >= '0' && c <= '9' : c == shape; });
}

std::string format_log_line(std::chrono::system_clock::time_point at, LogLevel level, std::string_view who,
                            std::string_view text, Backslash backslash) {
    std::string line = error_log_stamp(at);
    line += ' ';
    line += log_level_name(level);
    line += ' ';
    line += who;
    line += ": ";
    line += escape_for_log(text.substr(0, kLogLineMax), backslash);
    if (line.size() > kLogLineMax - 1) {
        line.resize(kLogLineMax - 4);
        line += "...";
    }
    line += '\n';
    return line;
}

Error os_error(const std::string &unable_to, int code) {
    std::array<char, 128> buffer{};
    std::string sentence = "unable to " + unable_to + ": " + strerror_r(code, buffer.data(), buffer.size());
    rlimit limit{};
    if (code == EMFILE && ::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        sentence += " (this process may have " + std::to_string(limit.rlim_cur) +
                    ": ulimit -n, or LimitNOFILE= of systemd, sets it)";
    }
    if (code == EFBIG && ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
        sentence += " (a file of this process, also one in memory, may have " + std::to_string(limit.rlim_cur) +
                    " bytes: ulimit -f, or LimitFSIZE= of systemd, sets it)";
    }
    return Error{std::move(sentence)};
}

}  // namespace hbnb
