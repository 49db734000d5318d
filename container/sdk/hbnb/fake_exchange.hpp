// One request made by a test, and the response that a handler gave to it. Refuses what hbnb/handler.h says is refused,
// as the container does, and keeps the container's sentence for it in problems(). No process, no socket, no clock.
#pragma once

#include <hbnb/handler.h>
#include <hbnb/refusals.hpp>
#include <hbnb/text.hpp>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace hbnb::testing {

class FakeExchange : private hbnb_exchange {
  public:
    using Pairs = std::vector<std::pair<std::string, std::string>>;

    // target: the path below the mount, and behind a '?' the query string.
    FakeExchange(std::string method, std::string_view target);
    FakeExchange(const FakeExchange &) = delete;
    FakeExchange &operator=(const FakeExchange &) = delete;

    // ---- The request. The last value of a name counts; HTTP_PROXY never gets in.
    FakeExchange &with_mount(std::string mount) { return mount_ = std::move(mount), *this; }  // "": "/"
    FakeExchange &with_path(std::string path) { return path_ = std::move(path), *this; }      // with a '?' in it
    FakeExchange &with_request_id(std::string id) { return request_id_ = std::move(id), *this; }
    FakeExchange &with_param(std::string_view name, std::string value);
    FakeExchange &with_query(std::string query) { return with_param("QUERY_STRING", std::move(query)); }
    FakeExchange &with_header(std::string_view name, std::string value);  // by its HTTP name: "If-None-Match"
    FakeExchange &with_deadline(std::uint64_t ns) { return deadline_ns_ = ns, *this; }  // of CLOCK_MONOTONIC; 0: none

    // The body and its CONTENT_LENGTH; read in pieces of at most `piece` bytes. with_content_length says another length
    // (the body then ends HBNB_BODY_SHORT where it is not kept), or none: -1.
    FakeExchange &with_body(std::string body, std::size_t piece = SIZE_MAX);
    FakeExchange &with_body_of_unknown_length(std::string body, std::size_t piece = SIZE_MAX);
    FakeExchange &with_content_length(std::int64_t length);
    // What comes behind the bytes of the body: HBNB_BODY_TOO_LARGE, HBNB_BODY_PEER_GONE, HBNB_BODY_DEADLINE …
    // HBNB_BODY_PEER_GONE is a client that has gone; one that has only stalled, which a container answers 408, is not
    // told apart.
    FakeExchange &with_body_end(std::int64_t end) { return body_end_ = end, *this; }
    // The client goes when so many bytes of the response have been written; 0: it has gone already.
    FakeExchange &with_peer_gone_after(std::size_t bytes) { return peer_gone_after_ = bytes, *this; }

    // ---- The call. Before it a test may use get() as a handler would (Request request(exchange.get())); during() is
    // what a container does round handle: after it, and on another thread, every use is refused.
    hbnb_exchange *get() { return this; }
    template <class Work>
    hbnb_status during(Work &&work);

    // ---- The response, as the handler gave it.
    bool is_begun() const { return status_ != 0; }
    unsigned status() const { return status_; }             // 0: not begun
    const std::string &body() const { return body_out_; }   // without what is counted only: HEAD, 204, 304
    std::size_t body_bytes() const { return body_bytes_; }  // what the handler wrote
    std::size_t flushes() const { return flushes_; }
    const std::string &route() const { return route_; }
    const Pairs &headers() const { return headers_; }
    std::optional<std::string> header(std::string_view name) const;  // the first of that name, ignoring case
    std::size_t body_bytes_read() const { return read_; }

    // ---- What became of it, once during() has returned.
    // The status that the client sees, be it the container's own (500 for HBNB_FAILED …); 0: the connection is cut.
    unsigned client_status() const { return client_status_; }
    // What the container would write into its error log about the use of the exchange; empty: used as it should be.
    std::vector<std::string> problems() const;

  private:
    static constexpr std::size_t kBufferBytes = 64 << 10;  // what is not sent before handle has returned
    static FakeExchange *of(hbnb_exchange *exchange, const char *function);
    struct Calls;
    static const hbnb_exchange_table kTable;

