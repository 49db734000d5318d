#include "worker/response.hpp"

#include <strings.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace hbnb::worker {
namespace {

std::string_view view(hbnb_text text) {
    return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}

bool is_token_character(char c) {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
}

bool is_value_character(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// Between the web server and its client, or FastCGI's own (RFC 9110 §7.6.1, RFC 3875 §6.3.3).
bool is_forbidden(std::string_view name) {
    constexpr std::array<std::string_view, 9> kNames{
        "Status",  "Connection", "Keep-Alive",         "Transfer-Encoding", "TE",
        "Trailer", "Upgrade",    "Proxy-Authenticate", "Proxy-Connection"};
    return std::any_of(kNames.begin(), kNames.end(), [&](auto one) { return equals_ignoring_case(one, name); });
}

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

void ResponseHead::clear() {
    status_ = 0;
    has_content_type_ = false;
    content_length_.reset();
    headers_.clear();
}

const char *ResponseHead::begin(std::uint32_t status, const hbnb_pair *headers, std::size_t count) {
    if (is_begun()) return "began its response twice";
    if (status < 200 || status > 599) return "began a response with a status outside 200-599";
    for (size_t i = 0; i < count; ++i) {
        if (const char *why = add(headers[i])) {
            clear();
            return why;
        }
    }
    status_ = status;
    return nullptr;
}

const char *ResponseHead::add(const hbnb_pair &header) {
    const std::string_view name = view(header.name), value = view(header.value);
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_token_character)) {
        return "gave a response header whose name is no token";
    }
    if (!std::all_of(value.begin(), value.end(), is_value_character)) {
        return "gave a response header with a control character (such as CR or LF) in its value";
    }
    if (is_forbidden(name)) return "gave a response header that is not a handler's to set";
    if (headers_.size() + name.size() + value.size() + 4 > kResponseHeadBytesMax) {
        return "gave more than 64 KiB of response headers";
    }
    if (equals_ignoring_case(name, "Content-Length")) {
        std::uint64_t length = 0;
        const auto [rest, error] = std::from_chars(value.data(), value.data() + value.size(), length);
        if (error != std::errc() || rest != value.data() + value.size())
            return "gave a Content-Length that is no number";
        if (content_length_ && *content_length_ != length) return "gave two different Content-Lengths";
        content_length_ = length;  // written by append_to, once
        return nullptr;
    }
    has_content_type_ |= equals_ignoring_case(name, "Content-Type");
    headers_.append(name).append(": ").append(value).append("\r\n");
    return nullptr;
}

void ResponseHead::append_to(std::string &out) const {
    out.append("Status: ").append(std::to_string(status_));
    if (const auto phrase = reason_phrase(status_); !phrase.empty()) out.append(" ").append(phrase);
    out.append("\r\n").append(headers_);
    if (!has_content_type_ && may_have_body()) {
        // TRUST S16: an untyped body must not be sniffed into HTML.
        out.append("Content-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n");
    }
    if (content_length_ && may_have_body()) {
        out.append("Content-Length: ").append(std::to_string(*content_length_)).append("\r\n");
    }
    out.append("\r\n");
}

}  // namespace hbnb::worker
