// One request, as a view of the exchange: nothing is copied, every look-up goes to the container. Valid inside handle,
// on its thread; the texts it hands out live until handle returns.
#pragma once

#include <hbnb/handler.h>
#include <hbnb/response_stream.hpp>
#include <hbnb/text.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace hbnb::sdk {

// How far a body has been read. Only `whole` may be acted on.
enum class BodyState {
    more,        // there may be more of it
    whole,       // read to its end, as long as CONTENT_LENGTH said
    too_large,   // over the reader's limit or the container's (limits.body): 413
    incomplete,  // shorter or longer than CONTENT_LENGTH: 400
    peer_gone,   // connection lost, aborted, or stalled
    deadline,    // the request's deadline has passed
};

struct BodyPiece {
    BodyState state;  // more: size bytes (> 0) have been read
    std::size_t size;
};

struct Body {
    BodyState state;
    std::string bytes;  // empty where state is not whole
    bool is_whole() const { return state == BodyState::whole; }
};

struct Param {
    std::string_view name;
    std::string_view value;
};

// All FastCGI parameters: for (auto [name, value] : request.params()) …
class ParamRange {
  public:
    class Iterator {
      public:
        using iterator_category = std::input_iterator_tag;
        using value_type = Param;
        using difference_type = std::ptrdiff_t;
        using pointer = void;
        using reference = Param;

        Iterator(hbnb_exchange *exchange, std::size_t index) : exchange_(exchange), index_(index) {}
        Param operator*() const {
            const hbnb_pair pair = exchange_->call->param_at(exchange_, index_);
            return {view(pair.name), view(pair.value)};
        }
        Iterator &operator++() {
            ++index_;
            return *this;
        }
        Iterator operator++(int) { return {exchange_, index_++}; }
        bool operator==(const Iterator &other) const { return index_ == other.index_; }

      private:
        hbnb_exchange *exchange_;
        std::size_t index_;
    };

    explicit ParamRange(hbnb_exchange *exchange) : exchange_(exchange) {}
    std::size_t size() const { return exchange_->call->param_count(exchange_); }
    Iterator begin() const { return {exchange_, 0}; }
    Iterator end() const { return {exchange_, size()}; }

  private:
    hbnb_exchange *exchange_;
};

class Request {
  public:
    explicit Request(hbnb_exchange *exchange) : exchange_(exchange) {}
    Request(const Request &) = delete;
    Request &operator=(const Request &) = delete;

    std::string_view method() const { return view(exchange_->call->method(exchange_)); }
    std::string_view mount() const { return view(exchange_->call->mount(exchange_)); }  // "" for "/", else "/demo"
    std::string_view path() const {
        return view(exchange_->call->path(exchange_));
    }  // below the mount; starts with '/'
    std::string_view request_id() const { return view(exchange_->call->request_id(exchange_)); }

    // The query string as it was sent, and one value of it: decoded, '+' as blank; the first of that name.
    std::string_view query() const { return param("QUERY_STRING").value_or(""); }
    std::optional<std::string> query_value(std::string_view name) const { return find_query_value(query(), name); }

    // A header by its HTTP name, any case: "Content-Type" (CONTENT_TYPE), "If-None-Match" (HTTP_IF_NONE_MATCH).
    // nullopt: not there, over 122 bytes of name, or with '_' in it. A client can send any header: trust none (what the
    // web server asserts are parameters without HTTP_).
    std::optional<std::string_view> header(std::string_view name) const;

    // A FastCGI parameter by its exact name ("HBNB_FRONT").
    std::optional<std::string_view> param(const char *name) const {
        const hbnb_text text = exchange_->call->param(exchange_, name);
        return is_absent(text) ? std::nullopt : std::optional(view(text));
    }
    ParamRange params() const { return ParamRange(exchange_); }

