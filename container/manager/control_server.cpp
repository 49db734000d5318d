#include "manager/control_server.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/clock.hpp"
#include "manager/loop.hpp"

namespace hbnb::manager {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::local::stream_protocol;
using beast::error_code;

namespace {

constexpr Duration kPauseWithoutDescriptors = std::chrono::milliseconds(100);

ControlAnswer refusal(http::status status, const std::string &sentence) {
    return control_refusal(static_cast<unsigned>(status), sentence);
}

std::string names_of(const std::vector<ControlRoute> &routes) {
    std::string names;
    for (const auto &route : routes) names += (names.empty() ? "" : ", ") + route.method + " " + route.path;
    return names;
}

std::string methods_at(const std::vector<ControlRoute> &routes, const std::string &path) {
    std::string methods;
    for (const auto &route : routes)
        if (route.path == path) methods += (methods.empty() ? "" : ", ") + route.method;
    return methods;
}

ControlAnswer answer_to(const http::request<http::string_body> &request, const std::vector<ControlRoute> &routes) {
    const std::string path(request.target().substr(0, request.target().find('?')));
    const std::string method(request.method_string());
    for (const auto &route : routes)
        if (route.path == path && route.method == method) return route.answer(request.body());
    const std::string methods = methods_at(routes, path);
    if (methods.empty())
        return refusal(http::status::not_found, "there is no " + path + "; there is " + names_of(routes));
    return refusal(http::status::method_not_allowed, path + " is for " + methods + ", not " + method);
}

std::optional<ControlAnswer> answer_to(error_code failure) {
    if (failure == http::error::end_of_stream || failure == http::error::partial_message) return std::nullopt;
    if (failure == http::error::header_limit) {
        return refusal(http::status::request_header_fields_too_large,
                       "the header is longer than " + std::to_string(kControlHeaderBytesMax) + " bytes");
    }
    if (failure == http::error::body_limit) {
        return refusal(http::status::payload_too_large,
                       "the body is longer than " + std::to_string(kControlBodyBytesMax) + " bytes");
    }
    if (failure.category() == make_error_code(http::error::end_of_stream).category()) {
        return refusal(http::status::bad_request, "this is not HTTP: " + failure.message());
    }
    return std::nullopt;  // the client has gone, or was too slow
}

bool may_ask(int client, uid_t uid) {
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && (peer.uid == 0 || peer.uid == uid);
}

}  // namespace

struct ControlServer::State : std::enable_shared_from_this<ControlServer::State> {
    State(Loop &loop_, UnixSocket socket_, uid_t uid_, std::vector<ControlRoute> routes_)
        : loop(loop_), socket(std::move(socket_)), uid(uid_), routes(std::move(routes_)), pause(loop_) {}

    void watch() {
        listening = Watch(loop, socket.fd(), [this] { accept_one(); });
    }

    void accept_one();

    Loop &loop;
    UnixSocket socket;
    uid_t uid;
    std::vector<ControlRoute> routes;
    std::size_t clients = 0;
    bool closed = false;
    Timer pause;
    Watch listening;
};

namespace {

// One client: one request, one answer, done. Lives by the shared_ptr its waits hold.
template <class State>
class Client : public std::enable_shared_from_this<Client<State>> {
  public:
    Client(stream_protocol::socket socket, std::shared_ptr<State> state)
        : stream_(std::move(socket)), state_(std::move(state)) {
        ++state_->clients;
    }
    Client(const Client &) = delete;
    Client &operator=(const Client &) = delete;
    ~Client() { --state_->clients; }

    void serve() {
        parser_.header_limit(kControlHeaderBytesMax);
        parser_.body_limit(kControlBodyBytesMax);
        stream_.expires_after(kControlTimeout);
        http::async_read(stream_, buffer_, parser_, [self = this->shared_from_this()](error_code failure, std::size_t) {
            if (self->state_->closed) return;
            if (!failure) return self->write(answer_to(self->parser_.get(), self->state_->routes));
            if (auto answer = answer_to(failure)) self->write(std::move(*answer));
        });
    }

  private:
    void write(ControlAnswer answer) {
        response_.result(answer.status);
        response_.set(http::field::content_type, "application/json");
        response_.set(http::field::cache_control, "no-store");
        if (response_.result() == http::status::method_not_allowed) {
            const auto &target = parser_.get().target();
            response_.set(http::field::allow,
                          methods_at(state_->routes, std::string(target.substr(0, target.find('?')))));
        }
        response_.keep_alive(false);
        response_.body() = std::move(answer.json);
        response_.prepare_payload();
        stream_.expires_after(kControlTimeout);
        http::async_write(stream_, response_,
                          [self = this->shared_from_this()](error_code, std::size_t) { self->finish(); });
    }

    // A close with unread bytes would reset the connection and could take our answer with it.
    void finish() {
        error_code ignored;
        stream_.socket().shutdown(stream_protocol::socket::shutdown_send, ignored);
        stream_.expires_after(std::chrono::seconds(1));
        drain(kControlBodyBytesMax);
    }

    void drain(std::size_t left) {
        buffer_.clear();
        stream_.async_read_some(buffer_.prepare(4096),
                                [self = this->shared_from_this(), left](error_code failure, std::size_t got) {
                                    if (!failure && got < left) self->drain(left - got);
                                });
    }

    beast::basic_stream<stream_protocol> stream_;
    std::shared_ptr<State> state_;
    beast::flat_buffer buffer_{kControlHeaderBytesMax + kControlBodyBytesMax};
    http::request_parser<http::string_body> parser_;
    http::response<http::string_body> response_;
};

}  // namespace

void ControlServer::State::accept_one() {
    Fd client(::accept4(socket.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!client.is_open()) {
        if (errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS) return;
        listening = Watch();  // it would be readable again at once
        pause.at(monotonic_now() + kPauseWithoutDescriptors, [this] { watch(); });
        return;
    }
    if (clients >= kControlClientsMax || !may_ask(client.get(), uid)) return;  // closed
    stream_protocol::socket connected(loop.context(), stream_protocol(), client.release());
    std::make_shared<Client<State>>(std::move(connected), shared_from_this())->serve();
}

ControlAnswer control_refusal(unsigned status, const std::string &sentence) {
    const nlohmann::json body{{"error", sentence}};
    return {status, body.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"};
}

ControlServer::ControlServer(Loop &loop, UnixSocket socket, uid_t uid, std::vector<ControlRoute> routes)
    : state_(std::make_shared<State>(loop, std::move(socket), uid, std::move(routes))) {
    state_->watch();
}

ControlServer::~ControlServer() {
    state_->closed = true;
    state_->pause.cancel();
    state_->listening = Watch();
    state_->socket.remove_file();
    state_->routes.clear();
}

}  // namespace hbnb::manager
