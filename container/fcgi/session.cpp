#include "fcgi/session.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace hbnb::fcgi {
namespace {

std::string_view take(std::string_view &input, std::size_t bytes) {
    const std::string_view part = input.substr(0, bytes);
    input.remove_prefix(part.size());
    return part;
}

const char *describe(CloseReason reason) {
    switch (reason) {
        case CloseReason::none: return "";
        case CloseReason::bad_version: return "a record's version is not 1";
        case CloseReason::begin_with_id_zero: return "BEGIN_REQUEST has request id 0";
        case CloseReason::begin_of_wrong_length: return "the content of BEGIN_REQUEST is not 8 bytes";
        case CloseReason::begin_of_active_id: return "BEGIN_REQUEST came for the request that is active";
        case CloseReason::params_malformed: return "PARAMS is malformed";
        case CloseReason::params_after_end: return "PARAMS came after its end";
        case CloseReason::stdin_before_params_end: return "STDIN came before the end of PARAMS";
        case CloseReason::query_malformed: return "GET_VALUES is malformed";
        case CloseReason::stdin_after_length: return "a body went on behind its CONTENT_LENGTH";
        case CloseReason::ignored_too_much: return "too many bytes came that belong to no request";
        case CloseReason::late_body_too_long: return "the rest of an answered request's body is too long";
    }
    return "";
}

}  // namespace

Session::Session(const SessionSettings &settings) : settings_(settings) {
    settings_.params_bytes_max = std::max(settings_.params_bytes_max, kParamsBytesFloor);
}

Step Session::next(std::string_view input) {
    Step step;
    const std::size_t offered = input.size();
    step.event = advance(input, step.body);
    step.consumed = offered - input.size();
    return step;
}

Event Session::advance(std::string_view &input, std::string_view &body) {
    Event event = Event::need_more;
    while (event == Event::need_more) {
        if (close_reason_ != CloseReason::none) return Event::closed;
        if (pipelined_) {
            if (is_active()) return Event::pipelined;
            pipelined_ = false;
            event = open_record();
        } else if (content_left_ > 0) {
            if (input.empty()) return Event::need_more;
            event = take_content(input, body);
        } else if (padding_left_ > 0) {
            if (input.empty()) return Event::need_more;
            padding_left_ = static_cast<std::uint8_t>(padding_left_ - take(input, padding_left_).size());
        } else {
            if (!take_header(input)) return Event::need_more;
            event = open_record();
        }
    }
    return event;
}

bool Session::take_header(std::string_view &input) {
    if (header_bytes_ == 0 && input.size() >= kHeaderBytes) {  // the usual case: no copy
        record_ = decode_header(take(input, kHeaderBytes).data());
    } else {
        const std::string_view part = take(input, kHeaderBytes - header_bytes_);
        if (!part.empty()) std::memcpy(header_.data() + header_bytes_, part.data(), part.size());
        header_bytes_ = static_cast<std::uint8_t>(header_bytes_ + part.size());
        if (header_bytes_ < kHeaderBytes) return false;
        header_bytes_ = 0;
        record_ = decode_header(header_.data());
    }
    content_left_ = record_.content;
    padding_left_ = record_.padding;
    return true;
}

Event Session::take_content(std::string_view &input, std::string_view &body) {
    const std::string_view part = take(input, content_left_);
    content_left_ = static_cast<std::uint16_t>(content_left_ - part.size());
    switch (sink_) {
        case Sink::ignore:
        case Sink::late_body: return count(part.size());
        case Sink::gather: return gather(part);
        case Sink::params: request_.params.append(part); return Event::need_more;
        case Sink::body: body = part; return Event::body;
    }
    return Event::need_more;
}

Event Session::gather(std::string_view part) {
    if (gathered_.empty() && content_left_ == 0) return act_on(part);
    gathered_.append(part);
    if (content_left_ > 0) return Event::need_more;
    return act_on(std::exchange(gathered_, {}));
}

