// One request as a handler sees it: the container's side of hbnb_exchange (sdk/hbnb/handler.h), over libfcgi's request
// and the connection's stream. One object a handler thread, open from begin() to end(); every call outside that, or on
// another thread, is refused and logged with the plugin's name.
#pragma once

#include <hbnb/handler.h>

#include <atomic>
#include <deque>
#include <string>
#include <string_view>

#include "wire/scoreboard.hpp"
#include "worker/plugin/plugin.hpp"
#include "worker/request/fastcgi_request.hpp"
#include "worker/request/request_head.hpp"
#include "worker/request/request_stream.hpp"
#include "worker/request/response.hpp"

namespace hbnb::worker {

class Exchange {
  public:
    Exchange(FastcgiRequest &request, RequestStream &stream, wire::ThreadBoard &board, std::size_t response_head_bytes);
    Exchange(const Exchange &) = delete;
    Exchange &operator=(const Exchange &) = delete;

    // head stays as it is until finish().
    void begin(const RequestHead &head, std::string_view request_id);
    void set_deadline(Moment deadline) { deadline_ = deadline; }  // Moment{}: none
    void route_to(Plugin &plugin, std::string_view path);         // before handle
    hbnb_status call_handle(void *instance);                      // opens, calls the plugin, closes

    // What the container answers itself; replaces what a handler has begun but not sent. false: too late, something was
    // sent.
    bool answer(unsigned status, std::string_view text, const hbnb_pair *headers = nullptr, std::size_t count = 0);
    bool finish();  // what is left of the response goes into the stream, then END_REQUEST. false: cut it

    bool is_begun() const { return response_.is_begun(); }
    bool is_sent() const { return head_sent_; }
    unsigned status() const { return response_.status(); }
    std::uint64_t body_bytes() const { return body_total_; }
    std::string_view request_id() const { return request_id_; }

  private:
    // What a plugin holds of it: one a plugin, so that one that was kept tells whose it is.
    struct Shape : hbnb_exchange {
        Exchange *self;
        Plugin *plugin;
    };
    static const hbnb_exchange_table kTable;
    static Exchange *of(hbnb_exchange *exchange, const char *function);  // nullptr: misuse, logged
    struct Calls;

    std::int64_t read_body(void *buffer, std::size_t size);
    hbnb_status begin_response(std::uint32_t status, const hbnb_pair *headers, std::size_t count);
    hbnb_status write(std::string_view data);
    hbnb_status flush();
    bool send_head();
    bool send_body();
    static void misuse(const Shape &shape, const std::string &what);
    void misuse(const std::string &what) const { misuse(*shape_, what + " (request " + request_id_ + ")"); }

    FastcgiRequest &request_;
    RequestStream &stream_;
    wire::ThreadBoard &board_;
    std::deque<Shape> shapes_;                  // made at a plugin's first request
    std::atomic<const Shape *> open_{nullptr};  // of the plugin whose handle runs
    const void *thread_;
    Shape *shape_ = nullptr;  // of the plugin that this request goes to
    const RequestHead *head_ = nullptr;
    std::string request_id_;
    std::string path_;  // the rest behind the mount, NUL-terminated
    Moment deadline_;
    ResponseHead response_;
    std::string body_;
    std::uint64_t body_total_ = 0;  // bytes a handler wrote
    bool head_sent_ = false, head_has_length_ = false;
};

}  // namespace hbnb::worker
