#include "one_connection.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <stdexcept>
#include <vector>

#include "support/eventually.hpp"

namespace hbnb::test {
namespace {

Fd append_to(const std::string &path) {
    return Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
}

template <class Value>
Value must(Result<Value> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(*result);
}

}  // namespace

hbnb_status begin(hbnb_exchange *exchange, unsigned status, const fcgi::Params &headers) {
    std::vector<hbnb_pair> pairs;
    for (const auto &[name, value] : headers) pairs.push_back({text_of(name), text_of(value)});
    return exchange->call->begin_response(exchange, status, pairs.data(), pairs.size());
}

hbnb_status write(hbnb_exchange *exchange, std::string_view bytes) {
    return exchange->call->write(exchange, bytes.data(), bytes.size());
}

hbnb_status answer(hbnb_exchange *exchange, std::string_view body, unsigned status) {
    const hbnb_status begun = begin(exchange, status, {{"Content-Type", "text/plain"}});
    return begun == HBNB_OK ? write(exchange, body) : begun;
}

BodyRead read_body(hbnb_exchange *exchange, std::size_t piece) {
    BodyRead read;
    std::string buffer(piece, '\0');
    while ((read.end = exchange->call->read_body(exchange, buffer.data(), buffer.size())) > 0)
        read.bytes.append(buffer, 0, static_cast<std::size_t>(read.end));
    return read;
}

OneConnection::OneConnection(Handler handler, const std::string &mount, const Adjust &adjust)
    : handler_(std::move(handler)), error_file_(append_to(dir_ / "errors")) {
    static const Result<void> libfcgi = worker::prepare_libfcgi();
    if (!libfcgi) throw std::runtime_error(libfcgi.error().message);
    setup_.worker = 3;
    if (adjust) adjust(setup_);
    Fd board;
    scoreboard_.emplace(must(wire::ScoreboardMapping::create(board)));
    error_log_.emplace(error_file_.get(), LogLevel::debug, scoreboard_->board());
    access_log_.emplace(access_lines_.workers_end());

    std::vector<std::unique_ptr<worker::Plugin>> plugins;
    const std::string self = std::to_string(reinterpret_cast<std::uintptr_t>(this));
    plugins.push_back(must(open_given(table(), setup_, *error_log_, mount, self)));
    if (const auto loaded = plugins[0]->load(); !loaded) throw std::runtime_error(loaded.error().message);
    auto router = must(worker::Router::build({{plugins[0]->prefix(), 0, "p.so"}}));
    application_.emplace(worker::Application{setup_, std::move(plugins), std::move(router), *access_log_, *error_log_,
                                             scoreboard_->board(), scoreboard_->mounts()});

    std::array<int, 2> pair{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.data()) != 0)
        throw std::runtime_error("unable to make a socket pair");
    peer_ = Fd(pair[0]);
    fcgi::SessionSettings session;
    session.params_bytes_max = setup_.limits.params_bytes;
    session.late_body_bytes_max = setup_.limits.body_bytes + (1 << 20);
    connections_.emplace(1, session);
    connection_ = connections_->open(Fd(pair[1]), true);
    stream_.emplace(setup_.timeouts, setup_.limits, application_->watches[0]);
    responder_.emplace(*application_, 0, std::vector<void *>{this}, *stream_);
    stream_->attach(*connection_);
}

OneConnection::~OneConnection() { application_->plugins[0]->unload(); }

hbnb_plugin OneConnection::table() {
    hbnb_plugin table = good_table();
    table.load = load;
    table.handle = handle;
    return table;
}

hbnb_status OneConnection::load(const hbnb_host *host, hbnb_text config, void **state) {
    std::uintptr_t address = 0;
    std::from_chars(config.data, config.data + config.size, address);
    auto *self = reinterpret_cast<OneConnection *>(address);
    self->host_ = host;
    *state = self;
    return HBNB_OK;
}

hbnb_status OneConnection::handle(void *instance, hbnb_exchange *exchange) {
    return static_cast<OneConnection *>(instance)->handler_(exchange);
}

bool OneConnection::send(std::string_view bytes) { return send_some(bytes) == bytes.size(); }

std::size_t OneConnection::send_some(std::string_view bytes) {
    const ssize_t sent = ::send(peer_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

void OneConnection::make_blocking() {
    const int flags = ::fcntl(connection_->socket.get(), F_GETFL);
    ::fcntl(connection_->socket.get(), F_SETFL, flags & ~O_NONBLOCK);
}

void OneConnection::narrow() {
    const int bytes = 4096;
    ::setsockopt(connection_->socket.get(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

std::string OneConnection::receive_now() {
    std::string all;
    std::array<char, 64 << 10> piece{};
    for (ssize_t got = 0; (got = ::recv(peer_.get(), piece.data(), piece.size(), 0)) > 0;)
        all.append(piece.data(), static_cast<std::size_t>(got));
    return all;
}

std::string OneConnection::receive_all() {
    std::string all;
    std::array<char, 64 << 10> piece{};
    for (;;) {
        pollfd one{peer_.get(), POLLIN, 0};
        if (::poll(&one, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())) != 1) return all;
        const ssize_t got = ::recv(peer_.get(), piece.data(), piece.size(), 0);
        if (got <= 0) return all;
        all.append(piece.data(), static_cast<std::size_t>(got));
    }
}

std::optional<fcgi::ResponseGatherer> OneConnection::response(std::string_view bytes) {
    fcgi::ResponseGatherer reader;
    reader.feed(bytes);
    return reader.is_ended() ? std::optional(reader) : std::nullopt;
}

Turn OneConnection::turn() {
    using Head = worker::RequestStream::Head;
    const Head head = stream_->next_head({});
    if (head == Head::incomplete) return Turn::incomplete;
    const bool in_step =
        (head == Head::request && responder_->serve()) || (head == Head::too_large && responder_->refuse_head());
    if (in_step) return Turn::in_step;
    connections_->close(*connection_);
    return Turn::closed;
}

std::optional<fcgi::ResponseGatherer> OneConnection::ask(const fcgi::ClientRequest &request) {
    if (!send(fcgi::encode_request(request))) return std::nullopt;
    Turn what = turn();
    while (what == Turn::incomplete) {  // the rest of a body that nobody read stands before the request
        pollfd look{connection_->socket.get(), POLLIN, 0};
        if (::poll(&look, 1, 0) != 1) return std::nullopt;
        what = turn();
    }
    return response(receive_now());
}

}  // namespace hbnb::test
