#include "unit/fcgi/transcript.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "fcgi/client/client.hpp"
#include "unit/fcgi/bytes.hpp"

namespace hbnb::fcgi::testing {
namespace {

constexpr std::size_t kCutEverywhere = 2048;  // streams up to this size are cut at every position

const char *name_of(CloseReason reason) {
    switch (reason) {
        case CloseReason::none: return "none";
        case CloseReason::bad_version: return "bad_version";
        case CloseReason::begin_with_id_zero: return "begin_with_id_zero";
        case CloseReason::begin_of_wrong_length: return "begin_of_wrong_length";
        case CloseReason::begin_of_active_id: return "begin_of_active_id";
        case CloseReason::params_malformed: return "params_malformed";
        case CloseReason::params_after_end: return "params_after_end";
        case CloseReason::stdin_before_params_end: return "stdin_before_params_end";
        case CloseReason::query_malformed: return "query_malformed";
        case CloseReason::stdin_after_length: return "stdin_after_length";
        case CloseReason::ignored_too_much: return "ignored_too_much";
        case CloseReason::late_body_too_long: return "late_body_too_long";
    }
    return "?";
}

class Listener {
  public:
    Listener(Answer answer, const SessionSettings &settings) : session_(settings), answer_(answer) {}

    void feed(std::string_view input) {
        while (!closed_) {
            const Step step = session_.next(input);
            REQUIRE(step.consumed <= input.size());
            note_replies();
            note(step, input);
            input.remove_prefix(step.consumed);
            if (step.event == Event::need_more) {
                REQUIRE(input.empty());
                return;
            }
        }
    }

    std::string end() {
        if (closed_) return log_;
        if (session_.is_at_rest()) return log_ + "at rest";
        if (!session_.is_over()) return log_ + "under way";
        return log_ + (session_.stdin_ended() ? "over" : "over, stdin open");
    }

  private:
    void note_replies() {
        std::string_view rest = session_.replies();
        while (!rest.empty()) {
            const std::size_t record = kHeaderBytes + decode_header(rest.data()).content;
            REQUIRE(record <= rest.size());
            say("reply " + hex(rest.substr(0, record)));
            rest.remove_prefix(record);
        }
        session_.replies().clear();
    }

    void note(const Step &step, std::string_view input) {
        const bool was_body = std::exchange(in_body_, step.event == Event::body);
        switch (step.event) {
            case Event::need_more: in_body_ = was_body; return;
            case Event::request: note_request(); return answer_if(answer_ == Answer::at_head);
            case Event::body: return note_body(step, input, was_body);
            case Event::body_end: say("body_end"); return answer_if(answer_ == Answer::at_body_end);
            case Event::too_large: say("too_large " + std::to_string(session_.request().id)); return answer_if(true);
            case Event::aborted: say("aborted"); return answer_if(true);
            case Event::pipelined: say("pipelined"); return answer_if(true);
            case Event::over: return say("over");
            case Event::closed:
                closed_ = true;
                REQUIRE(!session_.problem().empty());
                log_ += std::string("closed ") + name_of(session_.close_reason());
        }
    }

    void note_request() {
        const Request &request = session_.request();
        std::string text = "request " + std::to_string(request.id) + (request.keep_connection ? " keep {" : " {");
        for (std::size_t i = 0; i < request.params.size(); ++i) {
            const auto [name, value] = request.params.at(i);
            text.append(text.back() == '{' ? "" : ", ").append(name).append("=").append(value);
        }
        say(text + "}");
        if (request.duplicates > 0) say(std::to_string(request.duplicates) + " duplicates, first " + request.duplicate);
    }

    void note_body(const Step &step, std::string_view input, bool was_body) {
        REQUIRE(!step.body.empty());
        REQUIRE(step.body.data() >= input.data());
        REQUIRE(step.body.data() + step.body.size() == input.data() + step.consumed);
        if (was_body) {
            log_.insert(log_.size() - 3, step.body);
        } else {
            say("body " + std::string(step.body));
        }
    }

    void answer_if(bool now) {
        if (now) session_.finish_request();
    }

    void say(const std::string &what) {
        in_body_ = in_body_ && what.starts_with("body ");
        log_ += what + " | ";
    }

    Session session_;
    Answer answer_;
    std::string log_;
    bool in_body_ = false, closed_ = false;
};

}  // namespace

std::string transcript_of(std::string_view stream, const std::vector<std::size_t> &cuts, Answer answer,
                          const SessionSettings &settings) {
    Listener listener(answer, settings);
    std::size_t from = 0;
    for (const std::size_t cut : cuts) {
        // A copy of exactly the piece, so that a sanitizer sees a read beyond it.
        const std::vector<char> piece(stream.begin() + from, stream.begin() + cut);
        listener.feed({piece.data(), piece.size()});
        from = cut;
    }
    return listener.end();
}

std::string hear(std::string_view stream, Answer answer, const SessionSettings &settings) {
    const std::string whole = transcript_of(stream, {stream.size()}, answer, settings);
    std::vector<std::size_t> every;
    for (std::size_t i = 1; i <= stream.size(); ++i) every.push_back(i);
    REQUIRE(transcript_of(stream, every, answer, settings) == whole);
    const std::size_t stride = stream.size() <= kCutEverywhere ? 1 : stream.size() / 16;
    for (std::size_t cut = 1; cut < stream.size(); cut += stride) {
        CAPTURE(cut);
        REQUIRE(transcript_of(stream, {cut, stream.size()}, answer, settings) == whole);
    }
    return whole;
}

}  // namespace hbnb::fcgi::testing
