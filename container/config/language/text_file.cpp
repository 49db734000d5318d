#include "config/language/text_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "base/fd.hpp"
#include "config/language/limits.hpp"

namespace hbnb::config {

namespace {

// Bytes of the UTF-8 sequence at `at` (RFC 3629: no overlong ones, no surrogates); 0: it is none.
std::size_t sequence_length(const std::string &text, std::size_t at) {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0};
    };
    const std::uint8_t first = byte(at);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(at + i) & 0xc0) != 0x80) return 0;
    const std::uint8_t second = byte(at + 1);
    const bool is_refused = (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
                            (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
    return is_refused ? 0 : length;
}

bool is_control(char c) {
    const auto byte = static_cast<std::uint8_t>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
}

std::string hexadecimal(char c) {
    constexpr char kDigits[] = "0123456789abcdef";
    const auto byte = static_cast<std::uint8_t>(c);
    return {'0', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
}

}  // namespace

Result<std::string> read_text_file(const std::string &file) {
    const auto refuse = [&](const std::string &why) { return Error{"unable to read " + file + ": " + why}; };
    const Fd fd(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd.is_open()) return os_error("read " + file, errno);
    struct stat status {};
    if (fstat(fd.get(), &status) != 0) return os_error("read " + file, errno);
    if (S_ISDIR(status.st_mode)) return refuse("it is a directory");
    if (!S_ISREG(status.st_mode)) return refuse("it is not a regular file");
    std::string text(kFileBytesMax + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const ssize_t count = read(fd.get(), text.data() + size, text.size() - size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return os_error("read " + file, errno);
        if (count == 0) break;
        size += static_cast<std::size_t>(count);
    }
    if (size > kFileBytesMax) return refuse("it is larger than " + std::to_string(kFileBytesMax) + " bytes");
    text.resize(size);
    return Result<std::string>(boost::system::in_place_value, std::move(text));  // a string could be an Error, too
}

bool is_clean_text(const std::string &text, const std::string &set, Findings &findings) {
    Place place{1, 1, set};
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = sequence_length(text, at);
        if (length == 0 || is_control(text[at])) {
            const std::string what = length == 0 ? ", which is not UTF-8" : ", a control character";
            findings.add(place, {}, "found the byte " + hexadecimal(text[at]) + what + "; allowed text");
            return false;
        }
        place.column += static_cast<int>(length);
        if (text[at] == '\n') ++place.line, place.column = 1;
        at += length;
    }
    return true;
}

}  // namespace hbnb::config
