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
    std::string_view start;  // REQUEST_START: worker/request/queue_time.hpp
    std::string_view path;   // SCRIPT_NAME + PATH_INFO as the web server decoded it; begins with '/'
    std::int64_t content_length = kNoContentLength;
    bool is_head = false;  // HEAD: the body is counted, not sent
};

// Why a head is answered 400. Of such a one nothing is used but for logs.
enum class HeadProblem {
    none,
    no_method,      // REQUEST_METHOD is not there, or empty
    bad_method,     // it is no token
    no_path,        // SCRIPT_NAME and PATH_INFO are both not there, or empty
    relative_path,  // they do not begin with '/'
    bad_length,     // CONTENT_LENGTH is no number below 2^63
};

// Into a fresh one. path_storage holds the path where both of its parameters are non-empty.
HeadProblem read_request_head(const fcgi::RequestParams &params, std::string &path_storage, RequestHead &head);

// What is wrong and what it usually comes from: behind "request answered 400: ".
std::string describe(HeadProblem problem, const fcgi::RequestParams &params, const RequestHead &head);

}  // namespace hbnb::worker
