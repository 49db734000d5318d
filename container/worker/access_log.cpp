#include "worker/access_log.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/clock.hpp"

namespace hbnb::worker {
namespace {

void append_escaped(std::string &out, std::string_view text) {
    constexpr char kHex[] = "0123456789abcdef";
    if (text.empty()) {
        out += '-';
        return;
    }
    for (const char c : text.substr(0, kAccessTextMax)) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte == 0x7f) {
            out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
        } else {
            out += c;
        }
    }
}

// A field that stands without quotes must not contain a blank.
void append_word(std::string &out, std::string_view text) {
    const size_t begin = out.size();
    append_escaped(out, text);
    for (size_t i = begin; i < out.size(); ++i)
        if (out[i] == ' ') out[i] = '_';
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

std::string format_access_line(const AccessEntry &entry, std::string_view stamp) {
    std::string line;
    line.reserve(256);
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
    line += std::to_string(entry.status);
    line += ' ';
    line += std::to_string(entry.body_bytes);
    line += " \"";
    append_escaped(line, entry.referer);
    line += "\" \"";
    append_escaped(line, entry.user_agent);
    line += "\"\n";
    return line;
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
    batch_ += format_access_line(entry, stamp_locked());
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
