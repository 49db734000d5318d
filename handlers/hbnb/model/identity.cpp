#include "model/identity.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <system_error>

#include "model/column.hpp"

namespace hbnb {

std::string id_of(std::array<unsigned char, 16> bytes) {
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
    std::string id;
    id.reserve(36);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) id += '-';
        constexpr char digits[] = "0123456789abcdef";
        id += digits[bytes[i] >> 4];
        id += digits[bytes[i] & 0x0F];
    }
    return id;
}

std::string new_id() {
    std::array<unsigned char, 16> bytes;
    ssize_t got = 0;
    do {
        got = ::getrandom(bytes.data(), bytes.size(), 0);
    } while (got < 0 && errno == EINTR);
    // 16 bytes are never cut short (getrandom(2)); without them there is no id worth having.
    if (got != static_cast<ssize_t>(bytes.size())) throw std::system_error(errno, std::generic_category(), "getrandom");
    return id_of(bytes);
}

std::string now_stamp() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    std::tm utc{};
    ::gmtime_r(&now.tv_sec, &utc);
    std::array<char, 32> seconds;
    const std::size_t length = std::strftime(seconds.data(), seconds.size(), "%Y-%m-%dT%H:%M:%S", &utc);
    std::array<char, 16> micros;
    const int width = std::snprintf(micros.data(), micros.size(), ".%06ld", now.tv_nsec / 1000 % 1'000'000);
    return std::string(seconds.data(), length).append(micros.data(), static_cast<std::size_t>(width));
}

bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= kIdLength &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace hbnb
