// The application's side of one FastCGI connection as a state model: bytes in, events out. No socket, no libfcgi, no
// clock. It owns all of the protocol's conformance (FastCGI 1.0; one request at a time, no multiplexing, responders
// only).
//
// Records. Input is a chain of records: 8 bytes of header, content, padding. next() takes as much of the input as it
// can use and returns at the first event; everything before Step.consumed is done with, and at need_more that is all of
// it. What has to be kept until more comes is kept here: at most 7 bytes of a header, the parameters gathered so far,
// the content of a BEGIN_REQUEST or GET_VALUES, which are acted on when it is complete. Other records are acted on at
// their header, and STDIN is given out as it comes; padding is skipped afterwards.
//
//   phase     of the active id                                    leaves by
//   idle      none is active                                      BEGIN of a responder -> params
//   params    PARAMS are gathered; STDIN is a violation           empty PARAMS -> body (event request), or refused
//                                                                 over a limit -> refused (event too_large)
//                                                                 ABORT -> idle, answered here, no event
//   body      STDIN is given out; PARAMS is a violation           empty STDIN -> complete (event body_end)
//   complete  nothing more is expected; PARAMS is a violation     finish_request() -> idle
//   refused   the rest of PARAMS and STDIN is ignored             finish_request() -> idle
//   aborted   the peer has given it up; all of it is ignored      finish_request() -> idle
//   any       after a violation: event closed, for ever           -
//
// ABORT in body, complete and refused -> aborted. The caller calls finish_request() when its END_REQUEST is on the way:
// the id is free then, and what still comes of its STDIN (an early answer) is skipped in step. A request that came
// without KEEP_CONN is the connection's last: after it is_over(), and everything but its STDIN's end is ignored.
//
// Answered here, into replies(), whatever the phase:
//   id 0, GET_VALUES       GET_VALUES_RESULT with the known names asked for, each once
//   id 0, other types      UNKNOWN_TYPE; the content is skipped. (BEGIN_REQUEST with id 0 is a violation.)
//   BEGIN, another id      END_REQUEST CANT_MPX_CONN while a request is active, which is undisturbed
//   BEGIN, role not 1      END_REQUEST UNKNOWN_ROLE; the id is free at once (event over if KEEP_CONN was not set)
//   ABORT before the end of PARAMS: END_REQUEST REQUEST_COMPLETE (event over if KEEP_CONN was not set)
//
// Ignored, and counted against a limit: records of ids that are not active, empty ones too; records of the active id
// that no web server has to send to a responder (DATA, STDOUT, unknown types); STDIN after its end, which must mean the
// same before and after our END_REQUEST, as that is a race. BEGIN for the active id is a violation, unless all of that
// request's input is here: then it is a pipelined successor, and waits for finish_request() (event pipelined).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fcgi/params.hpp"
#include "fcgi/record.hpp"

namespace hbnb::fcgi {

inline constexpr std::size_t kParamsBytesFloor = 65535;  // nginx sends as much in one record

struct SessionSettings {
    std::size_t params_bytes_max = 64 << 10;     // of one request's PARAMS stream; never less than kParamsBytesFloor
    std::size_t ignored_bytes_max = 1 << 20;     // in records nobody asked for, between two BEGIN_REQUEST
    std::size_t late_body_bytes_max = 16 << 20;  // of the STDIN of a request that was answered early or refused
    std::size_t max_connections = 1;             // what GET_VALUES says
    std::size_t max_requests = 1;
};

enum class Event {
    need_more,  // all input is consumed
    request,    // a whole, checked head: request()
    too_large,  // a head over a limit: answer it (431) under request().id, then finish_request(); no params
    body,       // Step.body: STDIN content, a part of the given input
    body_end,   // all of STDIN has come
    aborted,    // the peer has given the active request up: END_REQUEST as soon as possible, then finish_request()
    over,       // the connection's last request was refused or aborted here: see is_over()
    pipelined,  // a successor waits for finish_request(); nothing is consumed until then
    closed,     // a violation: write replies(), close the connection; close_reason(), problem()
};

enum class CloseReason {
    none,
    bad_version,  // a record whose version is not 1: nothing after it can be trusted
    begin_with_id_zero,
    begin_of_wrong_length,  // content is not 8 bytes
    begin_of_active_id,
    params_malformed,
    params_after_end,
    stdin_before_params_end,
    query_malformed,     // GET_VALUES
    stdin_after_length,  // more of a body that end_body() has called whole
    ignored_too_much,    // ignored_bytes_max
    late_body_too_long,  // late_body_bytes_max
};

struct Step {
    Event event = Event::need_more;
    std::size_t consumed = 0;  // bytes off the front of the input; Step.body is within them
    std::string_view body;
};

// The head of the active request. Its role is responder.
struct Request {
    std::uint16_t id = 0;
    bool keep_connection = false;
    RequestParams params;        // decoded at event request, until swap_params() takes them away
    std::size_t duplicates = 0;  // parameters dropped because their name came before
    std::string duplicate;       // name of the first of them, for the log
};

class Session {
  public:
    explicit Session(const SessionSettings &settings);

