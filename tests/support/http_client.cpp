#include "support/http_client.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cctype>

namespace hbnb::test {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t kBodyBytesMax = 256 << 20;
constexpr std::uint32_t kHeaderBytesMax = 64 << 10;

std::string encode(const HttpRequest &request, bool keep) {
    std::string text = request.method + " " + request.target + " HTTP/1.1\r\nHost: localhost\r\n";
    for (const auto &[name, value] : request.headers) text += name + ": " + value + "\r\n";
    if (!keep) text += "Connection: close\r\n";
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
        text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
    }
    return text + "\r\n" + request.body;
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

using Parser = http::response_parser<http::string_body>;

HttpResponse failed(std::string why) {
    HttpResponse response;
    response.failure = std::move(why);
    return response;
}

HttpResponse to_response(const Parser &parser) {
    HttpResponse response;
    response.status = static_cast<int>(parser.get().result_int());
    for (const auto &field : parser.get()) response.headers[lower(field.name_string())] = std::string(field.value());
    response.body = parser.get().body();
    return response;
}

// Feeds what comes until the message is whole; empty on success, else why not.
std::string read_message(Stream &stream, Parser &parser) {
    std::string pending;
    while (!parser.is_done()) {
        const auto piece = stream.receive();
        if (!piece) return "no answer in time, or connection reset";
        boost::system::error_code error;
        if (piece->empty()) {
            if (!parser.got_some()) return "connection cut: no answer";
            parser.put_eof(error);
            return error ? "connection cut: " + error.message() : std::string();
        }
        pending += *piece;
        while (!pending.empty() && !parser.is_done()) {
            const std::size_t used = parser.put(boost::asio::buffer(pending), error);
            if (error && error != http::error::need_more) return "malformed answer: " + error.message();
            pending.erase(0, used);
            if (used == 0) break;
        }
    }
    return pending.empty() ? std::string() : "bytes after the answer: " + pending;
}

}  // namespace

std::string HttpResponse::header(const std::string &name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
}

HttpResponse HttpConnection::ask(const HttpRequest &request, bool keep) {
    if (!stream_) stream_ = Stream::connect(to_);
    if (!stream_) return failed("connection refused");
    // A server may answer and close before it has taken all of a body: so the answer is looked for all the same.
    stream_->send(encode(request, keep));
    Parser parser;
    parser.body_limit(kBodyBytesMax);
    parser.header_limit(kHeaderBytesMax);
    parser.skip(request.method == "HEAD");
    parser.eager(true);
    const std::string failure = read_message(*stream_, parser);
    if (!failure.empty()) {
        stream_.reset();
        return failed(failure);
    }
    if (!keep || !parser.keep_alive()) stream_.reset();
    return to_response(parser);
}

HttpResponse ask(const Endpoint &to, const HttpRequest &request) { return HttpConnection(to).ask(request, false); }

HttpResponse get(const Endpoint &to, const std::string &target) { return ask(to, HttpRequest{"GET", target, {}, {}}); }

}  // namespace hbnb::test
