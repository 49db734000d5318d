// What the container itself reads of a request's parameters: one pass, views into libfcgi's memory, valid until the
// request is finished.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "worker/fastcgi_request.hpp"

namespace hbnb::worker {

inline constexpr std::int64_t kNoContentLength = -1;

struct RequestHead {
    std::string_view method, uri, protocol, remote_address, remote_user, referer, user_agent, request_id;
    std::string_view path;  // SCRIPT_NAME + PATH_INFO as the web server decoded it; begins with '/'
    std::int64_t content_length = kNoContentLength;
    bool is_head = false;  // HEAD: the body is counted, not sent
};

// path_storage holds the path where both parameters are non-empty. nullopt: no METHOD token, no path beginning with '/',
// or a CONTENT_LENGTH that is no number below 2^63: answered 400.
std::optional<RequestHead> read_request_head(const FastcgiRequest &request, std::string &path_storage);

}  // namespace hbnb::worker