Event Session::open_record() {
    if (record_.version != kVersion) return close(CloseReason::bad_version);
    const bool mine = record_.id != 0 && record_.id == request_.id;
    if (!over_) {
        if (record_.type == RecordType::begin_request) return open_begin();
        if (record_.id == 0) return open_management();
        if (mine && phase_ != Phase::idle) return open_active();
    }
    return mine && !stdin_ended_ ? open_late() : route(Sink::ignore);
}

Event Session::open_management() {
    if (record_.type == RecordType::get_values) {
        return record_.content == 0 ? answer_values({}) : route(Sink::gather);
    }
    const char body[8] = {static_cast<char>(record_.type)};
    append_record(replies_, RecordType::unknown_type, 0, {body, sizeof body});
    return route(Sink::ignore);
}

Event Session::open_begin() {
    if (record_.id == 0) return close(CloseReason::begin_with_id_zero);
    if (record_.content != kBeginBytes) return close(CloseReason::begin_of_wrong_length);
    if (phase_ == Phase::idle) return route(Sink::gather);
    if (record_.id != request_.id) {
        append_end_request(replies_, record_.id, ProtocolStatus::cant_mpx_conn);
        return route(Sink::ignore);
    }
    if (!is_active() || !stdin_ended_) return close(CloseReason::begin_of_active_id);
    pipelined_ = true;
    return Event::pipelined;
}

Event Session::open_active() {
    switch (record_.type) {
        case RecordType::params: return open_params();
        case RecordType::stdin_stream: return open_stdin();
        case RecordType::abort_request: return open_abort();
        default: return route(Sink::ignore);
    }
}

Event Session::open_params() {
    if (phase_ == Phase::body || phase_ == Phase::complete) return close(CloseReason::params_after_end);
    if (phase_ != Phase::params) return route(Sink::ignore);
    if (record_.content == 0) return end_params();
    if (record_.content > settings_.params_bytes_max - request_.params.stream_bytes()) return refuse_head();
    return route(Sink::params);
}

Event Session::open_stdin() {
    if (phase_ == Phase::params) return close(CloseReason::stdin_before_params_end);
    if (phase_ == Phase::refused && !stdin_ended_) return open_late();
    if (phase_ != Phase::body) return route(Sink::ignore);
    if (record_.content > 0) return body_is_whole_ ? close(CloseReason::stdin_after_length) : route(Sink::body);
    phase_ = Phase::complete;
    stdin_ended_ = true;
    return Event::body_end;
}

Event Session::open_abort() {
    if (phase_ == Phase::params) {
        stdin_ended_ = true;  // the peer need not end what it has given up
        sink_ = Sink::ignore;
        return end_here(ProtocolStatus::request_complete);
    }
    if (phase_ == Phase::aborted) return route(Sink::ignore);
    phase_ = Phase::aborted;
    stdin_ended_ = true;
    const Event counted = route(Sink::ignore);
    return counted == Event::need_more ? Event::aborted : counted;
}

// STDIN that is still owed for a request which was answered early, refused here, or is over a limit.
Event Session::open_late() {
    if (record_.type == RecordType::abort_request) stdin_ended_ = true;
    if (record_.type != RecordType::stdin_stream) return route(Sink::ignore);
    if (record_.content == 0) stdin_ended_ = true;
    if (record_.content > 0 && body_is_whole_) return close(CloseReason::stdin_after_length);
    return route(Sink::late_body);
}

Event Session::act_on(std::string_view content) {
    return record_.type == RecordType::begin_request ? begin_request(content) : answer_values(content);
}

Event Session::begin_request(std::string_view content) {
    const auto at = [content](std::size_t i) { return static_cast<std::uint8_t>(content[i]); };
    request_.id = record_.id;
    request_.keep_connection = (at(2) & kKeepConnection) != 0;  // the other flags and the reserved bytes mean nothing
    ignored_ = late_body_ = 0;
    body_is_whole_ = false;
    phase_ = Phase::params;
    if (static_cast<Role>(at(0) << 8 | at(1)) == Role::responder) {
        stdin_ended_ = false;
        return Event::need_more;
    }
    stdin_ended_ = request_.keep_connection;  // what follows is waited for only where we are to close after it
    return end_here(ProtocolStatus::unknown_role);
}

