#include "worker/request/exchange.hpp"

#include <algorithm>

namespace hbnb::worker {
namespace {

hbnb_text text(std::string_view value) { return {value.data(), value.size()}; }

// Each thread has one of its own, and its address is cheaper to have than the thread's id.
thread_local char thread_mark;

std::int64_t body_code(BodyState state) {
    switch (state) {
        case BodyState::open:
        case BodyState::whole: return HBNB_BODY_END;
        case BodyState::short_of_length: return HBNB_BODY_SHORT;
        case BodyState::too_large: return HBNB_BODY_TOO_LARGE;
        case BodyState::stalled:
        case BodyState::peer_gone: return HBNB_BODY_PEER_GONE;
        case BodyState::deadline: return HBNB_BODY_DEADLINE;
    }
    return HBNB_BODY_MISUSE;
}

}  // namespace

// The C table: each call finds its Exchange, or refuses.
struct Exchange::Calls {
    static hbnb_text method(hbnb_exchange *exchange) {
        Exchange *self = of(exchange, "method");
        return self != nullptr ? text(self->head_->method) : hbnb_text{};
    }
    static hbnb_text mount(hbnb_exchange *exchange) {
        Exchange *self = of(exchange, "mount");
        return self != nullptr ? text(self->shape_->plugin->prefix()) : hbnb_text{};
    }
    static hbnb_text path(hbnb_exchange *exchange) {
        Exchange *self = of(exchange, "path");
        return self != nullptr ? text(self->path_) : hbnb_text{};
    }
    static hbnb_text request_id(hbnb_exchange *exchange) {
        Exchange *self = of(exchange, "request_id");
        return self != nullptr ? text(self->request_id_) : hbnb_text{};
    }
    static hbnb_text param(hbnb_exchange *exchange, const char *name) {
        Exchange *self = of(exchange, "param");
        return self != nullptr && name != nullptr ? text(self->stream_.params().value(name)) : hbnb_text{};
    }
    static size_t param_count(hbnb_exchange *exchange) {
        Exchange *self = of(exchange, "param_count");
        return self != nullptr ? self->stream_.params().size() : 0;
    }
    static hbnb_pair param_at(hbnb_exchange *exchange, size_t index) {
        Exchange *self = of(exchange, "param_at");
        if (self == nullptr || index >= self->stream_.params().size()) return {};
        self->stream_.params().terminate_names();
        const fcgi::Pair param = self->stream_.params().at(index);
        return {text(param.name), text(param.value)};
    }
    static int64_t content_length(hbnb_exchange *exchange) {
        Exchange *self = of(exchange, "content_length");
        return self != nullptr ? self->head_->content_length : -1;
    }
    static int64_t read_body(hbnb_exchange *exchange, void *buffer, size_t size) {
        Exchange *self = of(exchange, "read_body");
        return self != nullptr ? self->read_body(buffer, size) : HBNB_BODY_MISUSE;
    }
    static hbnb_status begin_response(hbnb_exchange *exchange, uint32_t status, const hbnb_pair *headers,
                                      size_t count) {
        Exchange *self = of(exchange, "begin_response");
        return self != nullptr ? self->begin_response(status, headers, count) : HBNB_FAILED;
    }
    static hbnb_status write(hbnb_exchange *exchange, const void *data, size_t size) {
        Exchange *self = of(exchange, "write");
        return self != nullptr ? self->write({static_cast<const char *>(data), size}) : HBNB_FAILED;
    }
    static hbnb_status flush(hbnb_exchange *exchange) {
        Exchange *self = of(exchange, "flush");
        return self != nullptr ? self->flush() : HBNB_FAILED;
    }
    static uint64_t deadline_ns(hbnb_exchange *exchange) {
        Exchange *self = of(exchange, "deadline_ns");
        return self != nullptr ? static_cast<uint64_t>(self->deadline_.since_boot.count()) : 0;
    }
    static int32_t peer_gone(hbnb_exchange *exchange) {
        Exchange *self = of(exchange, "peer_gone");
        return self == nullptr || !self->stream_.look_for_peer() ? 1 : 0;
    }
    static void set_route(hbnb_exchange *exchange, hbnb_text route) {
        Exchange *self = of(exchange, "set_route");
        if (self != nullptr && route.data != nullptr) self->board_.route.store({route.data, route.size});
    }
};

const hbnb_exchange_table Exchange::kTable = {
    sizeof(hbnb_exchange_table),
    Calls::method,
    Calls::mount,
    Calls::path,
    Calls::request_id,
    Calls::param,
    Calls::param_count,
    Calls::param_at,
    Calls::content_length,
    Calls::read_body,
    Calls::begin_response,
    Calls::write,
    Calls::flush,
    Calls::deadline_ns,
    Calls::peer_gone,
    Calls::set_route,
};

Exchange *Exchange::of(hbnb_exchange *exchange, const char *function) {
    const Shape &shape = *static_cast<Shape *>(exchange);
    Exchange *self = shape.self;
    if (self->open_.load(std::memory_order_acquire) != &shape) {
        misuse(shape, std::string(function) + " was called outside handle");
        return nullptr;
    }
    if (self->thread_ != &thread_mark) {
        misuse(shape, std::string(function) + " was called on another thread than handle's");
        return nullptr;
    }
    return self;
}

Exchange::Exchange(FastcgiRequest &request, RequestStream &stream, wire::ThreadBoard &board,
                   std::size_t response_head_bytes)
    : request_(request), stream_(stream), board_(board), thread_(&thread_mark), response_(response_head_bytes) {}

void Exchange::misuse(const Shape &shape, const std::string &what) {
    shape.plugin->host().log(LogLevel::error, "misuse of the exchange: " + what);
}

void Exchange::begin(const RequestHead &head, std::string_view request_id) {
    head_ = &head;
    request_id_ = request_id;
    deadline_ = {};
    response_.clear();
    body_.clear();
    body_total_ = 0;
    head_sent_ = head_has_length_ = false;
}

void Exchange::route_to(Plugin &plugin, std::string_view path) {
    const auto found =
        std::find_if(shapes_.begin(), shapes_.end(), [&](const Shape &one) { return one.plugin == &plugin; });
    shape_ = found != shapes_.end() ? &*found : &shapes_.emplace_back(Shape{{&kTable}, this, &plugin});
    path_ = path;
}

hbnb_status Exchange::call_handle(void *instance) {
    open_.store(shape_, std::memory_order_release);
    const hbnb_status status = shape_->plugin->handle(instance, shape_);
    open_.store(nullptr, std::memory_order_release);
    return status;
}

std::int64_t Exchange::read_body(void *buffer, std::size_t size) {
    if (size == 0) return HBNB_BODY_END;
    const int got = request_.read_body(static_cast<char *>(buffer), size);
    return got > 0 ? got : body_code(stream_.body_state());
}

hbnb_status Exchange::begin_response(std::uint32_t status, const hbnb_pair *headers, std::size_t count) {
    if (const char *why = response_.begin(status, headers, count)) {
        misuse(std::string("the handler ") + why);
        return HBNB_FAILED;
    }
    head_has_length_ = response_.content_length().has_value();
    return HBNB_OK;
}

hbnb_status Exchange::write(std::string_view data) {
    if (!response_.is_begun()) {
        misuse("the handler wrote before begin_response");
        return HBNB_FAILED;
    }
    if (stream_.is_lost()) return HBNB_PEER_GONE;
    body_total_ += data.size();
    if (head_->is_head || !response_.may_have_body()) return HBNB_OK;  // counted, not sent
    if (body_.size() + data.size() <= kBodyBufferBytes) {
        body_.append(data);
        return HBNB_OK;
    }
    if (!send_head() || !send_body() || !request_.write(data)) return HBNB_PEER_GONE;
    return HBNB_OK;
}

hbnb_status Exchange::flush() {
    if (!response_.is_begun()) {
        misuse("the handler flushed before begin_response");
        return HBNB_FAILED;
    }
    const bool sent = !stream_.is_lost() && send_head() && send_body() && request_.flush() && stream_.flush();
    return sent ? HBNB_OK : HBNB_PEER_GONE;
}

bool Exchange::send_head() {
    if (head_sent_) return true;
    head_sent_ = true;
    return request_.write(response_.complete());
}

bool Exchange::send_body() {
    const bool sent = request_.write(body_);
    body_.clear();
    return sent;
}

bool Exchange::answer(unsigned status, std::string_view body, const hbnb_pair *headers, std::size_t count) {
    if (head_sent_) return false;
    response_.clear();
    body_.clear();
    response_.begin(status, headers, count);
    head_has_length_ = false;
    body_total_ = body.size();
    if (!head_->is_head) body_ = body;
    return true;
}

bool Exchange::finish() {
    // Such an answer may say the length of what it does not send.
    const bool sends_no_body = head_->is_head || !response_.may_have_body();
    if (!head_sent_) {
        // The whole body is known: a length that the handler gave and did not keep would be a lie.
        const bool kept =
            !head_has_length_ || *response_.content_length() == body_total_ || (sends_no_body && body_total_ == 0);
        if (!kept)
            misuse("the handler gave a Content-Length of " + std::to_string(*response_.content_length()) +
                   " and wrote " + std::to_string(body_total_) + " bytes");
        if (!head_has_length_ || !kept) response_.set_content_length(body_total_);
    } else if (head_has_length_ && !sends_no_body && *response_.content_length() != body_total_) {
        misuse("the handler gave a Content-Length of " + std::to_string(*response_.content_length()) + " and wrote " +
               std::to_string(body_total_) + " bytes");
        return false;
    }
    return send_head() && send_body() && request_.finish();
}

}  // namespace hbnb::worker
