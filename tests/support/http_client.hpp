// An HTTP/1.1 client for tests: one request after the other on a kept connection, or each on one of its own.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/stream.hpp"

namespace hbnb::test {

struct HttpRequest {
    std::string method = "GET";
    std::string target = "/";
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;  // sent with a Content-Length where not empty, or where the method is POST or PUT
};

struct HttpResponse {
    int status = 0;                              // 0: no answer; `failure` says why
    std::map<std::string, std::string> headers;  // names in lower case; the last one of a name
    std::string body;
    std::string failure;  // refused, cut, or malformed

    std::string header(const std::string &name) const;  // empty: not there
};

class HttpConnection {
  public:
    explicit HttpConnection(Endpoint to) : to_(std::move(to)) {}
    // Connects where there is no connection (any more).
    HttpResponse ask(const HttpRequest &request, bool keep = true);

  private:
    Endpoint to_;
    std::optional<Stream> stream_;
};

HttpResponse ask(const Endpoint &to, const HttpRequest &request);  // on a connection of its own, closed afterwards
HttpResponse get(const Endpoint &to, const std::string &target);

}  // namespace hbnb::test
