#include "worker/request/response.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

namespace hbnb::worker {
namespace {

constexpr std::array<std::pair<unsigned, std::string_view>, 33> kPhrases{{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {507, "Insufficient Storage"},
}};

}  // namespace

std::string_view reason_phrase(unsigned status) {
    const auto found =
        std::find_if(kPhrases.begin(), kPhrases.end(), [&](const auto &one) { return one.first == status; });
    return found == kPhrases.end() ? std::string_view() : found->second;
}

ResponseHead::ResponseHead(std::size_t bytes_max)
    : bytes_max_(bytes_max), text_(new char[bytes_max + kOwnBytes]), end_(text_.get()) {}

const char *ResponseHead::too_much(const hbnb_pair *headers, std::size_t count) {
    refusal_ = sdk::HeadCheck::too_much(headers, count, bytes_max_);
    return refusal_.c_str();
}

void ResponseHead::clear() {
    status_ = 0;
    has_content_type_ = false;
    content_length_.reset();
    end_ = text_.get();
}

const char *ResponseHead::begin(std::uint32_t status, const hbnb_pair *headers, std::size_t count) {
    if (is_begun()) return "began its response twice";
    if (const char *why = sdk::HeadCheck::status(status)) return why;
    put("Status: ");
    put(status);
    if (const auto phrase = reason_phrase(status); !phrase.empty()) {
        put(" ");
        put(phrase);
    }
    put("\r\n");
    sdk::HeadCheck check(bytes_max_);
    for (std::size_t i = 0; i < count; ++i) {
        const std::string_view name = sdk::view(headers[i].name), value = sdk::view(headers[i].value);
        if (const char *why = check.add(name, value)) {
            clear();
            return why == sdk::HeadCheck::kTooMuch ? too_much(headers, count) : why;
        }
        add(name, value);
    }
    content_length_ = check.content_length();
    status_ = status;
    return nullptr;
}

void ResponseHead::add(std::string_view name, std::string_view value) {
    if (sdk::equals_ignoring_case(name, "Content-Length")) return;  // written by complete, once
    has_content_type_ |= sdk::equals_ignoring_case(name, "Content-Type");
    put(name);
    put(": ");
    put(value);
    put("\r\n");
}

std::string_view ResponseHead::complete() {
    const bool is_empty = content_length_ && *content_length_ == 0;
    if (!has_content_type_ && may_have_body() && !is_empty) {
        // An untyped body must not be sniffed into HTML.
        put("Content-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n");
    }
    if (content_length_ && may_have_body()) {
        put("Content-Length: ");
        put(*content_length_);
        put("\r\n");
    }
    put("\r\n");
    return {text_.get(), end_};
}

// check.add has counted what is a handler's.
inline void ResponseHead::put(std::string_view text) {
    std::memcpy(end_, text.data(), text.size());
    end_ += text.size();
}

inline void ResponseHead::put(std::uint64_t number) {
    constexpr std::size_t kDigits = 20;
    end_ = std::to_chars(end_, end_ + kDigits, number).ptr;
}

}  // namespace hbnb::worker
