// BEGIN_REQUEST, ids, roles, ABORT_REQUEST.
#include <doctest/doctest.h>

#include "fcgi/client/client.hpp"
#include "fcgi/session.hpp"
#include "unit/fcgi/bytes.hpp"
#include "unit/fcgi/transcript.hpp"

using namespace hbnb::fcgi;
using namespace hbnb::fcgi::testing;

namespace {

std::string with_id(std::uint8_t id, std::string record) {  // of one record
    record[3] = static_cast<char>(id);
    return record;
}

const std::string kBegin2 = with_id(2, kBeginKeep);

}  // namespace

TEST_CASE("a kept connection serves one request after the other, with any id") {
    std::string high = kBeginKeep, one_more;
    for (const std::string &record : {kBeginKeep, kParams, kParamsEnd, kStdinEnd}) {
        one_more += record.substr(0, 2) + "\xff\xff" + record.substr(4);
    }
    CHECK(hear(kGetKeep + one_more + kGetKeep) ==
          "request 1 keep {A=B} | body_end | request 65535 keep {A=B} | body_end | request 1 keep {A=B} | body_end | "
          "at rest");
}

TEST_CASE("a request without parameters and body is a request") {
    CHECK(hear(kBeginKeep + kParamsEnd + kStdinEnd) == "request 1 keep {} | body_end | at rest");
}

TEST_CASE("only bit 0 of the flags is KEEP_CONN") {
    const auto flags = [](const char *hex) {
        return bytes("0101000100080000 0001") + bytes(hex) + std::string(5, '\0') + kParamsEnd;
    };
    CHECK(hear(flags("fe") + kStdinEnd) == "request 1 {} | body_end | over");
    CHECK(hear(flags("ff") + kStdinEnd) == "request 1 keep {} | body_end | at rest");
}

TEST_CASE("BEGIN_REQUEST with id 0 closes the connection") {
    CHECK(hear(bytes("0101000000080000 0001000000000000")) == "closed begin_with_id_zero");
    CHECK(hear(kHeadKeep + bytes("0101000000080000 0001000000000000")) ==
          "request 1 keep {A=B} | closed begin_with_id_zero");
}

TEST_CASE("BEGIN_REQUEST of other than 8 bytes closes the connection") {
    CHECK(hear(bytes("0101000100070000 00010000000000")) == "closed begin_of_wrong_length");
    CHECK(hear(bytes("0101000100000000")) == "closed begin_of_wrong_length");
    CHECK(hear(bytes("0101000100090000 000100000000000000")) == "closed begin_of_wrong_length");
    CHECK(hear(bytes("0101000101080000 0001000000000000")) == "closed begin_of_wrong_length");  // 264 is not 8
    CHECK(hear(kHead + bytes("0101000200070000")) == "request 1 {A=B} | closed begin_of_wrong_length");
}

TEST_CASE("a role that is not served is answered with UNKNOWN_ROLE, and the id is free at once") {
    for (const char *role : {"0000", "0002", "0003", "0009", "0101", "ffff"}) {  // authorizer, filter, unknown ones
        CAPTURE(role);
        const std::string begin = bytes("0101000100080000") + bytes(role) + bytes("010000000000");
        CHECK(hear(begin) == "reply " + kEndUnknownRole + " | at rest");
        CHECK(hear(begin + kParams + kParamsEnd + kStdinHi + kStdinEnd + kGetKeep) ==
              "reply " + kEndUnknownRole + " | request 1 keep {A=B} | body_end | at rest");
        CHECK(hear(begin + begin + kGetKeep) == "reply " + kEndUnknownRole + " | reply " + kEndUnknownRole +
                                                    " | request 1 keep {A=B} | body_end | at rest");
    }
}

