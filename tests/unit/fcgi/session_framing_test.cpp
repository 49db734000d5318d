// Framing: headers, padding, versions, and input that comes in any pieces. (hear() cuts every stream everywhere.)
#include <doctest/doctest.h>

#include "fcgi/params.hpp"
#include "fcgi/session.hpp"
#include "unit/fcgi/bytes.hpp"
#include "unit/fcgi/transcript.hpp"

using namespace hbnb::fcgi;
using namespace hbnb::fcgi::testing;

TEST_CASE("a request in one piece, byte by byte or cut anywhere is the same request") {
    CHECK(hear(kHead + kStdinHi + kStdinEnd) == "request 1 {A=B} | body hi | body_end | over");
    CHECK(hear(kHeadKeep + kStdinHi + kStdinEnd) == "request 1 keep {A=B} | body hi | body_end | at rest");
}

TEST_CASE("nothing at all is nothing, for ever") {
    CHECK(hear("") == "at rest");
    Session session{SessionSettings{}};
    for (int i = 0; i < 3; ++i) {
        const Step step = session.next({});
        CHECK(step.event == Event::need_more);
        CHECK(step.consumed == 0);
    }
}

TEST_CASE("padding is skipped after every record, also after empty and BEGIN records") {
    for (const std::uint8_t padding : std::initializer_list<std::uint8_t>{1, 7, 8, 254, 255}) {
        CAPTURE(padding);
        std::string stream =
            kBeginKeep.substr(0, 6) + static_cast<char>(padding) + kBeginKeep.substr(7) + std::string(padding, '\x01');
        append_record(stream, RecordType::params, 1, bytes("0101 4142"), padding);
        append_record(stream, RecordType::params, 1, {}, padding);
        append_record(stream, RecordType::stdin_stream, 1, "hi", padding);
        append_record(stream, RecordType::stdin_stream, 1, {}, padding);
        append_record(stream, RecordType::get_values, 0, {}, padding);
        append_record(stream, static_cast<RecordType>(12), 0, "x", padding);
        append_record(stream, RecordType::stdin_stream, 9, {}, padding);
        append_record(stream, RecordType::abort_request, 1, {}, padding);
        CHECK(hear(stream + kGetKeep) == "request 1 keep {A=B} | body hi | body_end | reply 010a000000000000 | reply " +
                                             kUnknownType12 + " | request 1 keep {A=B} | body_end | at rest");
    }
}

TEST_CASE("padding that looks like records is skipped all the same") {
    std::string stream = kHeadKeep;
    stream += bytes("01050001 0002 20 00 6869") + kGet.substr(0, 32) + kStdinEnd;
    CHECK(hear(stream) == "request 1 keep {A=B} | body hi | body_end | at rest");
}

TEST_CASE("any version but 1 closes the connection, wherever it comes") {
    for (const char *version : {"00", "02", "ff", "47"}) {  // 47: "GET / HTTP/1.1"
        CAPTURE(version);
        const std::string record = bytes(version) + bytes("01000100080000 0001000000000000");
        CHECK(hear(record) == "closed bad_version");
        CHECK(hear(kHeadKeep + record) == "request 1 keep {A=B} | closed bad_version");
        CHECK(hear(kGetKeep + record) == "request 1 keep {A=B} | body_end | closed bad_version");
        CHECK(hear(kGet + record) == "request 1 {A=B} | body_end | closed bad_version");
    }
    CHECK(hear("GET / HTTP/1.1\r\nHost: x\r\n\r\n") == "closed bad_version");
}

TEST_CASE("the version is looked at when the header has come, and not before") {
    CHECK(hear(bytes("02010001000800")) == "under way");
    CHECK(hear(bytes("0201000100080000")) == "closed bad_version");
}

TEST_CASE("after a violation the session stays closed and takes nothing") {
    Session session{SessionSettings{}};
    CHECK(session.next(bytes("0205000100000000")).event == Event::closed);
    for (const std::string &input : {std::string(), kGet, std::string("x")}) {
        const Step step = session.next(input);
        CHECK(step.event == Event::closed);
        CHECK(step.consumed == 0);
    }
    CHECK(session.problem() == "unable to go on with a connection: a record's version is not 1");
    CHECK(!session.is_at_rest());
}

TEST_CASE("reserved bytes of headers and of BEGIN_REQUEST may hold anything") {
    CHECK(hear(bytes("01010001000800ff 000101ffffffffff") + bytes("01040001000404ee 01014142 ffffffff") +
               bytes("01040001000000dd") + bytes("01050001000206cc 6869 ffffffffffff") + bytes("01050001000000bb")) ==
          "request 1 keep {A=B} | body hi | body_end | at rest");
}

TEST_CASE("the longest records are taken whole") {
    std::string stream = kBeginKeep, pair, body(65535, 'b');
    append_pair(pair, "LONG", std::string(65535 - 4 - 5, 'v'));
    REQUIRE(pair.size() == 65535);
    append_record(stream, RecordType::params, 1, pair, 255);
    stream += kParamsEnd;
    append_record(stream, RecordType::stdin_stream, 1, body, 255);
    CHECK(hear(stream + kStdinEnd) ==
          "request 1 keep {LONG=" + pair.substr(9) + "} | body " + body + " | body_end | at rest");
}