    Step next(std::string_view input);
    void finish_request();  // END_REQUEST for the active request is on the way; frees what is here of it

    // In body: all that the parameters have announced of it has come, and its end is not waited for. What comes of it
    // later, but its end, is a violation, also after finish_request(). false: more of it is on its way, in the record
    // under way.
    bool end_body();

    const Request &request() const {
        return request_;
    }  // from request or too_large to finish_request(); the id for longer
    // For a caller that lends memory for a head that is to come, or needs one's parameters beyond finish_request().
    void swap_params(RequestParams &other) { request_.params.swap(other); }
    bool is_active() const { return phase_ != Phase::idle && phase_ != Phase::params; }  // finish_request() is owed

    // Whole records, to be written before anything that is answered later; the caller clears them. At most twice as
    // many bytes as next() has consumed meanwhile.
    std::string &replies() { return replies_; }

    bool stdin_ended() const { return stdin_ended_; }  // nothing more of the active or last request is owed by the peer
    bool is_over() const { return over_; }             // the last request is answered: await stdin_ended(), then close
    bool is_at_rest() const;  // nothing is under way, in either direction: may be parked or handed over

    CloseReason close_reason() const { return close_reason_; }
    std::string problem() const;  // after closed: a sentence for the log; else empty

  private:
    enum class Phase : std::uint8_t { idle, params, body, complete, refused, aborted };
    enum class Sink : std::uint8_t { ignore, late_body, gather, params, body };  // where a record's content goes

    Event advance(std::string_view &input, std::string_view &body);
    bool take_header(std::string_view &input);  // true: record_ is whole
    Event take_content(std::string_view &input, std::string_view &body);
    Event gather(std::string_view part);

    Event open_record();  // record_'s header has come; need_more: no event yet
    Event open_management();
    Event open_begin();
    Event open_active();
    Event open_params();
    Event open_stdin();
    Event open_abort();
    Event open_late();
    Event act_on(std::string_view content);  // of a gathered record

    Event begin_request(std::string_view content);
    Event answer_values(std::string_view query);
    Event end_params();
    Event refuse_head();
    Event end_here(ProtocolStatus status);  // END_REQUEST for a request that the caller never sees

    Event route(Sink sink);          // record_'s content goes there
    Event count(std::size_t bytes);  // of a record that is ignored
    Event close(CloseReason reason, const char *detail = "");
    void release_params();

    SessionSettings settings_;
    Request request_;
    std::string gathered_;  // content of a BEGIN or GET_VALUES that comes in pieces
    std::string replies_;
    const char *detail_ = "";  // of close_reason_
    std::size_t ignored_ = 0, late_body_ = 0;

    RecordHeader record_;                      // the record under way
    std::array<char, kHeaderBytes> header_{};  // of the next one
    std::uint16_t content_left_ = 0;
    std::uint8_t header_bytes_ = 0;
    std::uint8_t padding_left_ = 0;
    Phase phase_ = Phase::idle;
    Sink sink_ = Sink::ignore;
    CloseReason close_reason_ = CloseReason::none;
    bool stdin_ended_ = true, over_ = false, pipelined_ = false;
    bool body_is_whole_ = false;  // end_body()
};

}  // namespace hbnb::fcgi
