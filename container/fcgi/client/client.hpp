// The web server's side of FastCGI, as bytes: what a request looks like, and what came back. For tests, hbnbctl and the
// benchmarks; no socket. A response is kept whole in memory, so this is no proxy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "fcgi/record.hpp"

namespace hbnb::fcgi {

inline constexpr std::size_t kResponseBytesMax = 256 << 20;  // of a response that ResponseReader keeps

using Params = std::vector<std::pair<std::string, std::string>>;

struct ClientRequest {
    std::uint16_t id = 1;
    bool keep_connection = false;
    Role role = Role::responder;
    Params params;
    std::string body;
};

// BEGIN_REQUEST to the end of STDIN, as nginx sends it.
std::string encode_request(const ClientRequest &request);

std::string encode_params(const Params &params);
Result<Params> decode_params(std::string_view stream);

// A GET_VALUES record that asks for the names.
std::string encode_query(const std::vector<std::string> &names);

struct ClientResponse {
    std::uint16_t id = 0;
    std::string output;         // STDOUT
    std::string errors;         // STDERR
    bool output_ended = false;  // by its empty record
    std::uint32_t app_status = 0;
    ProtocolStatus protocol_status = ProtocolStatus::request_complete;

    bool operator==(const ClientResponse &) const = default;
};

struct ManagementReply {
    RecordType type = RecordType::get_values_result;
    std::string content;

    bool operator==(const ManagementReply &) const = default;
};

// What an application sends, in pieces of any size. One object a connection.
class ResponseReader {
  public:
    // After an error nothing more can be read: the connection has to be closed.
    Result<void> feed(std::string_view bytes);

    std::optional<ClientResponse> take_response();     // the next that has come to its END_REQUEST
    std::optional<ManagementReply> take_management();  // the next record with id 0
    const std::map<std::uint16_t, ClientResponse> &unfinished() const { return unfinished_; }
    bool is_at_rest() const { return pending_.empty() && unfinished_.empty(); }

  private:
    Result<void> take_record(const RecordHeader &header, std::string_view content);
    Result<void> take_stream(const RecordHeader &header, std::string_view content);
    Result<void> take_end(const RecordHeader &header, std::string_view content);

    std::string pending_;  // an unfinished record
    std::map<std::uint16_t, ClientResponse> unfinished_;
    std::deque<ClientResponse> finished_;
    std::deque<ManagementReply> management_;
};

// Fed with whatever arrives; gathers what one request is answered with, however much it is.
class ResponseGatherer {
  public:
    // How many bytes were consumed: all, or up to the end of END_REQUEST's record.
    std::size_t feed(std::string_view bytes);

    bool is_ended() const { return status_.has_value(); }
    std::optional<ProtocolStatus> protocol_status() const { return status_; }
    std::uint16_t id() const { return id_; }
    const std::string &stdout_bytes() const { return stdout_; }
    const std::string &stderr_bytes() const { return stderr_; }
    const std::vector<std::string> &management() const { return management_; }  // whole records with id 0

    int http_status() const;                          // of the Status header; 200 where there is none; 0 without a head
    std::string header(std::string_view name) const;  // "" where there is none
    std::string body() const;

  private:
    std::string pending_, stdout_, stderr_;
    std::vector<std::string> management_;
    std::optional<ProtocolStatus> status_;
    std::uint16_t id_ = 0;
};

}  // namespace hbnb::fcgi
