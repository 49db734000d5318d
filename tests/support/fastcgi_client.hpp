// A FastCGI client on a container's Unix socket, below nginx: sends whatever bytes a test likes, and reads responses.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "fcgi/client/client.hpp"
#include "support/stream.hpp"

namespace hbnb::test {

class FastcgiConnection {
  public:
    explicit FastcgiConnection(const std::string &socket) : FastcgiConnection(unix_socket(socket)) {}
    explicit FastcgiConnection(const Endpoint &to);  // throws when it cannot connect

    bool send(std::string_view bytes) { return stream_.send(bytes); }
    // The next response, to its END_REQUEST. nullopt: the connection ended before, or nothing came in time.
    std::optional<fcgi::ResponseGatherer> receive();
    std::optional<fcgi::ResponseGatherer> ask(const fcgi::ClientRequest &request);
    bool is_closed_by_peer();  // waits for it
    Stream &stream() { return stream_; }

  private:
    Stream stream_;
    std::string pending_;  // received, and not part of a response yet
};

// GET `path`, as nginx-fastcgi/params.conf has it.
fcgi::ClientRequest fastcgi_get(const std::string &path, bool keep_connection);
fcgi::ClientRequest fastcgi_post(const std::string &path, std::string body, bool keep_connection);

}  // namespace hbnb::test
