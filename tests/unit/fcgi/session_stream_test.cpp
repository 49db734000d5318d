// The streams of a request: PARAMS and STDIN, their order, their ends, and bodies nobody reads.
#include <doctest/doctest.h>

#include "fcgi/client/client.hpp"
#include "fcgi/session.hpp"
#include "unit/fcgi/bytes.hpp"
#include "unit/fcgi/transcript.hpp"

using namespace hbnb::fcgi;
using namespace hbnb::fcgi::testing;
using namespace std::string_literals;

namespace {

std::string params_record(std::string_view content) {
    std::string record;
    append_record(record, RecordType::params, 1, content);
    return record;
}

std::string with_params(std::string_view stream) { return kBeginKeep + params_record(stream) + kParamsEnd + kStdinEnd; }

std::string with_body(std::string_view content, std::uint8_t padding = 0) {
    std::string stream = kHeadKeep;
    append_record(stream, RecordType::stdin_stream, 1, content, padding);
    return stream + kStdinEnd;
}

}  // namespace

TEST_CASE("pairs and lengths may be split over PARAMS records anywhere") {
    const std::string pairs =
        bytes("8000000180000002 41 4243") + encode_params({{"LONG", std::string(130, 'x')}, {"D", "E"}});
    const std::string expected = "request 1 keep {A=BC, LONG=" + std::string(130, 'x') + ", D=E} | body_end | at rest";
    for (std::size_t cut = 1; cut < pairs.size(); ++cut) {
        CAPTURE(cut);
        const std::string stream = kBeginKeep + params_record(pairs.substr(0, cut)) + params_record(pairs.substr(cut)) +
                                   kParamsEnd + kStdinEnd;
        CHECK(transcript_of(stream, {stream.size()}, Answer::at_body_end, {}) == expected);
    }
    std::string stream = kBeginKeep;
    for (const char byte : pairs) stream += params_record(std::string_view(&byte, 1));
    CHECK(hear(stream + kParamsEnd + kStdinEnd) == expected);
}

TEST_CASE("a PARAMS stream without its end is no request") {
    CHECK(hear(kBeginKeep + kParams) == "under way");
    CHECK(hear(kBeginKeep + kParams + kParamsEnd.substr(0, 7)) == "under way");
}

TEST_CASE("malformed parameters close the connection, and the application never sees the request") {
    CHECK(hear(with_params(bytes("ffffffffffffffff"))) == "closed params_malformed");  // CVE-2025-23016
    CHECK(hear(with_params(bytes("c0000000c0000000"))) == "closed params_malformed");  // kills Debian's libfcgi
    CHECK(hear(with_params(bytes("0101 4142 0a"))) == "closed params_malformed");
    CHECK(hear(with_params(encode_params({{"A", "B\0"s}}))) == "closed params_malformed");
    CHECK(hear(with_params(encode_params({{"A=", "B"}}))) == "closed params_malformed");
    CHECK(hear(with_params(encode_params({{"", "B"}}))) == "closed params_malformed");
    Session session{SessionSettings{}};
    session.next(with_params(encode_params({{"A", "B\0"s}})));
    CHECK(session.problem() ==
          "unable to go on with a connection: PARAMS is malformed: a parameter contains a NUL byte");
}

TEST_CASE("the four-byte form for short lengths reaches the application as any other") {
    CHECK(hear(with_params(bytes("8000000180000001 4142"))) == "request 1 keep {A=B} | body_end | at rest");
}

TEST_CASE("the application sees each name once and no HTTP_PROXY, and is told of duplicates") {
    CHECK(hear(with_params(
              encode_params({{"A", "1"}, {"HTTP_PROXY", "x"}, {"B", "2"}, {"A", "3"}, {"B", "4"}, {"C", "5"}}))) ==
          "request 1 keep {A=1, B=2, C=5} | 2 duplicates, first A | body_end | at rest");
    CHECK(hear(with_params(encode_params({{"A", "1"}, {"A", "2"}})) + kGetKeep) ==
          "request 1 keep {A=1} | 1 duplicates, first A | body_end | request 1 keep {A=B} | body_end | at rest");
}

TEST_CASE("STDIN before the end of PARAMS closes the connection, an empty one too") {
    CHECK(hear(kBeginKeep + kStdinHi) == "closed stdin_before_params_end");
    CHECK(hear(kBeginKeep + kParams + kStdinEnd) == "closed stdin_before_params_end");
}

TEST_CASE("PARAMS after their end close the connection, empty ones too") {
    CHECK(hear(kHeadKeep + kParams) == "request 1 keep {A=B} | closed params_after_end");
    CHECK(hear(kHeadKeep + kParamsEnd) == "request 1 keep {A=B} | closed params_after_end");
    CHECK(hear(kHeadKeep + kStdinHi + kParams) == "request 1 keep {A=B} | body hi | closed params_after_end");
}

TEST_CASE("STDIN after its end is ignored, whether the request is answered yet or not") {
    const std::string heard = "request 1 keep {A=B} | body_end | ";
    CHECK(hear(kGetKeep + kStdinHi + kStdinEnd, Answer::at_body_end) == heard + "at rest");
    CHECK(hear(kGetKeep + kStdinHi + kStdinEnd, Answer::never) == heard + "under way");
}