    hbnb_status refuse(const std::string &problem);
    std::int64_t read(void *buffer, std::size_t size);
    hbnb_status begin(std::uint32_t status, const hbnb_pair *headers, std::size_t count);
    hbnb_status write(const void *data, std::size_t size);
    hbnb_status flush();
    bool is_peer_gone() const { return body_bytes_ >= peer_gone_after_; }
    bool may_have_body() const { return method_ != "HEAD" && status_ != 204 && status_ != 304; }
    bool keeps_its_length();
    unsigned conclude(hbnb_status status);
    unsigned conclude_failed() const;

    std::string method_, path_, mount_ = "/test", request_id_ = "test-request", body_in_;
    Pairs params_;
    std::int64_t content_length_ = -1;
    std::optional<std::int64_t> body_end_;
    std::uint64_t deadline_ns_ = 0;
    std::size_t piece_ = SIZE_MAX, read_ = 0, peer_gone_after_ = SIZE_MAX;

    std::atomic<bool> open_{true};
    std::thread::id thread_ = std::this_thread::get_id();
    mutable std::mutex mutex_;  // problems_ alone: another thread is refused, and that is one
    std::vector<std::string> problems_;

    unsigned status_ = 0, client_status_ = 0;
    std::int64_t body_told_ = 1;  // the end of the body that the handler has been told
    Pairs headers_;
    std::optional<std::uint64_t> length_given_;
    std::string body_out_, route_;
    std::size_t body_bytes_ = 0, flushes_ = 0;
    bool sent_ = false;
};

// ---- The request

inline FakeExchange::FakeExchange(std::string method, std::string_view target)
    : hbnb_exchange{&kTable}, method_(std::move(method)), path_(target.substr(0, target.find('?'))) {
    with_param("REQUEST_METHOD", method_);
    if (path_.size() < target.size()) with_query(std::string(target.substr(path_.size() + 1)));
}

inline FakeExchange &FakeExchange::with_param(std::string_view name, std::string value) {
    if (name == "HTTP_PROXY") return *this;
    if (name == "CONTENT_LENGTH") {
        content_length_ = -1;
        std::from_chars(value.data(), value.data() + value.size(), content_length_);
    }
    std::erase_if(params_, [&](const auto &param) { return param.first == name; });
    params_.emplace_back(name, std::move(value));
    return *this;
}

inline FakeExchange &FakeExchange::with_header(std::string_view name, std::string value) {
    std::string key;
    for (const char c : name) key.push_back(c == '-' ? '_' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c));
    return with_param(key == "CONTENT_TYPE" || key == "CONTENT_LENGTH" ? key : "HTTP_" + key, std::move(value));
}

inline FakeExchange &FakeExchange::with_body(std::string body, std::size_t piece) {
    const auto length = static_cast<std::int64_t>(body.size());
    return with_body_of_unknown_length(std::move(body), piece).with_content_length(length);
}

inline FakeExchange &FakeExchange::with_body_of_unknown_length(std::string body, std::size_t piece) {
    body_in_ = std::move(body);
    piece_ = std::max<std::size_t>(piece, 1);
    return with_content_length(-1);
}

inline FakeExchange &FakeExchange::with_content_length(std::int64_t length) {
    if (length >= 0) return with_param("CONTENT_LENGTH", std::to_string(length));
    content_length_ = -1;
    std::erase_if(params_, [](const auto &param) { return param.first == "CONTENT_LENGTH"; });
    return *this;
}

// ---- The response

inline std::optional<std::string> FakeExchange::header(std::string_view name) const {
    for (const auto &[key, value] : headers_) {
        if (sdk::equals_ignoring_case(key, name)) return value;
    }
    return std::nullopt;
}

inline std::vector<std::string> FakeExchange::problems() const {
    const std::lock_guard lock(mutex_);
    return problems_;
}

inline hbnb_status FakeExchange::refuse(const std::string &problem) {
    const std::lock_guard lock(mutex_);
    problems_.push_back(problem);
    return HBNB_FAILED;
}

inline std::int64_t FakeExchange::read(void *buffer, std::size_t size) {
    if (size == 0) return HBNB_BODY_END;
    const bool is_longer = content_length_ >= 0 && body_in_.size() > static_cast<std::uint64_t>(content_length_);
    const std::size_t whole = is_longer ? static_cast<std::size_t>(content_length_) : body_in_.size();
    const std::size_t bytes = std::min({size, piece_, whole - read_});
    if (bytes == 0) {
        const bool is_short = content_length_ >= 0 && static_cast<std::uint64_t>(content_length_) != body_in_.size();
        return body_told_ = body_end_.value_or(is_short ? HBNB_BODY_SHORT : HBNB_BODY_END);
    }
    std::memcpy(buffer, body_in_.data() + read_, bytes);
    read_ += bytes;
    return static_cast<std::int64_t>(bytes);
}

