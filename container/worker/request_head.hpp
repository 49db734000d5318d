// What the container itself reads of a request's parameters: views into them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "fcgi/params.hpp"

namespace hbnb::worker {

inline constexpr std::int64_t kNoContentLength = -1;

struct RequestHead {
    std::string_view method, uri, protocol, remote_address, remote_user, referer, user_agent, request_id;
    std::string_view path;  // SCRIPT_NAME + PATH_INFO as the web server decoded it; begins with '/'
    std::int64_t content_length = kNoContentLength;
    bool is_head = false;  // HEAD: the body is counted, not sent
};

// Into a fresh one. path_storage holds the path where both of its parameters are non-empty. false: no METHOD token, no path
// beginning with '/', or a CONTENT_LENGTH that is no number below 2^63: answered 400, and nothing of it is to be used.
bool read_request_head(const fcgi::RequestParams &params, std::string &path_storage, RequestHead &head);

}  // namespace hbnb::worker