TEST_CASE("DATA, and what only an application sends, is ignored on a responder's request") {
    std::string odd;
    for (const int type : {0, 3, 6, 7, 8, 9, 10, 11, 12, 255})
        append_record(odd, static_cast<RecordType>(type), 1, "odd", 5);
    std::string data_end;
    append_end_of_stream(data_end, RecordType::data, 1);
    odd += data_end;
    CHECK(hear(kBeginKeep + odd + kParams + odd + kParamsEnd + odd + kStdinHi + odd + kStdinHi + kStdinEnd + odd) ==
          "request 1 keep {A=B} | body hihi | body_end | at rest");
}

TEST_CASE("a body is a view into the input, and empty STDIN is its end") {
    const std::string stream = with_body("hello", 3);
    Session session{SessionSettings{}};
    std::string_view input = stream;
    Step step = session.next(input);
    REQUIRE(step.event == Event::request);
    input.remove_prefix(step.consumed);
    step = session.next(input);
    REQUIRE(step.event == Event::body);
    CHECK(step.body.data() == input.data() + kHeaderBytes);
    CHECK(step.consumed == kHeaderBytes + 5);
    CHECK(!session.stdin_ended());
    input.remove_prefix(step.consumed);
    CHECK(session.next(input).event == Event::body_end);
    CHECK(session.stdin_ended());
}

TEST_CASE("a body that looks like records begins no request") {
    const std::string smuggled = kGetKeep + kAbort + bytes("010c000000000000");
    CHECK(hear(with_body(smuggled)) == "request 1 keep {A=B} | body " + smuggled + " | body_end | at rest");
}

TEST_CASE("a body that nobody reads begins no request either, and the next request is served") {
    const std::string smuggled = kGetKeep + kAbort + bytes("010c000000000000");
    for (const std::uint8_t padding : std::initializer_list<std::uint8_t>{0, 1, 8, 255}) {
        CAPTURE(padding);
        CHECK(hear(with_body(smuggled, padding) + kGetKeep, Answer::at_head) ==
              "request 1 keep {A=B} | request 1 keep {A=B} | at rest");
    }
}

TEST_CASE("an answer in the middle of a body's record leaves the rest of it unread and harmless") {
    const std::string stream = with_body("0123456789" + kGetKeep, 4) + kGetKeep;
    const std::size_t record_begins = kHeadKeep.size() + kHeaderBytes;
    for (std::size_t cut = record_begins + 1; cut <= record_begins + 10 + kGetKeep.size(); ++cut) {
        CAPTURE(cut);
        Session session{SessionSettings{}};
        std::string_view input = std::string_view(stream).substr(0, cut);
        for (const Event event : {Event::request, Event::body}) {
            const Step step = session.next(input);
            REQUIRE(step.event == event);
            input.remove_prefix(step.consumed);
        }
        REQUIRE(input.empty());
        session.finish_request();
        CHECK(!session.is_at_rest());
        const std::string_view rest = std::string_view(stream).substr(cut);
        const Step step = session.next(rest);
        CHECK(step.event == Event::request);
        CHECK(session.request().params.value("A") == "B");
        CHECK(rest.size() - step.consumed == kStdinEnd.size());
    }
}

TEST_CASE("without KEEP_CONN the end of STDIN is waited for after an early answer") {
    CHECK(hear(kHead, Answer::at_head) == "request 1 {A=B} | over, stdin open");
    CHECK(hear(kHead + kStdinHi, Answer::at_head) == "request 1 {A=B} | over, stdin open");
    CHECK(hear(kHead + kStdinHi + kStdinEnd, Answer::at_head) == "request 1 {A=B} | over");
    CHECK(hear(kHead + kStdinHi + kAbort, Answer::at_head) == "request 1 {A=B} | over");
}

TEST_CASE("with KEEP_CONN a connection is not at rest before the end of STDIN has come") {
    CHECK(hear(kHeadKeep, Answer::at_head) == "request 1 keep {A=B} | under way");
    CHECK(hear(kHeadKeep + kStdinHi, Answer::at_head) == "request 1 keep {A=B} | under way");
    CHECK(hear(kHeadKeep + kStdinHi + kStdinEnd, Answer::at_head) == "request 1 keep {A=B} | at rest");
    CHECK(hear(kHeadKeep + kStdinHi + kAbort, Answer::at_head) == "request 1 keep {A=B} | at rest");
}

TEST_CASE("a peer that stops the body of an answered request may begin the next one") {
    CHECK(hear(kHeadKeep + kStdinHi + kGetKeep, Answer::at_head) ==
          "request 1 keep {A=B} | request 1 keep {A=B} | at rest");
}

TEST_CASE("a reply that nobody has taken yet keeps the connection from being at rest") {
    Session session{SessionSettings{}};
    session.next(bytes("010c000000000000"));
    CHECK(!session.is_at_rest());
    session.replies().clear();
    CHECK(session.is_at_rest());
}