    std::optional<std::uint64_t> content_length() const {
        const std::int64_t length = exchange_->call->content_length(exchange_);
        return length < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(length));
    }

    // The body in pieces, or whole into memory if it is at most `limit` bytes. Both block, bounded by the container's
    // timeouts and the deadline. Read it to its end before an answer of more than 64 KiB begins: nginx sends no more of
    // a body once it has an answer's head. Outside handle, or on another thread, both throw std::logic_error.
    BodyPiece read(std::span<char> buffer);  // not empty: into no room the answer is `whole`, whatever has come
    Body read_all(std::size_t limit);

    // Monotonic; none where the container sets none.
    std::optional<std::chrono::steady_clock::time_point> deadline() const {
        const std::uint64_t ns = exchange_->call->deadline_ns(exchange_);
        if (ns == 0) return std::nullopt;
        return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(ns));
    }
    bool peer_gone() const { return exchange_->call->peer_gone(exchange_) != 0; }  // cheap, may be polled

    // The pattern that matched, for metrics and crash reports; the router calls it.
    void set_route(std::string_view pattern) { exchange_->call->set_route(exchange_, to_text(pattern)); }

    // Begins an answer that is sent in pieces, once a request.
    ResponseStream begin(unsigned status, std::initializer_list<HeaderView> headers) {
        return {exchange_, status, headers.begin(), headers.size()};
    }
    ResponseStream begin(unsigned status, std::span<const HeaderView> headers) {
        return {exchange_, status, headers.data(), headers.size()};
    }

    hbnb_exchange *exchange() const { return exchange_; }  // for what the C ABI has and this class has not

  private:
    hbnb_exchange *exchange_;
};

// RFC 3875 §4.1.18: upper case, '-' becomes '_', HTTP_ in front but for the two that have names of their own. A name
// that holds '_' is nobody's: it could not be told from the one with '-'.
inline std::optional<std::string_view> Request::header(std::string_view name) const {
    if (equals_ignoring_case(name, "Content-Type")) return param("CONTENT_TYPE");
    if (equals_ignoring_case(name, "Content-Length")) return param("CONTENT_LENGTH");
    constexpr std::string_view kPrefix = "HTTP_";
    std::array<char, 128> key;
    if (name.empty() || kPrefix.size() + name.size() >= key.size()) return std::nullopt;
    char *out = std::copy(kPrefix.begin(), kPrefix.end(), key.data());
    for (const char c : name) {
        if (c == '_' || c == '\0') return std::nullopt;
        *out++ = c == '-' ? '_' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    }
    *out = '\0';
    return param(key.data());
}

inline BodyPiece Request::read(std::span<char> buffer) {
    const std::int64_t got = exchange_->call->read_body(exchange_, buffer.data(), buffer.size());
    if (got > 0) return {BodyState::more, static_cast<std::size_t>(got)};
    switch (got) {
        case HBNB_BODY_END: return {BodyState::whole, 0};
        case HBNB_BODY_SHORT: return {BodyState::incomplete, 0};
        case HBNB_BODY_TOO_LARGE: return {BodyState::too_large, 0};
        case HBNB_BODY_PEER_GONE: return {BodyState::peer_gone, 0};
        case HBNB_BODY_DEADLINE: return {BodyState::deadline, 0};
        default: throw std::logic_error("unable to read the body: not inside handle, or on another thread");
    }
}

inline Body Request::read_all(std::size_t limit) {
    constexpr std::size_t kStepBytes = 16 << 10;
    const std::uint64_t told = content_length().value_or(0);
    if (told > limit) return {BodyState::too_large, {}};
    std::string bytes(static_cast<std::size_t>(told) + 1,
                      '\0');  // one more than told: the end is seen without a second step
    std::size_t used = 0;
    for (;;) {
        if (used == bytes.size()) bytes.resize(used + kStepBytes);
        const BodyPiece piece = read(std::span(bytes).subspan(used));
        if (piece.state == BodyState::whole) break;
        if (piece.state != BodyState::more) return {piece.state, {}};
        used += piece.size;
        if (used > limit) return {BodyState::too_large, {}};
    }
    bytes.resize(used);
    return {BodyState::whole, std::move(bytes)};
}

}  // namespace hbnb::sdk