inline hbnb_status FakeExchange::begin(std::uint32_t status, const hbnb_pair *headers, std::size_t count) {
    if (is_begun()) return refuse("the handler began its response twice");
    if (const char *why = sdk::HeadCheck::status(status)) return refuse(std::string("the handler ") + why);
    sdk::HeadCheck check;
    Pairs taken;
    for (std::size_t i = 0; i < count; ++i) {
        const auto name = sdk::view(headers[i].name), value = sdk::view(headers[i].value);
        if (const char *why = check.add(name, value))
            return refuse("the handler " + (why == sdk::HeadCheck::kTooMuch
                                                ? sdk::HeadCheck::too_much(headers, count, sdk::kResponseHeadBytes)
                                                : std::string(why)));
        taken.emplace_back(name, value);
    }
    headers_ = std::move(taken);
    length_given_ = check.content_length();
    status_ = status;
    return HBNB_OK;
}

inline hbnb_status FakeExchange::write(const void *data, std::size_t size) {
    if (!is_begun()) return refuse("the handler wrote before begin_response");
    if (is_peer_gone()) return HBNB_PEER_GONE;
    body_bytes_ += size;
    if (!may_have_body() || size == 0) return HBNB_OK;
    body_out_.append(static_cast<const char *>(data), size);
    sent_ |= body_out_.size() > kBufferBytes;
    return HBNB_OK;
}

inline hbnb_status FakeExchange::flush() {
    if (!is_begun()) return refuse("the handler flushed before begin_response");
    if (is_peer_gone()) return HBNB_PEER_GONE;
    ++flushes_;
    sent_ = true;
    return HBNB_OK;
}

// ---- What a container does behind handle

template <class Work>
hbnb_status FakeExchange::during(Work &&work) {
    thread_ = std::this_thread::get_id();
    open_ = true;
    const hbnb_status status = work();
    open_ = false;
    client_status_ = conclude(status);
    return status;
}

inline bool FakeExchange::keeps_its_length() {
    if (!length_given_ || *length_given_ == body_bytes_) return true;
    if (!may_have_body() && (sent_ || body_bytes_ == 0)) return true;  // it may say the length of what it does not send
    refuse("the handler gave a Content-Length of " + std::to_string(*length_given_) + " and wrote " +
           std::to_string(body_bytes_) + " bytes");
    return false;
}

inline unsigned FakeExchange::conclude(hbnb_status status) {
    if (status == HBNB_OK && is_begun()) return keeps_its_length() || !sent_ ? status_ : 0;
    if (status == HBNB_OK) refuse("handle returned without beginning a response");
    if (status < HBNB_OK || status > HBNB_PEER_GONE)
        refuse("handle returned an unknown status " + std::to_string(status));
    if (sent_) return 0;
    if (status == HBNB_OVERLOADED) return 503;
    if (status == HBNB_PEER_GONE) return body_told_ == HBNB_BODY_DEADLINE ? 504 : 0;
    return status == HBNB_FAILED ? conclude_failed() : 500;
}

// What the client sent is the nearer reason, where the handler did not answer it itself.
inline unsigned FakeExchange::conclude_failed() const {
    if (is_peer_gone() || body_told_ == HBNB_BODY_PEER_GONE) return 0;
    if (body_told_ == HBNB_BODY_TOO_LARGE) return 413;
    if (body_told_ == HBNB_BODY_DEADLINE) return 504;
    return body_told_ == HBNB_BODY_SHORT ? 400 : 500;
}

// ---- The C table: each call finds its exchange, or refuses

inline FakeExchange *FakeExchange::of(hbnb_exchange *exchange, const char *function) {
    auto &self = *static_cast<FakeExchange *>(exchange);
    if (self.open_ && self.thread_ == std::this_thread::get_id()) return &self;
    self.refuse(std::string(function) +
                (self.open_ ? " was called on another thread than handle's" : " was called outside handle"));
    return nullptr;
}