Event Session::answer_values(std::string_view query) {
    struct Value {
        std::string_view name;
        std::size_t value;
        bool given = false;
    };
    Value values[] = {{"FCGI_MAX_CONNS", settings_.max_connections},
                      {"FCGI_MAX_REQS", settings_.max_requests},
                      {"FCGI_MPXS_CONNS", 0}};
    std::string answer;
    bool broken = false;
    while (const auto pair = take_pair(query, broken)) {
        for (Value &known : values) {
            if (known.name != pair->name || std::exchange(known.given, true)) continue;
            append_pair(answer, known.name, std::to_string(known.value));
        }
    }
    if (broken) return close(CloseReason::query_malformed);
    append_record(replies_, RecordType::get_values_result, 0, answer);
    return Event::need_more;
}

Event Session::end_params() {
    ParamsCheck check = request_.params.decode();
    if (check.verdict == ParamsCheck::Verdict::malformed) return close(CloseReason::params_malformed, check.problem);
    if (check.verdict == ParamsCheck::Verdict::too_many) return refuse_head();
    request_.duplicates = check.duplicates;
    request_.duplicate = std::move(check.duplicate);
    phase_ = Phase::body;
    return Event::request;
}

Event Session::refuse_head() {
    release_params();
    phase_ = Phase::refused;
    const Event counted = route(Sink::ignore);
    return counted == Event::need_more ? Event::too_large : counted;
}

Event Session::end_here(ProtocolStatus status) {
    append_end_request(replies_, request_.id, status);
    release_params();
    phase_ = Phase::idle;
    over_ = !request_.keep_connection;
    return over_ ? Event::over : Event::need_more;
}

void Session::finish_request() {
    release_params();
    phase_ = Phase::idle;
    over_ = !request_.keep_connection;
    if (sink_ == Sink::body) sink_ = Sink::late_body;  // of a record that is half read
}

bool Session::end_body() {
    if (content_left_ > 0 && sink_ == Sink::body) return false;
    body_is_whole_ = true;
    return true;
}

bool Session::is_at_rest() const {
    return phase_ == Phase::idle && stdin_ended_ && !over_ && !pipelined_ && close_reason_ == CloseReason::none &&
           header_bytes_ == 0 && content_left_ == 0 && padding_left_ == 0 && replies_.empty();
}

std::string Session::problem() const {
    if (close_reason_ == CloseReason::none) return {};
    std::string sentence = std::string("unable to go on with a connection: ") + describe(close_reason_);
    if (*detail_ != '\0') sentence.append(": ").append(detail_);
    return sentence;
}

Event Session::route(Sink sink) {
    sink_ = sink;
    const bool ignored = sink == Sink::ignore || sink == Sink::late_body;
    return ignored ? count(kHeaderBytes) : Event::need_more;
}

Event Session::count(std::size_t bytes) {
    const bool late = sink_ == Sink::late_body;
    std::size_t &counted = late ? late_body_ : ignored_;
    counted += bytes;
    if (counted <= (late ? settings_.late_body_bytes_max : settings_.ignored_bytes_max)) return Event::need_more;
    return close(late ? CloseReason::late_body_too_long : CloseReason::ignored_too_much);
}

Event Session::close(CloseReason reason, const char *detail) {
    close_reason_ = reason;
    detail_ = detail;
    std::string().swap(gathered_);
    release_params();
    return Event::closed;
}

// Gives the memory back: a worker has many idle connections.
void Session::release_params() {
    request_.params.release();
    std::string().swap(request_.duplicate);
    request_.duplicates = 0;
}

}  // namespace hbnb::fcgi
