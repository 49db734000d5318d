#include "support/fastcgi_client.hpp"

#include <stdexcept>

namespace hbnb::test {
namespace {

Stream connected(const Endpoint &to) {
    auto stream = Stream::connect(to);
    if (!stream) throw std::runtime_error("unable to connect to " + (to.port ? std::to_string(to.port) : to.path));
    return std::move(*stream);
}

fcgi::ClientRequest request(const std::string &method, const std::string &target, bool keep_connection) {
    const auto mark = target.find('?');
    fcgi::ClientRequest made;
    made.keep_connection = keep_connection;
    made.params = {{"REQUEST_METHOD", method},
                   {"SCRIPT_NAME", ""},
                   {"PATH_INFO", target.substr(0, mark)},
                   {"QUERY_STRING", mark == std::string::npos ? "" : target.substr(mark + 1)},
                   {"REQUEST_URI", target},
                   {"SERVER_PROTOCOL", "HTTP/1.1"},
                   {"REMOTE_ADDR", "127.0.0.1"}};
    return made;
}

}  // namespace

FastcgiConnection::FastcgiConnection(const Endpoint &to) : stream_(connected(to)) {}

std::optional<fcgi::ResponseGatherer> FastcgiConnection::receive() {
    fcgi::ResponseGatherer reader;
    for (;;) {
        const std::size_t used = reader.feed(pending_);
        pending_.erase(0, used);
        if (reader.is_ended()) return reader;
        const auto piece = stream_.receive();
        if (!piece || piece->empty()) return std::nullopt;
        pending_ += *piece;
    }
}

std::optional<fcgi::ResponseGatherer> FastcgiConnection::ask(const fcgi::ClientRequest &request) {
    return send(fcgi::encode_request(request)) ? receive() : std::nullopt;
}

bool FastcgiConnection::is_closed_by_peer() {
    const auto piece = stream_.receive();
    return piece && piece->empty();
}

fcgi::ClientRequest fastcgi_get(const std::string &path, bool keep_connection) {
    return request("GET", path, keep_connection);
}

fcgi::ClientRequest fastcgi_post(const std::string &path, std::string body, bool keep_connection) {
    auto made = request("POST", path, keep_connection);
    made.params.emplace_back("CONTENT_LENGTH", std::to_string(body.size()));
    made.params.emplace_back("CONTENT_TYPE", "application/octet-stream");
    made.body = std::move(body);
    return made;
}

}  // namespace hbnb::test
