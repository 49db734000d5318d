#include "worker/request/access_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/clock.hpp"

namespace hbnb::worker {
namespace {

constexpr auto kIsEscaped = [] {
    std::array<bool, 256> is{};
    for (unsigned byte = 0; byte < 256; ++byte) is[byte] = byte < 0x20 || byte > 0x7e;
    is['"'] = is['\\'] = true;
    return is;
}();

void append_escaped(std::string &out, char c) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
        out += {'\\', c};
    } else {
        out += {'\\', 'x', kHexDigits[byte >> 4], kHexDigits[byte & 15]};
    }
}

// Nearly always there is nothing to escape. An escape that does not fit is left out whole.
void append_escaped(std::string &out, std::string_view text, std::size_t most) {
    if (text.empty()) out += '-';
    const std::size_t end = out.size() + most;
    text = text.substr(0, most);
    while (!text.empty()) {
        const auto escaped =
            std::find_if(text.begin(), text.end(), [](char c) { return kIsEscaped[static_cast<unsigned char>(c)]; });
        const auto plain = static_cast<std::size_t>(escaped - text.begin());
        out.append(text.substr(0, std::min(plain, end - out.size())));
        if (plain == text.size()) return;
        const std::size_t before = out.size();
        append_escaped(out, *escaped);
        if (out.size() > end) return out.resize(before);
        text.remove_prefix(plain + 1);
    }
}

void append_number(std::string &out, std::uint64_t number) {
    std::array<char, 20> digits;
    out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

// A field that stands without quotes must not contain a blank.
void append_word(std::string &out, std::string_view text, std::size_t most) {
    const auto begin = static_cast<std::ptrdiff_t>(out.size());
    append_escaped(out, text, most);
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
    append_word(line, entry.remote_address, kAccessAddressMax);
    line += " - ";
    append_word(line, entry.remote_user, kAccessUserMax);
    line += " [";
    line += stamp;
    line += "] \"";
    append_escaped(line, entry.method, kAccessMethodMax);
    line += ' ';
    append_escaped(line, entry.uri, kAccessUriMax);
    line += ' ';
    append_escaped(line, entry.protocol, kAccessProtocolMax);
    line += "\" ";
    append_number(line, entry.status);
    line += ' ';
    append_number(line, entry.body_bytes);
    line += " \"";
    append_escaped(line, entry.referer, kAccessRefererMax);
    line += "\" \"";
    append_escaped(line, entry.user_agent, kAccessAgentMax);
    line += "\"\n";
}

std::string_view AccessLog::stamp_locked() {
    const auto now = wall_now();
    if (const std::time_t second = std::chrono::system_clock::to_time_t(now); second != stamp_second_) {
        stamp_ = access_log_stamp(now);
        stamp_second_ = second;
    }
    return stamp_;
}

void AccessLog::add(const AccessEntry &entry) {
    const std::lock_guard lock(mutex_);
    line_.clear();
    append_access_line(line_, entry, stamp_locked());
    ring_->put(line_);
}

void AccessLog::manager_has_gone(const std::string &path) {
    const std::lock_guard lock(mutex_);
    if (!ring_ || path.empty()) return;
    file_ = Fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    ring_->take_over();
    flush_locked();
}

void AccessLog::flush() {
    const std::lock_guard lock(mutex_);
    flush_locked();
}

// What cannot be written is lost: nobody is there any more who would be told how many.
void AccessLog::flush_locked() {
    if (!file_.is_open()) return;
    std::string lines;
    for (auto taken = ring_->copy(lines, wire::kLogRingBytes); taken.bytes != 0;
         taken = ring_->copy(lines, wire::kLogRingBytes)) {
        [[maybe_unused]] const ssize_t written = ::write(file_.get(), lines.data(), lines.size());
        ring_->release(taken);
        lines.clear();
    }
}

}  // namespace hbnb::worker
