#include "client/http_answer.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace hbnb::bench {
namespace {

constexpr std::size_t kHeadMax = 64 << 10;
constexpr std::size_t kChunkLineMax = 1024;
constexpr std::uint64_t kChunkMax = std::uint64_t(1) << 40;

std::string lower(std::string_view text) {
    std::string out(text);
    for (char &c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::string_view without_blanks(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

template <class Number>
bool read_number(std::string_view text, Number &into, int base = 10) {
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), into, base);
    return error == std::errc() && rest == text.data() + text.size();
}

}  // namespace

void HttpAnswer::begin(bool is_head) {
    std::string kept = std::move(buffer_);
    kept.clear();
    *this = HttpAnswer();
    buffer_ = std::move(kept);
    is_head_ = is_head;
}

HttpAnswer::State HttpAnswer::take(std::string_view bytes) {
    bytes_ += bytes.size();
    if (state_ == State::head) return take_head(bytes);
    if (state_ == State::body) return take_body(bytes);
    return state_ = State::malformed;  // more than the answer
}

HttpAnswer::State HttpAnswer::end() {
    const bool is_end = state_ == State::whole || (state_ == State::body && framing_ == Framing::until_close);
    return state_ = is_end ? State::whole : State::malformed;
}

HttpAnswer::State HttpAnswer::take_head(std::string_view bytes) {
    buffer_ += bytes;
    const auto end = buffer_.find("\r\n\r\n");
    if (end == buffer_.npos) return state_ = buffer_.size() > kHeadMax ? State::malformed : State::head;
    const std::string body = buffer_.substr(end + 4);
    buffer_.resize(end + 2);
    if (!read_head()) return state_ = State::malformed;
    buffer_.clear();
    if (is_head_ || status_ == 204 || status_ == 304) {
        framing_ = Framing::length;
        left_ = 0;
    }
    state_ = State::body;
    return take_body(body);
}

bool HttpAnswer::read_head() {
    std::string_view rest = buffer_;
    const auto line_end = rest.find("\r\n");
    const std::string_view first = rest.substr(0, line_end);
    if (first.substr(0, 7) != "HTTP/1." || first.size() < 12 || !read_number(first.substr(9, 3), status_)) return false;
    if (status_ < 200 || status_ > 599) return false;
    rest.remove_prefix(line_end + 2);
    while (!rest.empty()) {
        const auto end = rest.find("\r\n");
        if (!read_field(rest.substr(0, end))) return false;
        rest.remove_prefix(end + 2);
    }
    closes_ |= framing_ == Framing::until_close;
    return true;
}

bool HttpAnswer::read_field(std::string_view line) {
    const auto colon = line.find(':');
    if (colon == line.npos) return false;
    const std::string name = lower(line.substr(0, colon));
    const std::string_view value = without_blanks(line.substr(colon + 1));
    if (name == "content-length") {
        framing_ = Framing::length;
        return read_number(value, left_);
    }
    if (name == "transfer-encoding" && lower(value) == "chunked") framing_ = Framing::chunked;
    if (name == "connection" && lower(value) == "close") closes_ = true;
    return true;
}

HttpAnswer::State HttpAnswer::take_body(std::string_view bytes) {
    if (framing_ == Framing::until_close) return state_;
    if (framing_ == Framing::chunked) return take_chunks(bytes);
    if (bytes.size() > left_) return state_ = State::malformed;
    left_ -= bytes.size();
    return state_ = left_ == 0 ? State::whole : State::body;
}

// A chunk: its size in hexadecimal and a line break, so many bytes, a line break; the one of size 0 is followed by a
// trailer.
HttpAnswer::State HttpAnswer::take_chunks(std::string_view bytes) {
    while (!bytes.empty()) {
        if (left_ > 0) {
            const auto now = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
            left_ -= now;
            bytes.remove_prefix(now);
            continue;
        }
        buffer_ += bytes.front();
        bytes.remove_prefix(1);
        if (buffer_.size() > kChunkLineMax) return state_ = State::malformed;
        if (buffer_.size() < 2 || buffer_.back() != '\n') continue;
        if (!take_chunk_line()) return state_ = State::malformed;
        if (state_ == State::whole) return bytes.empty() ? state_ : state_ = State::malformed;
    }
    return state_;
}

bool HttpAnswer::take_chunk_line() {
    const std::string line = buffer_.substr(0, buffer_.size() - 2);
    buffer_.clear();
    if (in_trailer_) {
        if (line.empty()) state_ = State::whole;
        return true;
    }
    std::uint64_t size = 0;
    if (!read_number(std::string_view(line).substr(0, line.find(';')), size, 16) || size > kChunkMax) return false;
    in_trailer_ = size == 0;
    left_ = in_trailer_ ? 0 : size + 2;
    return true;
}

}  // namespace hbnb::bench
