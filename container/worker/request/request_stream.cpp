#include "worker/request/request_stream.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/clock.hpp"
#include "fcgi/record.hpp"
#include "worker/request/cut.hpp"

namespace hbnb::worker {
namespace {

constexpr unsigned kReadsMax = 64;  // for one head: what comes without end leaves others their turn

void put_header(char *to, fcgi::RecordType type, std::uint16_t id, std::size_t content) {
    const fcgi::HeaderBytes header = fcgi::encode_header(type, id, content);
    std::memcpy(to, header.data(), header.size());
}

}  // namespace

RequestStream::RequestStream(const wire::RequestTimeouts &timeouts, const wire::RequestLimits &limits,
                             RequestWatch &watch)
    : timeouts_(timeouts), limits_(limits), watch_(watch), buffer_(kInputBytes) {
    output_.reserve(kOutputBytes + (16 << 10));
}

void RequestStream::attach(Connection &connection) {
    connection_ = &connection;
    input_ = {};
    output_.clear();
    problem_.clear();
    peer_gone_ = aborted_ = false;
}

void RequestStream::detach() { connection_ = nullptr; }

RequestStream::Fill RequestStream::read_socket() {
    ssize_t got = -1;
    do got = ::recv(connection_->socket.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    while (got < 0 && errno == EINTR);
    if (got > 0) {
        input_ = {buffer_.data(), static_cast<std::size_t>(got)};
        return Fill::some;
    }
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? Fill::nothing_now : Fill::end;
}

fcgi::Step RequestStream::step() {
    fcgi::Session &session = *connection_->session;
    const fcgi::Step step = session.next(input_);
    input_.remove_prefix(step.consumed);
    if (!session.replies().empty()) {  // between whole records of ours: libfcgi writes nothing else
        output_.append(session.replies());
        session.replies().clear();
    }
    if (step.event == fcgi::Event::closed) problem_ = session.problem();
    return step;
}

// A head that comes whole comes into our memory, request by request. What has come of one that comes in pieces is the
// connection's, in memory of its own.
RequestStream::Head RequestStream::next_head(Moment deadline) {
    fcgi::Session &session = *connection_->session;
    deadline_ = deadline;  // the last request's was its own
    const bool lends = session.request().params.stream_bytes() == 0;
    if (lends) session.swap_params(params_);
    const Head head = frame_head();
    if (lends || head == Head::request) session.swap_params(params_);
    if (head != Head::request && params_.stream_bytes() != 0) {
        fcgi::RequestParams piece(params_);
        session.swap_params(piece);
        params_.clear();
    }
    return head;
}

// A connection at rest is read once, when it is said to be readable, and not again to hear that nothing is there: epoll
// says what comes. What was skipped while an answer went out may have left a reply or a violation, which a step brings
// out.
RequestStream::Head RequestStream::frame_head() {
    const fcgi::Session &session = *connection_->session;
    unsigned reads = 0;
    if (input_.empty() && session.is_at_rest()) {
        const Fill fill = read_socket();
        if (fill == Fill::nothing_now) return Head::incomplete;
        if (fill == Fill::end) return Head::closed;
    }
    for (;;) {
        switch (step().event) {
            case fcgi::Event::request: return Head::request;
            case fcgi::Event::too_large: return Head::too_large;
            case fcgi::Event::closed: flush(); return Head::closed;
            case fcgi::Event::over:
            case fcgi::Event::pipelined: return flush() ? Head::incomplete : Head::closed;
            case fcgi::Event::need_more:
                if (!flush()) return Head::closed;
                if (!input_.empty() || session.is_at_rest() || ++reads > kReadsMax) return Head::incomplete;
                if (const Fill fill = read_socket(); fill != Fill::some)
                    return fill == Fill::end ? Head::closed : Head::incomplete;
                break;
            case fcgi::Event::body:
            case fcgi::Event::body_end:
            case fcgi::Event::aborted: break;  // only while a request runs
        }
    }
}

void RequestStream::begin_request(Moment deadline, std::int64_t content_length) {
    deadline_ = deadline;
    content_length_ = content_length;
    body_received_ = written_ = 0;
    body_bytes_ = {};
    body_ = BodyState::open;
    peer_gone_ = aborted_ = handler_done_ = false;
    head_given_ = has_sent_ = false;
}

void RequestStream::set_content_length(std::int64_t content_length) { content_length_ = content_length; }

// ---- what libfcgi reads

int RequestStream::read_records(char *buffer, std::size_t size) {
    return head_given_ ? put_body(buffer, size) : put_head(buffer, size);
}

// BEGIN_REQUEST and the end of PARAMS: those are decoded already, and a handler has them from there. libfcgi's buffer
// has 8192 bytes.
int RequestStream::put_head(char *buffer, std::size_t size) {
    constexpr std::size_t kBytes = 2 * fcgi::kHeaderBytes + fcgi::kBeginBytes;
    if (size < kBytes) return -1;
    const std::uint16_t id = connection_->session->request().id;
    const auto begin = fcgi::encode_begin(static_cast<std::uint16_t>(fcgi::Role::responder), fcgi::kKeepConnection);
    put_header(buffer, fcgi::RecordType::begin_request, id, begin.size());
    std::memcpy(buffer + fcgi::kHeaderBytes, begin.data(), begin.size());
    put_header(buffer + fcgi::kHeaderBytes + begin.size(), fcgi::RecordType::params, id, 0);
    head_given_ = true;
    return static_cast<int>(kBytes);
}

// One STDIN record with what is there, or the stream's end. Errors look like a broken connection to libfcgi;
// body_state() says.
int RequestStream::put_body(char *buffer, std::size_t size) {
    if (size <= fcgi::kHeaderBytes) return -1;
    if (body_bytes_.empty()) fetch_body();
    if (body_bytes_.empty() && body_ != BodyState::whole) return -1;
    const std::size_t bytes = std::min(body_bytes_.size(), size - fcgi::kHeaderBytes);
    put_header(buffer, fcgi::RecordType::stdin_stream, connection_->session->request().id, bytes);
    if (bytes != 0) std::memcpy(buffer + fcgi::kHeaderBytes, body_bytes_.data(), bytes);
    body_bytes_.remove_prefix(bytes);
    return static_cast<int>(fcgi::kHeaderBytes + bytes);
}

void RequestStream::fetch_body() {
    while (body_ == BodyState::open && body_bytes_.empty()) {
        if (is_lost()) {
            body_ = BodyState::deadline;
            return;
        }
        if (input_.empty()) {
            if (!output_.empty() && !send_gathered()) return lose_peer();  // it may wait for what we have said so far
            bool deadline_passed = false;
            const Fill fill = read_socket();
            if (fill != Fill::some && body_received_ == static_cast<std::uint64_t>(content_length_))
                return end_announced_body();
            if (fill == Fill::end) return lose_peer();
            if (fill == Fill::nothing_now && !wait(POLLIN, monotonic_now() + timeouts_.read, deadline_passed)) {
                body_ = deadline_passed ? BodyState::deadline : BodyState::stalled;
                return;
            }
            if (fill == Fill::nothing_now) continue;
        }
        frame_body();
    }
}

// What has been read, as far as it can go without overwriting what nobody has taken yet.
void RequestStream::frame_body() {
    while (!peer_gone_ && body_bytes_.empty() && !input_.empty()) {
        const fcgi::Step next = step();
        switch (next.event) {
            case fcgi::Event::body: take_body(next.body); break;
            case fcgi::Event::body_end: end_body(); break;
            case fcgi::Event::aborted: aborted_ = true; return lose_peer();
            case fcgi::Event::closed: return lose_peer();
            case fcgi::Event::pipelined: return;  // the next request waits for this one's end
            default: break;
        }
    }
}

void RequestStream::take_body(std::string_view bytes) {
    if (body_ != BodyState::open) return;
    body_received_ += bytes.size();
    if (body_received_ > limits_.body_bytes) {
        body_ = BodyState::too_large;
    } else if (content_length_ >= 0 && body_received_ > static_cast<std::uint64_t>(content_length_)) {
        body_ = BodyState::short_of_length;  // longer than announced: handler.h treats both lies alike
    } else {
        body_bytes_ = bytes;
    }
}

void RequestStream::end_body() {
    if (body_ != BodyState::open) return;
    const bool as_announced = content_length_ < 0 || body_received_ == static_cast<std::uint64_t>(content_length_);
    body_ = as_announced ? BodyState::whole : BodyState::short_of_length;
}

// No byte is there behind what CONTENT_LENGTH has announced. Some clients send the end of STDIN late, or end their side
// instead of sending it: nothing is waited for.
void RequestStream::end_announced_body() {
    body_ = connection_->session->end_body() ? BodyState::whole : BodyState::short_of_length;
}

void RequestStream::lose_peer() {
    peer_gone_ = true;
    if (body_ == BodyState::open) body_ = BodyState::peer_gone;
}

bool RequestStream::look_for_peer() {
    if (peer_gone_ || is_lost()) return false;
    frame_body();  // a body's end, perhaps: until then a peer that ends its side may only have stopped short
    pollfd look{connection_->socket.get(), POLLIN, 0};
    if (peer_gone_ || ::poll(&look, 1, 0) <= 0) return !peer_gone_;
    // A Unix peer that closed shows POLLHUP; over TCP its FIN cannot be told from a half-close, and counts as gone.
    const bool owes_nothing = connection_->session->stdin_ended() || body_ == BodyState::whole;
    if ((look.revents & (POLLHUP | POLLERR)) != 0 && owes_nothing) lose_peer();
    if (!peer_gone_ && (look.revents & POLLIN) != 0 && input_.empty() && body_bytes_.empty()) {
        if (read_socket() == Fill::end) lose_peer();
        frame_body();
    }
    return !peer_gone_;
}

// ---- what libfcgi writes

int RequestStream::write_records(const char *data, std::size_t size) {
    if (peer_gone_) return -1;
    output_.append(data, size);
    written_ += size;
    if (output_.size() >= kOutputBytes && !flush()) return -1;
    return static_cast<int>(size);
}

bool RequestStream::flush() {
    if (output_.empty()) return true;
    if (send_gathered()) return true;
    lose_peer();
    return false;
}

bool RequestStream::send_gathered() {
    if (!watch_.begin_sending(last_moment())) {
        output_.clear();
        return false;
    }
    const std::string_view left = send_waiting(output_);
    has_sent_ = true;
    const bool all = left.empty();
    if (!all) end_as_cut(connection_->socket.get(), left);
    watch_.end_sending();
    output_.clear();
    return all;
}

std::string_view RequestStream::send_waiting(std::string_view left) {
    std::optional<Moment> until;  // of a stall: until the peer takes a byte
    while (!left.empty()) {
        const ssize_t sent = ::send(connection_->socket.get(), left.data(), left.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            left.remove_prefix(static_cast<std::size_t>(sent));
            until.reset();
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            bool deadline_passed = false;
            if (!until) until = monotonic_now() + timeouts_.write;
            // A peer that writes its whole body before it reads (Caddy) is freed by taking what nobody will read.
            const bool more_comes = handler_done_ && swallow_input();
            if (!wait(static_cast<short>(more_comes ? POLLOUT | POLLIN : POLLOUT), *until, deadline_passed)) break;
        } else if (errno != EINTR) {
            break;
        }
    }
    return left;
}

Moment RequestStream::last_moment() const { return deadline_ == Moment{} ? kNoDeadline : deadline_ + kOwnWord; }

// false: nothing of this request's will come any more, and what else is readable has to wait for its turn.
bool RequestStream::swallow_input() {
    fcgi::Session &session = *connection_->session;
    body_bytes_ = {};
    while (!session.stdin_ended()) {
        if (input_.empty()) {
            const Fill fill = read_socket();
            if (fill != Fill::some) return fill == Fill::nothing_now;
        }
        const fcgi::Step next = session.next(input_);  // replies wait until all of this response is out
        input_.remove_prefix(next.consumed);
        if (next.event == fcgi::Event::closed || next.consumed == 0) return false;
    }
    return false;
}

// It comes back by itself at the deadline, and may say then what became of the request.
bool RequestStream::wait(short events, Moment until, bool &deadline_passed) {
    const bool bounded_by_deadline = deadline_ != Moment{} && deadline_ < until;
    watch_.move_deadline(last_moment());
    const bool ready = poll_until(events, bounded_by_deadline ? deadline_ : until);
    deadline_passed = !ready && bounded_by_deadline;
    if (!deadline_passed && !watch_.has_sent() && deadline_ != Moment{}) watch_.move_deadline(deadline_);
    return ready;
}

bool RequestStream::poll_until(short events, Moment until) const {
    watch_.wait_for_peer(true);
    const bool ready = poll_socket(events, until);
    watch_.wait_for_peer(false);
    return ready;
}

bool RequestStream::poll_socket(short events, Moment until) const {
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - monotonic_now()).count();
        pollfd one{connection_->socket.get(), events, 0};
        const int ready = left <= 0 ? 0 : ::poll(&one, 1, static_cast<int>(std::min<long>(left, 3'600'000)));
        if (ready > 0) return true;
        if (ready == 0 && monotonic_now() >= until) return false;
    }
}

bool RequestStream::end_request() {
    handler_done_ = true;
    body_bytes_ = {};
    const bool sent = flush();
    connection_->session->finish_request();
    return sent;
}

// Records that are gathered are not sent: they do not make it whole. A peer that has given the request up keeps the
// connection.
void RequestStream::cut() {
    if (aborted_ || !has_sent_) return;
    output_ = fcgi::kInvalidHeader;
    send_gathered();
}

bool RequestStream::end_aborted() {
    fcgi::append_end_request(output_, connection_->session->request().id, fcgi::ProtocolStatus::request_complete);
    connection_->session->finish_request();
    return send_gathered();
}

bool RequestStream::answer_refused_head(std::string_view stdout_bytes) {
    const std::uint16_t id = connection_->session->request().id;
    fcgi::append_stream(output_, fcgi::RecordType::stdout_stream, id, stdout_bytes);
    fcgi::append_record(output_, fcgi::RecordType::stdout_stream, id, {});
    fcgi::append_end_request(output_, id, fcgi::ProtocolStatus::request_complete);
    connection_->session->finish_request();
    return flush();
}

}  // namespace hbnb::worker