TEST_CASE("a role that is not served ends the connection without KEEP_CONN, after what the peer still sends") {
    const std::string begin = bytes("0101000100080000 0009000000000000");
    CHECK(hear(begin) == "reply " + kEndUnknownRole + " | over | over, stdin open");
    CHECK(hear(begin + kParams + kParamsEnd + kStdinHi) == "reply " + kEndUnknownRole + " | over | over, stdin open");
    CHECK(hear(begin + kParams + kParamsEnd + kStdinHi + kStdinEnd) == "reply " + kEndUnknownRole + " | over | over");
    CHECK(hear(begin + kParams + kAbort) == "reply " + kEndUnknownRole + " | over | over");
    CHECK(hear(begin + kStdinEnd + kGetKeep) == "reply " + kEndUnknownRole + " | over | over");
}

TEST_CASE("a second BEGIN is refused with CANT_MPX_CONN, and the active request is undisturbed") {
    const std::string refused = "reply " + kEndCantMpx2 + " | ";
    CHECK(hear(kBeginKeep + kBegin2 + kParams + kParamsEnd + kStdinHi + kStdinEnd) ==
          refused + "request 1 keep {A=B} | body hi | body_end | at rest");
    CHECK(hear(kBeginKeep + kParams + kBegin2 + kParamsEnd + kBegin2 + kStdinHi + kBegin2 + kStdinHi + kStdinEnd) ==
          refused + "request 1 keep {A=B} | " + refused + "body hi | " + refused + "body hi | body_end | at rest");
    CHECK(hear(kGetKeep + kBegin2, Answer::never) == "request 1 keep {A=B} | body_end | " + refused + "under way");
}

TEST_CASE("the records of a refused second request are ignored, and its id can be used afterwards") {
    const std::string second =
        kBegin2 + with_id(2, kParams) + with_id(2, kParamsEnd) + with_id(2, kStdinHi) + with_id(2, kStdinEnd);
    CHECK(hear(kHeadKeep + second + kStdinHi + kStdinEnd + second) ==
          "request 1 keep {A=B} | reply " + kEndCantMpx2 +
              " | body hi | body_end | request 2 keep {A=B} | body hi | body_end | at rest");
}

TEST_CASE("a second BEGIN of any role is refused with CANT_MPX_CONN") {
    CHECK(hear(kBeginKeep + bytes("0101000200080000 0009000000000000") + kParamsEnd + kStdinEnd) ==
          "reply " + kEndCantMpx2 + " | request 1 keep {} | body_end | at rest");
}

TEST_CASE("BEGIN for the active id closes the connection while its input is still coming") {
    CHECK(hear(kBeginKeep + kBeginKeep) == "closed begin_of_active_id");
    CHECK(hear(kBeginKeep + kParams + kBeginKeep) == "closed begin_of_active_id");
    CHECK(hear(kHeadKeep + kBeginKeep) == "request 1 keep {A=B} | closed begin_of_active_id");
    CHECK(hear(kHeadKeep + kStdinHi + kBeginKeep) == "request 1 keep {A=B} | body hi | closed begin_of_active_id");
}

TEST_CASE("a pipelined successor waits until the request is answered, and is not lost") {
    CHECK(hear(kGetKeep + kGetKeep, Answer::never)
              .starts_with("request 1 keep {A=B} | body_end | pipelined | request 1 keep"));

    Session session{SessionSettings{}};
    const std::string stream = kGetKeep + kHeadKeep;
    std::string_view input = stream;
    for (const Event event : {Event::request, Event::body_end, Event::pipelined}) {
        const Step step = session.next(input);
        CHECK(step.event == event);
        input.remove_prefix(step.consumed);
    }
    for (int i = 0; i < 3; ++i) {
        const Step waiting = session.next(input);
        CHECK(waiting.event == Event::pipelined);
        CHECK(waiting.consumed == 0);
    }
    session.finish_request();
    CHECK(!session.is_at_rest());
    const Step step = session.next(input);
    CHECK(step.event == Event::request);
    CHECK(step.consumed == input.size());
}

