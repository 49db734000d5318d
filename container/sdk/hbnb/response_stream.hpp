// An answer sent while it is made: begun once, then written in pieces of any size, in constant memory.
//
//   auto stream = request.begin(200, {{"Content-Type", "text/plain"}});
//   stream.write("…").flush();
//   return stream.end();
//
// Used inside handle, on its thread. An exception that leaves the handler in between cuts the answer, so that nobody
// takes it for a whole one; while nothing of it was sent, a whole 500 takes its place.
#pragma once

#include <hbnb/handler.h>
#include <hbnb/failure.hpp>
#include <hbnb/response.hpp>
#include <hbnb/text.hpp>

#include <array>
#include <charconv>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hbnb::sdk {

using HeaderView = std::pair<std::string_view, std::string_view>;

class ResponseStream {
  public:
    // X-Content-Type-Options: nosniff is added. Throws std::runtime_error where the container refuses the head.
    ResponseStream(hbnb_exchange *exchange, unsigned status, const HeaderView *headers, std::size_t count)
        : exchange_(exchange), status_(status) {
        std::vector<hbnb_pair> pairs;
        pairs.reserve(count + 1);
        for (std::size_t i = 0; i < count; ++i)
            pairs.push_back({to_text(headers[i].first), to_text(headers[i].second)});
        pairs.push_back({to_text("X-Content-Type-Options"), to_text("nosniff")});
        begin(pairs.data(), pairs.size());
    }
    ResponseStream(const ResponseStream &) = delete;
    ResponseStream &operator=(const ResponseStream &) = delete;

    // The two throw PeerGone where the client has gone, std::runtime_error outside handle or on another thread.
    ResponseStream &write(std::string_view bytes) {
        if (!bytes.empty())
            check(exchange_->call->write(exchange_, bytes.data(), bytes.size()), "unable to write to the response");
        return *this;
    }
    ResponseStream &flush() {
        check(exchange_->call->flush(exchange_), "unable to flush the response");
        return *this;
    }

    // What the handler returns.
    Response end() const { return Response::streamed(status_); }

    // Sends a whole answer; what the exception border does with the value that handle returned.
    static void send(hbnb_exchange *exchange, const Response &response);

  private:
    ResponseStream(hbnb_exchange *exchange, unsigned status) : exchange_(exchange), status_(status) {}

    void begin(const hbnb_pair *headers, std::size_t count) {
        if (exchange_->call->begin_response(exchange_, status_, headers, count) == HBNB_OK) return;
        throw std::runtime_error("unable to begin a response of status " + std::to_string(status_) +
                                 ": begun already, or the status or a header is not allowed");
    }
    static void check(hbnb_status status, const char *what) {
        if (status == HBNB_PEER_GONE) throw PeerGone();
        if (status != HBNB_OK) throw std::runtime_error(std::string(what) + ": not begun, or not inside handle");
    }

    hbnb_exchange *exchange_;
    unsigned status_;
};

inline void ResponseStream::send(hbnb_exchange *exchange, const Response &response) {
    constexpr std::size_t kOwnHeaders = 3, kPairsOnStack = 16;
    const std::size_t room = response.headers().size() + kOwnHeaders;
    std::array<hbnb_pair, kPairsOnStack> few;
    std::vector<hbnb_pair> many(room > few.size() ? room : 0);
    hbnb_pair *const pairs = many.empty() ? few.data() : many.data();
    std::size_t count = 0;
    const auto add = [&](std::string_view name, std::string_view value) {
        pairs[count++] = {to_text(name), to_text(value)};
    };

    for (const Header &header : response.headers()) add(header.name, header.value);
    std::array<char, 24> digits;
    if (response.may_have_body()) {
        add("Content-Length", {digits.data(), std::to_chars(digits.begin(), digits.end(), response.body().size()).ptr});
        const bool has_type = !response.type().empty();  // set() has put it among the headers, or it is our own
        if (!response.has("Content-Type") && (has_type || !response.body().empty()))
            add("Content-Type", has_type ? response.type() : kTextType);
    }
    if (!response.has("X-Content-Type-Options")) add("X-Content-Type-Options", "nosniff");

    ResponseStream stream(exchange, response.status());
    stream.begin(pairs, count);
    if (response.may_have_body()) stream.write(response.body());
}

}  // namespace hbnb::sdk
