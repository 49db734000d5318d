#include "ctl/control_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace hbnb::ctl {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::local::stream_protocol;
using beast::error_code;

namespace {

// The steps of one request; each begins when the one before has ended well.
class Call {
  public:
    Call(const std::string &method, const std::string &path, const std::string &body) : stream_(context_) {
        request_.method_string(method);
        request_.target(path);
        request_.set(http::field::host, "hbnb");
        request_.set(http::field::content_type, "application/json");
        request_.body() = body;
        request_.prepare_payload();
        parser_.body_limit(kAnswerBytesMax);
    }

    error_code run(const std::string &socket) {
        stream_.expires_after(kAnswerTimeout);
        stream_.async_connect(stream_protocol::endpoint(socket), [this](error_code failure) {
            if (end(failure)) return;
            http::async_write(stream_, request_, [this](error_code failed, std::size_t) {
                if (end(failed)) return;
                http::async_read(stream_, buffer_, parser_, [this](error_code last, std::size_t) { end(last); });
            });
        });
        context_.run();
        return failure_;
    }

    Answer answer() const { return {parser_.get().result_int(), parser_.get().body()}; }

  private:
    bool end(error_code failure) {
        failure_ = failure;
        return failure.failed();
    }

    asio::io_context context_;
    beast::basic_stream<stream_protocol> stream_;
    http::request<http::string_body> request_;
    http::response_parser<http::string_body> parser_;
    beast::flat_buffer buffer_;
    error_code failure_;
};

std::string reason_of(error_code failure) {
    if (failure == asio::error::connection_refused || failure == boost::system::errc::no_such_file_or_directory)
        return failure.message() + " (no container runs there?)";
    if (failure == http::error::end_of_stream)
        return "it hung up without an answer (only root and the container's own user may ask)";
    return failure.message();
}

}  // namespace

Result<Answer> ControlClient::ask(const std::string &method, const std::string &path, const std::string &body) const {
    constexpr std::size_t kPathMax = 107;
    if (socket_.size() > kPathMax) return Error{"unable to ask " + socket_ + ": the path is too long"};
    Call call(method, path, body);
    if (const error_code failure = call.run(socket_); failure.failed())
        return Error{"unable to ask " + socket_ + ": " + reason_of(failure)};
    return call.answer();
}

}  // namespace hbnb::ctl
