#include "worker/request/request_head.hpp"

#include <array>
#include <charconv>

namespace hbnb::worker {
namespace {

constexpr std::size_t kProblemTextMax = 64;  // of a parameter, in a sentence

// By byte, as each request asks it of some forty.
enum ByteUse : std::uint8_t { kOfMethod = 1, kOfRequestId = 2 };
constexpr auto kByteUses = [] {
    std::array<std::uint8_t, 256> uses{};
    for (unsigned char c = 'A'; c <= 'Z'; ++c) uses[c] = uses[c | 0x20] = kOfMethod | kOfRequestId;
    for (unsigned char c = '0'; c <= '9'; ++c) uses[c] = kOfRequestId;
    uses['-'] = uses['_'] = kOfMethod | kOfRequestId;
    return uses;
}();

bool is_made_of(ByteUse use, std::string_view text, std::size_t most) {
    if (text.empty() || text.size() > most) return false;
    std::uint8_t uses = use;
    for (const char c : text) uses &= kByteUses[static_cast<unsigned char>(c)];
    return uses != 0;
}

bool is_method(std::string_view text) { return is_made_of(kOfMethod, text, 32); }

bool is_request_id(std::string_view text) { return is_made_of(kOfRequestId, text, 64); }

bool read_length(std::string_view text, std::int64_t &out) {
    if (text.empty()) return true;  // nginx sends CONTENT_LENGTH empty for a GET
    if (text[0] < '0' || text[0] > '9') return false;
    const auto end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, out);
    return error == std::errc() && rest == end;
}

}  // namespace

HeadProblem read_request_head(const fcgi::RequestParams &params, std::string &path_storage, RequestHead &head) {
    head.method = params.value(fcgi::Known::request_method);
    head.uri = params.value(fcgi::Known::request_uri);
    head.protocol = params.value(fcgi::Known::server_protocol);
    head.remote_address = params.value(fcgi::Known::remote_address);
    head.remote_user = params.value(fcgi::Known::remote_user);
    head.referer = params.value(fcgi::Known::http_referer);
    head.user_agent = params.value(fcgi::Known::http_user_agent);
    head.start = params.value(fcgi::Known::request_start);
    head.request_id = params.value(fcgi::Known::request_id);
    const std::string_view script_name = params.value(fcgi::Known::script_name);
    const std::string_view path_info = params.value(fcgi::Known::path_info);
    const std::string_view length = params.value(fcgi::Known::content_length);
    if (!is_request_id(head.request_id)) head.request_id = {};
    if (path_info.empty() || script_name.empty()) {
        head.path = path_info.empty() ? script_name : path_info;
    } else {
        path_storage.assign(script_name).append(path_info);
        head.path = path_storage;
    }
    head.is_head = head.method == "HEAD";
    if (is_method(head.method) && head.path.starts_with('/') && read_length(length, head.content_length))
        return HeadProblem::none;
    if (!is_method(head.method)) return head.method.empty() ? HeadProblem::no_method : HeadProblem::bad_method;
    if (!head.path.starts_with('/')) return head.path.empty() ? HeadProblem::no_path : HeadProblem::relative_path;
    return HeadProblem::bad_length;
}

std::string describe(HeadProblem problem, const fcgi::RequestParams &params, const RequestHead &head) {
    constexpr std::string_view kInheritsNone =
        "; in nginx, a location that has a fastcgi_param of its own inherits none of the others, and includes their "
        "file itself";
    const auto quoted = [](std::string_view text) {
        return "\"" + std::string(text.substr(0, kProblemTextMax)) + (text.size() > kProblemTextMax ? "…\"" : "\"");
    };
    switch (problem) {
        case HeadProblem::none: return "";
        case HeadProblem::no_method:
            return std::string("it has no REQUEST_METHOD, and ") + std::to_string(params.size()) +
                   " parameters in all" + std::string(kInheritsNone);
        case HeadProblem::bad_method: return "its REQUEST_METHOD " + quoted(head.method) + " is no method";
        case HeadProblem::no_path:
            return std::string("it has neither SCRIPT_NAME nor PATH_INFO, hence no path").append(kInheritsNone);
        case HeadProblem::relative_path:
            return "its path " + quoted(head.path) +
                   " (SCRIPT_NAME and PATH_INFO) does not begin with '/'; in nginx, what `rewrite … break` puts in its "
                   "place begins "
                   "with one: `rewrite ^/x/(.*) /$1 break`";
        case HeadProblem::bad_length:
            return "its CONTENT_LENGTH " + quoted(params.value(fcgi::Known::content_length)) + " is no length";
    }
    return "";
}

}  // namespace hbnb::worker