TEST_CASE("nothing is served on a connection whose last request was without KEEP_CONN") {
    CHECK(hear(kGet + kGet) == "request 1 {A=B} | body_end | over");
    CHECK(hear(kGet + kBegin2) == "request 1 {A=B} | body_end | over");
    CHECK(hear(kGet + kGet, Answer::at_head) == "request 1 {A=B} | over");
    CHECK(hear(kGet + encode_query({"FCGI_MAX_REQS"})) == "request 1 {A=B} | body_end | over");
}

TEST_CASE("records of ids that are not active are ignored, empty ones and late ones too") {
    std::string strays;
    for (const int type : {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 255}) {
        for (const std::string_view content : {"", "x"})
            append_record(strays, static_cast<RecordType>(type), 7, content, 5);
    }
    CHECK(hear(strays + kBeginKeep + strays + kParams + strays + kParamsEnd + strays + kStdinHi + strays + kStdinHi +
               kStdinEnd + strays) == "request 1 keep {A=B} | body hihi | body_end | at rest");
}

TEST_CASE("late STDIN, PARAMS and ABORT for an answered request are ignored") {
    CHECK(hear(kGetKeep + kStdinHi + kStdinEnd + kAbort + kParams + kParamsEnd + kGetKeep) ==
          "request 1 keep {A=B} | body_end | request 1 keep {A=B} | body_end | at rest");
}

TEST_CASE("ABORT before the end of PARAMS is answered here, and the application never sees the request") {
    const std::string aborted = "reply " + kEndComplete + " | ";
    CHECK(hear(kBeginKeep + kAbort) == aborted + "at rest");
    CHECK(hear(kBeginKeep + kParams + kAbort) == aborted + "at rest");
    CHECK(hear(kBeginKeep + bytes("0104000100020000 0101") + kAbort + kParamsEnd + kStdinEnd + kGetKeep) ==
          aborted + "request 1 keep {A=B} | body_end | at rest");
    CHECK(hear(kBegin + kParams + kAbort) == aborted + "over | over");
}

TEST_CASE("ABORT of a running request is told once, and answered by the application") {
    CHECK(hear(kHeadKeep + kAbort) == "request 1 keep {A=B} | aborted | at rest");
    CHECK(hear(kHeadKeep + kStdinHi + kAbort + kAbort + kStdinHi + kStdinEnd + kGetKeep) ==
          "request 1 keep {A=B} | body hi | aborted | request 1 keep {A=B} | body_end | at rest");
    CHECK(hear(kHead + kStdinHi + kAbort) == "request 1 {A=B} | body hi | aborted | over");
    CHECK(hear(kGetKeep + kAbort, Answer::never) == "request 1 keep {A=B} | body_end | aborted | at rest");
}

TEST_CASE("what follows an ABORT before the application has answered is skipped") {
    Session session{SessionSettings{}};
    REQUIRE(session.next(kHeadKeep).event == Event::request);
    const std::string rest = kAbort + kStdinHi + kAbort + kParams + kStdinEnd;
    const Step aborted = session.next(rest);
    CHECK(aborted.event == Event::aborted);
    CHECK(session.next(std::string_view(rest).substr(aborted.consumed)).event == Event::need_more);
    CHECK(session.is_active());
    session.finish_request();
    CHECK(session.is_at_rest());
    CHECK(session.replies().empty());
}

TEST_CASE("ABORT for an id that is not active is ignored") {
    CHECK(hear(kAbort + kHeadKeep + with_id(2, kAbort) + kStdinEnd + kAbort) ==
          "request 1 keep {A=B} | body_end | at rest");
}

TEST_CASE("content of an ABORT is skipped") {
    CHECK(hear(kHeadKeep + bytes("0102000100080300") + kBeginKeep.substr(0, 8) + "pad" + kGetKeep) ==
          "request 1 keep {A=B} | aborted | request 1 keep {A=B} | body_end | at rest");
}
