#include "client/http_answer.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace hbnb::bench;
using State = HttpAnswer::State;

namespace {

// Whole in one piece, in two cut anywhere, and byte by byte: always the same.
State state_of(const std::string &bytes, bool is_head = false, bool closed = false) {
    std::vector<State> seen;
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        HttpAnswer answer;
        answer.begin(is_head);
        if (cut > 0) answer.take(std::string_view(bytes).substr(0, cut));
        State state = cut < bytes.size() ? answer.take(std::string_view(bytes).substr(cut)) : State::head;
        if (cut == bytes.size()) {
            answer.begin(is_head);
            for (const char c : bytes) state = answer.take({&c, 1});
        }
        seen.push_back(closed ? answer.end() : state);
        CHECK(seen.back() == seen.front());
    }
    return seen.back();
}

const std::string kHead = "HTTP/1.1 200 OK\r\nServer: x\r\n";

}  // namespace

TEST_CASE("an answer with a length is whole at its last byte, however it is cut") {
    CHECK(state_of(kHead + "Content-Length: 5\r\n\r\n12345") == State::whole);
    CHECK(state_of(kHead + "Content-Length: 0\r\n\r\n") == State::whole);
    CHECK(state_of(kHead + "content-length:\t5 \r\n\r\n1234") == State::body);
    CHECK(state_of(kHead + "Content-Length: 5\r\n\r\n123456") == State::malformed);
}

TEST_CASE("a chunked answer is whole after its trailer") {
    const std::string head = kHead + "Transfer-Encoding: chunked\r\n\r\n";
    CHECK(state_of(head + "5\r\n12345\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n") == State::whole);
    CHECK(state_of(head + "5\r\n12345\r\n0\r\nX: y\r\n\r\n") == State::whole);
    CHECK(state_of(head + "5\r\n12345\r\n0\r\n") == State::body);
    CHECK(state_of(head + "z\r\n") == State::malformed);
}

TEST_CASE("without a length the connection's end is the answer's, and only then") {
    CHECK(state_of(kHead + "\r\nabc") == State::body);
    CHECK(state_of(kHead + "\r\nabc", false, true) == State::whole);
    CHECK(state_of(kHead + "Content-Length: 5\r\n\r\n1234", false, true) == State::malformed);
    CHECK(state_of(kHead, false, true) == State::malformed);
}

TEST_CASE("what has no body is whole after its head") {
    CHECK(state_of(kHead + "Content-Length: 5\r\n\r\n", true) == State::whole);
    CHECK(state_of("HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n") == State::whole);
}

TEST_CASE("what is no answer is malformed") {
    CHECK(state_of("SSH-2.0-OpenSSH\r\n\r\n") == State::malformed);
    CHECK(state_of("HTTP/1.1 abc OK\r\n\r\n") == State::malformed);
    CHECK(state_of(kHead + "Content-Length: -5\r\n\r\n") == State::malformed);
}

TEST_CASE("status, size and the wish to close are told") {
    HttpAnswer answer;
    answer.begin(false);
    answer.take("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno");
    CHECK(answer.status() == 503);
    CHECK(answer.closes());
    CHECK(answer.bytes() == 76);
    answer.begin(false);
    CHECK_FALSE(answer.closes());
    CHECK(answer.bytes() == 0);
}
