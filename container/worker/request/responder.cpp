#include "worker/request/responder.hpp"

#include <unistd.h>

#include <array>
#include <charconv>
#include <limits>

#include "base/clock.hpp"
#include "worker/request/cut.hpp"

namespace hbnb::worker {
namespace {

constexpr unsigned kClientGone = 499;  // nginx's own number for it, in the access log only

hbnb_text text(std::string_view value) { return {value.data(), value.size()}; }

std::optional<std::size_t> number_of(const Mount *mount) {
    return mount == nullptr ? std::nullopt : std::optional(mount->plugin);
}

}  // namespace

Responder::Responder(Application &application, unsigned thread, std::vector<void *> instances, RequestStream &stream)
    : application_(application),
      board_(application.board.thread[thread]),
      watch_(application.watches[thread]),
      instances_(std::move(instances)),
      stream_(stream),
      exchange_(request_, stream_, board_, application.setup.limits.response_head_bytes),
      thread_(thread),
      made_request_id_("w" + std::to_string(application.setup.worker) + "-" + std::to_string(thread) + "-"),
      made_prefix_(made_request_id_.size()) {}

bool Responder::serve(Purpose purpose) {
    const Moment begun = monotonic_now();
    stream_.begin_request(purpose == Purpose::shed ? begun + kShedTime : Moment{}, kNoContentLength);
    Ended ended;
    RequestHead head;
    const Mount *mount = nullptr;
    if (request_.begin(stream_)) {
        const HeadProblem problem = read_request_head(stream_.params(), path_storage_, head);
        show(head, begun);
        if (problem != HeadProblem::none) {
            ended = refuse(problem, head);
        } else if (purpose == Purpose::shed) {
            mount = application_.router.find(head.path);
            ended = overloaded();
        } else {
            mount = application_.router.find(head.path);
            ended = answer_watched(head, mount, begun);
        }
        if (application_.access_log.is_on() && !ended.by_control_thread) log_access(head, ended.status);
        request_.release();
    }
    if (!ended.in_step && stream_.was_aborted()) ended.in_step = stream_.end_aborted();
    if (purpose == Purpose::shed) application_.board.shed.fetch_add(1, std::memory_order_relaxed);
    ended_ = monotonic_now();
    wire::MountBoard &counts = application_.mounts.at(thread_, number_of(mount));
    if (!ended.by_control_thread) count_response(counts, ended.status);
    wire::count(counts.bytes_in, stream_.bytes_received());
    wire::count(counts.bytes_out, stream_.bytes_written());
    wire::observe(counts.queue_time, queue_time_.of(head.start, stream_.connection().waits_since, begun));
    wire::observe(counts.service_time, ended_ - begun);
    wire::count(board_.requests);
    wire::count(board_.busy_ns, static_cast<std::uint64_t>((ended_ - begun).count()));
    board_.busy_since_ns.store(0, std::memory_order_release);
    stream_.release_params();  // head's views end here
    return ended.in_step;
}

// What scoreboard and exchange know of a request from its head on.
void Responder::show(const RequestHead &head, Moment begun) {
    board_.method.store(head.method);
    board_.uri.store(head.uri.empty() ? head.path : head.uri);
    board_.route.store({});
    board_.plugin.store({});
    const std::string_view id = request_id(head);
    board_.request_id.store(id);
    board_.busy_since_ns.store(begun.since_boot.count(), std::memory_order_release);
    exchange_.begin(head, id);
    log_duplicates(stream_.connection().session->request());
}

Duration Responder::limit_of(const Mount *mount) const {
    const Duration of_pool = application_.setup.timeouts.request;
    return mount != nullptr ? mount->timeout_request.value_or(of_pool) : of_pool;
}

// The control thread ends it for the client where its deadline passes first; whatever the handler makes of it then,
// nobody sees.
Responder::Ended Responder::answer_watched(const RequestHead &head, const Mount *mount, Moment begun) {
    const Connection &connection = stream_.connection();
    const Duration limit = limit_of(mount);
    const Moment deadline = limit == Duration{} ? Moment{} : begun + limit;
    stream_.set_deadline(deadline);
    exchange_.set_deadline(deadline);
    watch_.begin({connection.socket.get(), connection.session->request().id, &head, limit},
                 limit == Duration{} ? kNoDeadline : deadline);
    const Ended ended = dispatch(head, mount);
    switch (watch_.end()) {
        case RequestWatch::Ended::by_thread: return ended;
        case RequestWatch::Ended::answered: stream_.abandon(); return {false, 504, true};
        case RequestWatch::Ended::cut: stream_.abandon(); return {false, exchange_.status(), false};
    }
    return ended;
}

Responder::Ended Responder::dispatch(const RequestHead &head, const Mount *mount) {
    if (head.content_length > static_cast<std::int64_t>(application_.setup.limits.body_bytes)) return answer(413);
    stream_.set_content_length(head.content_length);
    if (mount == nullptr) return answer(404);
    Plugin &plugin = *application_.plugins[mount->plugin];
    std::string_view rest = head.path.substr(mount->prefix.size());
    board_.plugin.store(plugin.served().name);
    exchange_.route_to(plugin, rest.empty() ? "/" : rest);
    return conclude(exchange_.call_handle(instances_[mount->plugin]), plugin);
}

Responder::Ended Responder::conclude(hbnb_status status, Plugin &plugin) {
    // Taken whatever the failure is: what is left lying would be said of the thread's next one.
    const std::string reason = status == HBNB_OK ? std::string() : plugin.host().take_error();
    switch (status) {
        case HBNB_OK:
            return exchange_.is_begun() ? finish() : fail(plugin, "handle returned without beginning a response");
        case HBNB_OVERLOADED: log_overload(plugin, reason); return overloaded();
        case HBNB_PEER_GONE:
            if (stream_.body_state() == BodyState::deadline) return answer(504);
            // Its client did not go, it only stopped sending: it gets an answer.
            return stream_.body_state() == BodyState::stalled ? answer(408) : cut();
        case HBNB_FAILED:
            if (stream_.peer_is_gone()) return cut();
            // What the client sent is the nearer reason, where the handler did not answer it itself.
            if (stream_.body_state() == BodyState::too_large) return answer(413);
            if (stream_.body_state() == BodyState::short_of_length) return answer(400);
            if (stream_.body_state() == BodyState::stalled) return answer(408);
            if (stream_.body_state() == BodyState::deadline) return answer(504);
            return fail(plugin, reason.empty() ? "handle failed without a reason" : reason);
        default: return fail(plugin, "handle returned an unknown status " + std::to_string(status));
    }
}

Responder::Ended Responder::fail(Plugin &plugin, const std::string &reason) {
    std::string line = "request " + std::string(exchange_.request_id()) + " failed: " + reason + "; " +
                       board_.method.load() + " " + board_.uri.load();
    if (const std::string route = board_.route.load(); !route.empty()) line += ", route " + route;
    if (exchange_.is_sent()) line += "; its answer, which had begun, is cut";
    plugin.host().log(LogLevel::error, line);
    text_ = "500 Internal Server Error\nrequest ";
    text_.append(exchange_.request_id()).append("\n");
    return answer(500, text_);
}

Responder::Ended Responder::answer(unsigned status, std::string_view body) {
    if (body.empty()) {
        text_ = std::to_string(status);
        text_.append(" ").append(reason_phrase(status)).append("\n");
        body = text_;
    }
    return exchange_.answer(status, body) ? finish() : cut();
}

// One line a second: where a handler is overloaded, many requests are.
void Responder::log_overload(Plugin &plugin, const std::string &reason) {
    const auto unsaid = application_.overloads.say(monotonic_now());
    if (!unsaid) return;
    std::string line = "request " + std::string(exchange_.request_id()) + " refused as overloaded";
    if (!reason.empty()) line += ": " + reason;
    line += "; " + board_.method.load() + " " + board_.uri.load();
    plugin.host().log(LogLevel::warning, line + OnceASecond::and_more(*unsaid));
}

Responder::Ended Responder::overloaded() {
    const hbnb_pair headers[] = {{text("Retry-After"), text("1")}};
    return exchange_.answer(503, "503 Service Unavailable\n", headers, 1) ? finish() : cut();
}

Responder::Ended Responder::finish() {
    if (!exchange_.finish()) return cut();
    if (!stream_.end_request()) return {false, kClientGone};
    return {true, exchange_.status()};
}

// The response was begun and cannot be completed, or nobody is there: no END_REQUEST, so that no half answer passes for
// whole.
Responder::Ended Responder::cut() {
    stream_.cut();
    return {false, stream_.peer_is_gone() || !exchange_.is_sent() ? kClientGone : exchange_.status()};
}

bool Responder::refuse_head() {
    constexpr std::string_view kBody = "431 Request Header Fields Too Large\n";
    std::string response =
        "Status: 431 Request Header Fields Too Large\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Length: " +
        std::to_string(kBody.size()) + "\r\n\r\n";
    response += kBody;
    count_response(application_.mounts.at(thread_, std::nullopt), 431);
    application_.board.refused.fetch_add(1, std::memory_order_relaxed);
    if (const auto unsaid = application_.large_heads.say(monotonic_now()))
        application_.error_log.write(LogLevel::warning, "request answered 431: its parameters are over limits.params" +
                                                            OnceASecond::and_more(*unsaid));
    wire::count(board_.requests);
    const bool sent = stream_.answer_refused_head(response);
    ended_ = monotonic_now();
    return sent;
}

void count_response(wire::MountBoard &board, unsigned status) {
    if (status == kClientGone) return wire::count(board.responses_cut);
    switch (status / 100) {
        case 2: return wire::count(board.responses_2xx);
        case 3: return wire::count(board.responses_3xx);
        case 4: return wire::count(board.responses_4xx);
        case 5: return wire::count(board.responses_5xx);
        default: return wire::count(board.responses_cut);
    }
}

void cut_begun_answers(std::vector<RequestWatch> &watches) {
    for (RequestWatch &watch : watches)
        if (const auto taken = watch.take(kNoDeadline); taken && taken->begun) end_as_cut(taken->request.socket);
}

std::string_view Responder::request_id(const RequestHead &head) {
    if (!head.request_id.empty()) return head.request_id;
    std::array<char, std::numeric_limits<std::uint64_t>::digits10 + 1> digits;
    const char *const end = std::to_chars(digits.data(), digits.data() + digits.size(), ++sequence_).ptr;
    made_request_id_.resize(made_prefix_);
    made_request_id_.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
    return made_request_id_;
}

// One line a second: a client, or a location, can send many.
Responder::Ended Responder::refuse(HeadProblem problem, const RequestHead &head) {
    if (const auto unsaid = application_.head_problems.say(monotonic_now())) log_problem(problem, head, *unsaid);
    return answer(400);
}

void Responder::log_problem(HeadProblem problem, const RequestHead &head, unsigned unsaid) {
    std::string line = "request " + std::string(exchange_.request_id()) +
                       " answered 400: " + describe(problem, stream_.params(), head);
    if (!head.uri.empty()) line.append(" (").append(head.uri.substr(0, kAccessUriMax)).append(")");
    application_.error_log.write(LogLevel::warning, line + OnceASecond::and_more(unsaid));
}

// For who looks for it only: a client that repeats a header has the web server send its parameter twice.
void Responder::log_duplicates(const fcgi::Request &request) {
    if (request.duplicates == 0 || !application_.error_log.wants(LogLevel::debug)) return;
    application_.error_log.write(
        LogLevel::debug, "request " + std::string(exchange_.request_id()) +
                             ": parameters left out as their name came before: " + std::to_string(request.duplicates) +
                             ", the first of them " + request.duplicate);
}

void Responder::log_access(const RequestHead &head, unsigned status) {
    AccessEntry entry = entry_of(head);
    entry.status = status;
    entry.body_bytes = head.is_head ? 0 : exchange_.body_bytes();
    application_.access_log.add(entry);
}

}  // namespace hbnb::worker
