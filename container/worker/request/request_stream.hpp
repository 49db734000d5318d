// One connection's bytes while a thread serves it: reads from the socket into the thread's buffer, lets fcgi::Session
// frame, check and decode them, hands libfcgi one request without parameters, and gathers what is written back. All
// waiting for a peer happens here, bounded by timeouts.read, timeouts.write and the request's deadline. What has been
// taken by the control thread (request_watch) is over: nothing more is sent, and the body is at its deadline.
// One object a handler thread; bound to a connection from attach() to detach().
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/moment.hpp"
#include "fcgi/session.hpp"
#include "wire/worker_setup.hpp"
#include "worker/io/connection.hpp"
#include "worker/request/fastcgi_platform.hpp"
#include "worker/watch/request_watch.hpp"

namespace hbnb::worker {

inline constexpr std::size_t kInputBytes = 64 << 10;
inline constexpr std::size_t kOutputBytes = 64 << 10;  // gathered, then written at once

// A thread that has begun to answer, or whose peer keeps it waiting until the deadline, has so long after it to end by
// itself, before the control thread does it.
inline constexpr Duration kOwnWord = std::chrono::milliseconds(100);

// What became of a request's body so far.
enum class BodyState { open, whole, short_of_length, too_large, stalled, peer_gone, deadline };

class RequestStream final : public RequestIo {
  public:
    RequestStream(const wire::RequestTimeouts &timeouts, const wire::RequestLimits &limits, RequestWatch &watch);

    void attach(Connection &connection);
    void detach();
    Connection &connection() { return *connection_; }

    enum class Head { request, too_large, incomplete, closed };
    // Reads what is there and frames it: a whole request's head, a head over limits.params, nothing whole yet (park
    // it), or a connection that is to be closed: by the peer, or by us for a violation (then problem() is not empty).
    // deadline: for what is to be said meanwhile, refusals and the like; Moment{}: each has timeouts.write.
    Head next_head(Moment deadline);
    const std::string &problem() const { return problem_; }

    // ---- one request, from next_head() == request to end_request()
    void begin_request(Moment deadline, std::int64_t content_length);  // Moment{}: no deadline
    void set_deadline(Moment deadline) { deadline_ = deadline; }
    void set_content_length(std::int64_t content_length);  // before the body is read
    int read_records(char *buffer, std::size_t size) override;
    int write_records(const char *data, std::size_t size) override;
    fcgi::RequestParams &params() { return params_; }  // until release_params()
    void release_params() { params_.clear(); }
    BodyState body_state() const { return body_; }
    bool has_input() const { return !input_.empty(); }  // read, not yet framed: the next request has begun to come
    bool look_for_peer();                               // false: it has gone or aborted; a look, never a wait
    bool flush();                                       // everything gathered goes out
    bool end_request();  // after END_REQUEST was gathered: flush; false: the connection is unusable
    void cut();          // an answer that has begun ends here and is not whole: says so on the wire
    bool was_aborted() const { return aborted_; }
    bool end_aborted();                                // END_REQUEST for an aborted request, whatever of it was sent
    bool is_lost() const { return watch_.is_lost(); }  // the control thread has ended it for the client
    void abandon() { aborted_ = false; }               // nothing more is to be said on this connection
    bool answer_refused_head(
        std::string_view stdout_bytes);  // next_head() == too_large: a whole answer without libfcgi
    bool peer_is_gone() const { return peer_gone_; }
    std::uint64_t bytes_written() const { return written_; }
    std::uint64_t bytes_received() const { return params_.stream_bytes() + body_received_; }  // until release_params()

  private:
    enum class Fill { some, nothing_now, end };
    Head frame_head();
    Fill read_socket();  // one non-blocking read into the empty input buffer
    fcgi::Step step();   // the session's next event; what it consumed is gone from input_
    bool wait(short events, Moment until, bool &deadline_passed);
    bool poll_until(short events, Moment until) const;
    bool poll_socket(short events, Moment until) const;
    int put_head(char *buffer, std::size_t size);
    int put_body(char *buffer, std::size_t size);
    void fetch_body();  // until body_bytes_ is non-empty or body_ no longer open
    void frame_body();
    void take_body(std::string_view bytes);
    void end_body();
    void end_announced_body();
    void lose_peer();
    bool send_gathered();                                   // output_ goes out; waits for the peer
    std::string_view send_waiting(std::string_view bytes);  // what is left when the peer takes no more
    Moment last_moment() const;                             // to answer by itself, before the control thread does
    bool swallow_input();

    const wire::RequestTimeouts &timeouts_;
    const wire::RequestLimits &limits_;
    RequestWatch &watch_;
    std::vector<char> buffer_;
    std::string_view input_;  // into buffer_: read, not yet framed
    std::string output_;
    Connection *connection_ = nullptr;
    std::string problem_;

    Moment deadline_;
    std::int64_t content_length_ = -1;
    std::uint64_t body_received_ = 0, written_ = 0;
    std::string_view body_bytes_;  // into buffer_: STDIN content not yet handed to libfcgi
    BodyState body_ = BodyState::open;
    bool peer_gone_ = false, aborted_ = false, handler_done_ = false;
    bool head_given_ = false;     // to libfcgi
    bool has_sent_ = false;       // bytes to the peer, since the request began
    fcgi::RequestParams params_;  // of the head that next_head() has framed; else memory for the next
};

}  // namespace hbnb::worker