struct FakeExchange::Calls {
    static hbnb_text method(hbnb_exchange *exchange) {
        const FakeExchange *self = of(exchange, "method");
        return self != nullptr ? sdk::to_text(self->method_) : hbnb_text{};
    }
    static hbnb_text mount(hbnb_exchange *exchange) {
        const FakeExchange *self = of(exchange, "mount");
        return self != nullptr ? sdk::to_text(self->mount_) : hbnb_text{};
    }
    static hbnb_text path(hbnb_exchange *exchange) {
        const FakeExchange *self = of(exchange, "path");
        return self != nullptr ? sdk::to_text(self->path_) : hbnb_text{};
    }
    static hbnb_text request_id(hbnb_exchange *exchange) {
        const FakeExchange *self = of(exchange, "request_id");
        return self != nullptr ? sdk::to_text(self->request_id_) : hbnb_text{};
    }
    static hbnb_text param(hbnb_exchange *exchange, const char *name) {
        const FakeExchange *self = of(exchange, "param");
        if (self == nullptr || name == nullptr) return {};
        for (const auto &[key, value] : self->params_) {
            if (key == name) return sdk::to_text(value);
        }
        return {};
    }
    static std::size_t param_count(hbnb_exchange *exchange) {
        const FakeExchange *self = of(exchange, "param_count");
        return self != nullptr ? self->params_.size() : 0;
    }
    static hbnb_pair param_at(hbnb_exchange *exchange, std::size_t index) {
        const FakeExchange *self = of(exchange, "param_at");
        if (self == nullptr || index >= self->params_.size()) return {};
        return {sdk::to_text(self->params_[index].first), sdk::to_text(self->params_[index].second)};
    }
    static std::int64_t content_length(hbnb_exchange *exchange) {
        const FakeExchange *self = of(exchange, "content_length");
        return self != nullptr ? self->content_length_ : -1;
    }
    static std::int64_t read_body(hbnb_exchange *exchange, void *buffer, std::size_t size) {
        FakeExchange *self = of(exchange, "read_body");
        return self != nullptr ? self->read(buffer, size) : HBNB_BODY_MISUSE;
    }
    static hbnb_status begin_response(hbnb_exchange *exchange, std::uint32_t status, const hbnb_pair *headers,
                                      std::size_t count) {
        FakeExchange *self = of(exchange, "begin_response");
        return self != nullptr ? self->begin(status, headers, count) : HBNB_FAILED;
    }
    static hbnb_status write(hbnb_exchange *exchange, const void *data, std::size_t size) {
        FakeExchange *self = of(exchange, "write");
        return self != nullptr ? self->write(data, size) : HBNB_FAILED;
    }
    static hbnb_status flush(hbnb_exchange *exchange) {
        FakeExchange *self = of(exchange, "flush");
        return self != nullptr ? self->flush() : HBNB_FAILED;
    }
    static std::uint64_t deadline_ns(hbnb_exchange *exchange) {
        const FakeExchange *self = of(exchange, "deadline_ns");
        return self != nullptr ? self->deadline_ns_ : 0;
    }
    static std::int32_t peer_gone(hbnb_exchange *exchange) {
        const FakeExchange *self = of(exchange, "peer_gone");
        return self == nullptr || self->is_peer_gone() ? 1 : 0;
    }
    static void set_route(hbnb_exchange *exchange, hbnb_text route) {
        FakeExchange *self = of(exchange, "set_route");
        if (self != nullptr && route.data != nullptr) self->route_ = sdk::view(route);
    }
};

inline const hbnb_exchange_table FakeExchange::kTable{
    .struct_size = sizeof(hbnb_exchange_table),
    .method = &Calls::method,
    .mount = &Calls::mount,
    .path = &Calls::path,
    .request_id = &Calls::request_id,
    .param = &Calls::param,
    .param_count = &Calls::param_count,
    .param_at = &Calls::param_at,
    .content_length = &Calls::content_length,
    .read_body = &Calls::read_body,
    .begin_response = &Calls::begin_response,
    .write = &Calls::write,
    .flush = &Calls::flush,
    .deadline_ns = &Calls::deadline_ns,
    .peer_gone = &Calls::peer_gone,
    .set_route = &Calls::set_route,
};

}  // namespace hbnb::testing
