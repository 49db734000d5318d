// The web server's side of FastCGI, for tests, the benchmark and hbnbctl: requests encoded, responses decoded. No socket.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fcgi/record.hpp"

namespace hbnb::fcgi {

struct ClientRequest {
    std::uint16_t id = 1;
    bool keep_connection = false;
    std::vector<std::pair<std::string, std::string>> params;
    std::string body;
};

std::string encode_request(const ClientRequest &request);

// Fed with whatever arrives; gathers what one request is answered with.
class ResponseReader {
  public:
    // How many bytes were consumed: all, or up to the end of END_REQUEST's record.
    std::size_t feed(std::string_view bytes);

    bool is_ended() const { return status_.has_value(); }
    std::optional<ProtocolStatus> protocol_status() const { return status_; }
    std::uint16_t id() const { return id_; }
    const std::string &stdout_bytes() const { return stdout_; }
    const std::string &stderr_bytes() const { return stderr_; }
    const std::vector<std::string> &management() const { return management_; }   // whole records with id 0

    int http_status() const;                              // of the Status header; 200 where there is none; 0 without a head
    std::string header(std::string_view name) const;      // "" where there is none
    std::string body() const;

  private:
    std::string pending_, stdout_, stderr_;
    std::vector<std::string> management_;
    std::optional<ProtocolStatus> status_;
    std::uint16_t id_ = 0;
};

}  // namespace hbnb::fcgi
