#include "worker/request_head.hpp"

#include <algorithm>
#include <charconv>

namespace hbnb::worker {
namespace {

bool is_method(std::string_view text) {
    return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
    });
}

bool is_request_id(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

bool read_length(std::string_view text, std::int64_t &out) {
    if (text.empty()) return true;  // nginx sends CONTENT_LENGTH empty for a GET
    if (text[0] < '0' || text[0] > '9') return false;
    const auto end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, out);
    return error == std::errc() && rest == end;
}

// Most are told apart by their first bytes: not worth a call of strncmp.
inline bool begins_with(const char *text, std::string_view prefix) {
    for (const char c : prefix)
        if (*text++ != c) return false;
    return true;
}

}  // namespace

std::optional<RequestHead> read_request_head(const FastcgiRequest &request, std::string &path_storage) {
    RequestHead head;
    std::string_view script_name, path_info, length;
    for (size_t i = 0; i < request.param_count(); ++i) {
        const char *const text = request.text_at(i);
        const auto take = [&](std::string_view name_and_equals, std::string_view &into) {
            if (begins_with(text, name_and_equals)) into = text + name_and_equals.size();
        };
        switch (*text) {
            case 'C': take("CONTENT_LENGTH=", length); break;
            case 'H':
                take("HTTP_REFERER=", head.referer);
                take("HTTP_USER_AGENT=", head.user_agent);
                break;
            case 'P': take("PATH_INFO=", path_info); break;
            case 'R':
                take("REQUEST_METHOD=", head.method);
                take("REQUEST_URI=", head.uri);
                take("REMOTE_ADDR=", head.remote_address);
                take("REMOTE_USER=", head.remote_user);
                take("REQUEST_ID=", head.request_id);
                break;
            case 'S':
                take("SCRIPT_NAME=", script_name);
                take("SERVER_PROTOCOL=", head.protocol);
                break;
            default: break;
        }
    }
    if (!is_request_id(head.request_id)) head.request_id = {};
    if (path_info.empty() || script_name.empty()) {
        head.path = path_info.empty() ? script_name : path_info;
    } else {
        path_storage.assign(script_name).append(path_info);
        head.path = path_storage;
    }
    head.is_head = head.method == "HEAD";
    const bool good = is_method(head.method) && head.path.starts_with('/') && read_length(length, head.content_length);
    return good ? std::optional(head) : std::nullopt;
}

}  // namespace hbnb::worker
