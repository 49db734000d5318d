#include "manager/control/control_server.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/clock.hpp"
#include "manager/host/error_log.hpp"
#include "manager/host/loop.hpp"

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

std::string path_of(const http::request<http::string_body> &request) {
    return std::string(request.target().substr(0, request.target().find('?')));
}

const ControlRoute *find_route(const http::request<http::string_body> &request,
                               const std::vector<ControlRoute> &routes) {
    const auto found = std::find_if(routes.begin(), routes.end(), [&](const ControlRoute &route) {
        return route.path == path_of(request) && route.method == request.method_string();
    });
    return found == routes.end() ? nullptr : &*found;
}

ControlAnswer no_route(const http::request<http::string_body> &request, const std::vector<ControlRoute> &routes) {
    const std::string path = path_of(request), method(request.method_string());
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

// What peers can make happen as often as they like, and the log hears of once a second.
class Seldom {
  public:
    // How often it has happened since it was said last; nothing: it is not due again.
    std::optional<std::uint64_t> count() {
        ++happened_;
        const Moment now = monotonic_now();
        if (said_ && now - *said_ < std::chrono::seconds(1)) return std::nullopt;
        said_ = now;
        return std::exchange(happened_, 0);
    }

  private:
    std::optional<Moment> said_;
    std::uint64_t happened_ = 0;
};

// A client that has a place.
class Guest {
  public:
    explicit Guest(const ucred &peer) : peer_(peer) {}
    virtual ~Guest() = default;
    virtual void leave() = 0;  // closes its connection
    const ucred &peer() const { return peer_; }

  private:
    const ucred peer_;
};

// Of the user with the most, the oldest. guests: at least one, in the order in which they came.
Guest *one_too_many(const std::vector<Guest *> &guests) {
    std::map<uid_t, std::size_t> places;
    for (const Guest *guest : guests) ++places[guest->peer().uid];
    return *std::max_element(guests.begin(), guests.end(), [&](const Guest *one, const Guest *other) {
        return places[one->peer().uid] < places[other->peer().uid];
    });
}

std::optional<ucred> peer_of(int client) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
    return peer;
}

}  // namespace

struct ControlServer::State : std::enable_shared_from_this<ControlServer::State> {
    State(Loop &loop_, ErrorLog &log_, UnixSocket socket_, ControlRights rights_, std::vector<ControlRoute> routes_)
        : loop(loop_),
          log(log_),
          socket(std::in_place, std::move(socket_)),
          rights(std::move(rights_)),
          routes(std::move(routes_)),
          pause(loop_) {}

    void watch() {
        listening = Watch(loop, socket->fd(), [this] { accept_one(); });
    }

    bool accept_one();  // whether a client was there
    void serve(Fd client);
    void make_room();
    ControlAnswer answer_to(const http::request<http::string_body> &request, const ucred &peer);
    void log_refusal(const std::string &what, const ucred &peer);

    Loop &loop;
    ErrorLog &log;
    std::optional<UnixSocket> socket;
    ControlRights rights;
    std::vector<ControlRoute> routes;
    Seldom refusals, crowds;
    std::vector<Guest *> guests;  // at most kControlClientsMax, in the order in which they came
    bool closed = false;
    Timer pause;
    Watch listening;
};

namespace {

// One client: one request, one answer, done. Lives by the shared_ptr its waits hold.
template <class State>
class Client : public Guest, public std::enable_shared_from_this<Client<State>> {
  public:
    Client(stream_protocol::socket socket, const ucred &peer, std::shared_ptr<State> state)
        : Guest(peer), stream_(std::move(socket)), state_(std::move(state)) {
        state_->guests.push_back(this);
    }
    Client(const Client &) = delete;
    Client &operator=(const Client &) = delete;
    ~Client() override { std::erase(state_->guests, this); }

    void leave() override {
        std::erase(state_->guests, this);  // what it waits for holds it for a moment longer
        stream_.close();
    }

