// What a session makes of a byte stream, as one line of text, for tests.
//
//   "request 1 keep {A=B} | body hi | body_end | reply 0103… | aborted | over | closed bad_version | at rest"
//
// Consecutive body pieces are one; a reply stands before the event that was returned with it. The last word says how
// the session was left: "at rest", "over" (the peer may be waited for: "over, stdin open"), "under way"; nothing after
// closed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fcgi/session.hpp"

namespace hbnb::fcgi::testing {

// When the application answers a request: as soon as it has the head, or when the body has come. What is aborted or
// over a limit is answered at once, and so is a request whose pipelined successor waits.
enum class Answer { at_head, at_body_end, never };

// The session is given the stream in pieces that end at the cuts. Checks that nothing is consumed that was not offered,
// that need_more consumes all, and that a body lies within the input.
std::string transcript_of(std::string_view stream, const std::vector<std::size_t> &cuts, Answer answer,
                          const SessionSettings &settings);

// The transcript of the whole stream in one piece, having checked that it is the same byte by byte and cut in two at
// every position (of a long stream: at many).
std::string hear(std::string_view stream, Answer answer = Answer::at_body_end, const SessionSettings &settings = {});

}  // namespace hbnb::fcgi::testing
