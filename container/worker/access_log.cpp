#include "worker/access_log.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

#include "base/clock.hpp"

namespace hbnb::worker {
namespace {

constexpr auto kIsEscaped = [] {
    std::array<bool, 256> is{};
    for (unsigned byte = 0; byte < 0x20; ++byte) is[byte] = true;
    is['"'] = is['\\'] = is[0x7f] = true;
    return is;
}();

// Nearly always there is nothing to escape.
void append_escaped(std::string &out, std::string_view text) {
    constexpr char kHex[] = "0123456789abcdef";
    if (text.empty()) out += '-';
    text = text.substr(0, kAccessTextMax);
    while (!text.empty()) {
        const auto escaped =
            std::find_if(text.begin(), text.end(), [](char c) { return kIsEscaped[static_cast<unsigned char>(c)]; });
        const auto plain = static_cast<std::size_t>(escaped - text.begin());
        out.append(text.substr(0, plain));
        if (plain == text.size()) return;
        const auto byte = static_cast<unsigned char>(*escaped);
        if (byte == '"' || byte == '\\') {
            out += {'\\', *escaped};
        } else {
            out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
        }
        text.remove_prefix(plain + 1);
    }
}

void append_number(std::string &out, std::uint64_t number) {
    std::array<char, 20> digits;
    out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

// A field that stands without quotes must not contain a blank.
void append_word(std::string &out, std::string_view text) {
    const auto begin = static_cast<std::ptrdiff_t>(out.size());
    append_escaped(out, text);
    std::replace(out.begin() + begin, out.end(), ' ', '_');
}

}  // namespace

AccessEntry entry_of(const RequestHead &head) {
    AccessEntry entry;
    entry.remote_address = head.remote_address;
    entry.remote_user = head.remote_user;
    entry.method = head.method;
    entry.uri = head.uri.empty() ? head.path : head.uri;
    entry.protocol = head.protocol;
    entry.referer = head.referer;
    entry.user_agent = head.user_agent;
    return entry;
}

void append_access_line(std::string &line, const AccessEntry &entry, std::string_view stamp) {
    append_word(line, entry.remote_address);
    line += " - ";
    append_word(line, entry.remote_user);
    line += " [";
    line += stamp;
    line += "] \"";
    append_escaped(line, entry.method);
    line += ' ';
    append_escaped(line, entry.uri);
    line += ' ';
    append_escaped(line, entry.protocol);
    line += "\" ";
    append_number(line, entry.status);
    line += ' ';
    append_number(line, entry.body_bytes);
    line += " \"";
    append_escaped(line, entry.referer);
    line += "\" \"";
    append_escaped(line, entry.user_agent);
    line += "\"\n";
}

std::string_view AccessLog::stamp_locked() {
    const std::time_t now = std::chrono::system_clock::to_time_t(wall_now());
    if (now != stamp_second_) {
        std::tm parts{};
        localtime_r(&now, &parts);
        std::array<char, 64> text{};
        stamp_.assign(text.data(), std::strftime(text.data(), text.size(), "%d/%b/%Y:%H:%M:%S %z", &parts));
        stamp_second_ = now;
    }
    return stamp_;
}

void AccessLog::add(const AccessEntry &entry) {
    const std::lock_guard lock(mutex_);
    append_access_line(batch_, entry, stamp_locked());
    ++lines_;
    if (batch_.size() >= kAccessBatchBytes) flush_locked();
}

void AccessLog::flush() {
    const std::lock_guard lock(mutex_);
    flush_locked();
}

void AccessLog::reopen(Fd descriptor) {
    const std::lock_guard lock(mutex_);
    flush_locked();
    if (descriptor.is_open()) descriptor_ = std::move(descriptor);
}

void AccessLog::flush_locked() {
    if (batch_.empty()) return;
    ssize_t written = -1;
    do written = ::write(descriptor_.get(), batch_.data(), batch_.size());
    while (written < 0 && errno == EINTR);
    // A full disk costs the lines of this batch, never a request.
    if (written != static_cast<ssize_t>(batch_.size()))
        board_.log_lines_dropped.fetch_add(lines_, std::memory_order_relaxed);
    batch_.clear();
    lines_ = 0;
}

}  // namespace hbnb::worker