    void serve() {
        parser_.header_limit(kControlHeaderBytesMax);
        parser_.body_limit(kControlBodyBytesMax);
        stream_.expires_after(kControlTimeout);
        http::async_read(stream_, buffer_, parser_, [self = this->shared_from_this()](error_code failure, std::size_t) {
            if (self->state_->closed) return;
            if (!failure) return self->write(self->state_->answer_to(self->parser_.get(), self->peer()));
            if (auto answer = answer_to(failure)) self->write(std::move(*answer));
        });
    }

  private:
    void write(ControlAnswer answer) {
        response_.result(answer.status);
        response_.set(http::field::content_type, "application/json");
        response_.set(http::field::cache_control, "no-store");
        if (response_.result() == http::status::method_not_allowed) {
            response_.set(http::field::allow, methods_at(state_->routes, path_of(parser_.get())));
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

bool ControlServer::State::accept_one() {
    Fd client(::accept4(socket->fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (client.is_open()) {
        serve(std::move(client));
        return true;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
        listening = Watch();  // it would be readable again at once
        pause.at(monotonic_now() + kPauseWithoutDescriptors, [this] { watch(); });
    }
    return false;
}

void ControlServer::State::serve(Fd client) {
    const auto peer = peer_of(client.get());
    if (!peer || !rights.may_read(peer->uid)) return;  // closed
    if (guests.size() >= kControlClientsMax) make_room();
    stream_protocol::socket connected(loop.context(), stream_protocol(), client.release());
    std::make_shared<Client<State>>(std::move(connected), *peer, shared_from_this())->serve();
}

void ControlServer::State::make_room() {
    Guest *const one = one_too_many(guests);
    if (const auto number = crowds.count()) {
        log.write(LogLevel::warning, "control socket: more than " + std::to_string(kControlClientsMax) +
                                         " clients at once; the oldest of uid " + std::to_string(one->peer().uid) +
                                         ", which has the most, pid " + std::to_string(one->peer().pid) +
                                         ", is closed" +
                                         (*number > 1 ? " (" + std::to_string(*number) + " closed)" : ""));
    }
    one->leave();
}

ControlAnswer ControlServer::State::answer_to(const http::request<http::string_body> &request, const ucred &peer) {
    const ControlRoute *const route = find_route(request, routes);
    if (route == nullptr) return no_route(request, routes);
    if (route->method == "GET" || rights.may_change(peer.uid)) return route->answer(request.body());
    const std::string what = route->method + " " + route->path;
    log_refusal(what, peer);
    return refusal(http::status::forbidden, what + " is not for uid " + std::to_string(peer.uid) +
                                                ": root started this container, so root and control_uids may change "
                                                "it, and its own user may only read");
}

// A handler may ask as often as it likes.
void ControlServer::State::log_refusal(const std::string &what, const ucred &peer) {
    const auto refused = refusals.count();
    if (!refused) return;
    log.write(LogLevel::warning, "control socket: " + what + " refused to pid " + std::to_string(peer.pid) + ", uid " +
                                     std::to_string(peer.uid) + ", which may only read" +
                                     (*refused > 1 ? " (" + std::to_string(*refused) + " refused)" : ""));
}

bool ControlRights::may_change(uid_t uid) const {
    return uid == 0 || (service_may_change && uid == service) || std::find(uids.begin(), uids.end(), uid) != uids.end();
}

ControlAnswer control_refusal(unsigned status, const std::string &sentence) {
    const nlohmann::json body{{"error", sentence}};
    return {status, body.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"};
}

ControlServer::ControlServer(Loop &loop, ErrorLog &log, UnixSocket socket, ControlRights rights,
                             std::vector<ControlRoute> routes)
    : state_(std::make_shared<State>(loop, log, std::move(socket), std::move(rights), std::move(routes))) {
    state_->watch();
}

ControlServer::~ControlServer() {
    state_->closed = true;
    state_->pause.cancel();
    state_->listening = Watch();
    state_->socket->remove_file();
    state_->routes.clear();
}

bool ControlServer::has_file() const { return state_->socket->has_file(); }

void ControlServer::serve_on(UnixSocket socket) {
    while (state_->accept_one()) {  // the file is gone: nobody new comes
    }
    state_->pause.cancel();
    state_->listening = Watch();
    state_->socket.emplace(std::move(socket));
    state_->watch();
}

}  // namespace hbnb::manager
