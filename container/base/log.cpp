#include "base/log.hpp"

#include <array>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "base/error.hpp"

namespace hbnb {
namespace {

constexpr std::array<std::string_view, 4> kNames{"debug", "info", "warning", "error"};

std::string utc_stamp(std::chrono::system_clock::time_point at) {
    using namespace std::chrono;
    const auto milliseconds_of_epoch = duration_cast<milliseconds>(at.time_since_epoch()).count();
    const std::time_t seconds = static_cast<std::time_t>(milliseconds_of_epoch / 1000);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 40> out{};
    const size_t size = std::strftime(out.data(), out.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::snprintf(out.data() + size, out.size() - size, ".%03dZ", static_cast<int>(milliseconds_of_epoch % 1000));
    return out.data();
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

std::string format_log_line(std::chrono::system_clock::time_point at, LogLevel level, std::string_view who,
                            std::string_view text) {
    std::string line = utc_stamp(at);
    line += ' ';
    line += log_level_name(level);
    line += ' ';
    line += who;
    line += ": ";
    line += escape_control(text.substr(0, kLogLineMax));
    if (line.size() > kLogLineMax - 1) {
        line.resize(kLogLineMax - 4);
        line += "...";
    }
    line += '\n';
    return line;
}

Error os_error(const std::string &unable_to, int code) {
    std::array<char, 128> buffer{};
    return Error{"unable to " + unable_to + ": " + strerror_r(code, buffer.data(), buffer.size())};
}

}  // namespace hbnb
