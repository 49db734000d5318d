// Management records: request id 0, answered by the session and never seen by the application.
#include <doctest/doctest.h>

#include "fcgi/client/client.hpp"
#include "fcgi/session.hpp"
#include "unit/fcgi/bytes.hpp"
#include "unit/fcgi/transcript.hpp"

using namespace hbnb::fcgi;
using namespace hbnb::fcgi::testing;

namespace {

const std::string kHaproxyQuery =
    bytes("0109000000200000 0d00464347495f4d41585f52455153 0f00464347495f4d5058535f434f4e4e53");

SessionSettings settings_of(std::size_t connections, std::size_t requests) {
    SessionSettings settings;
    settings.max_connections = connections;
    settings.max_requests = requests;
    return settings;
}

// The answer to a query, decoded.
Params values(const std::string &query, const SessionSettings &settings = settings_of(1024, 512)) {
    Session session(settings);
    REQUIRE(session.next(query).event == Event::need_more);
    ResponseReader reader;
    REQUIRE(reader.feed(session.replies()).has_value());
    const auto reply = reader.take_management();
    REQUIRE(reply.has_value());
    CHECK(reply->type == RecordType::get_values_result);
    CHECK(!reader.take_management());
    return *decode_params(reply->content);
}

}  // namespace

TEST_CASE("the query that HAProxy sends first is answered") {
    CHECK(values(kHaproxyQuery) == Params{{"FCGI_MAX_REQS", "512"}, {"FCGI_MPXS_CONNS", "0"}});
    CHECK(hear(kHaproxyQuery, Answer::never, settings_of(5, 7)) ==
          "reply 010a000000220000"
          "0d01464347495f4d41585f5245515337"
          "0f01464347495f4d5058535f434f4e4e5330 | at rest");
}

TEST_CASE("a query is answered when its content is complete, without a byte of its padding or of the next record") {
    std::string query = encode_query({"FCGI_MPXS_CONNS"});
    query[6] = 8;  // padding that does not come
    Session session{SessionSettings{}};
    REQUIRE(session.next(query.substr(0, query.size() - 1)).event == Event::need_more);
    CHECK(session.replies().empty());
    REQUIRE(session.next(query.substr(query.size() - 1)).event == Event::need_more);
    CHECK(hex(session.replies()) ==
          "010a000000120000"
          "0f01464347495f4d5058535f434f4e4e5330");
    CHECK(!session.is_at_rest());  // the padding is under way
}

TEST_CASE("only known names are answered") {
    CHECK(values(encode_query({"FCGI_MAX_CONNS"})) == Params{{"FCGI_MAX_CONNS", "1024"}});
    CHECK(values(encode_query({"", "FCGI_MAX_CONN", "FCGI_MAX_CONNS_", "fcgi_max_conns", "FCGI_MAX_REQS", "OTHER"})) ==
          Params{{"FCGI_MAX_REQS", "512"}});
    CHECK(values(encode_query({"OTHER"})).empty());
}

TEST_CASE("an empty query has an empty answer") {
    CHECK(values(encode_query({})).empty());
    CHECK(hear(bytes("0109000000000000")) == "reply 010a000000000000 | at rest");
}

TEST_CASE("each name is answered once, however often it is asked for") {
    std::vector<std::string> names(3000, "FCGI_MAX_REQS");  // libfcgi's stack would overflow
    names.push_back("FCGI_MAX_CONNS");
    CHECK(values(encode_query(names)) == Params{{"FCGI_MAX_REQS", "512"}, {"FCGI_MAX_CONNS", "1024"}});
}

TEST_CASE("a query may give values and use the four-byte form") {
    CHECK(values(bytes("0109000000140000 8000000d80000001 464347495f4d41585f52455153 39").replace(5, 1, bytes("16"))) ==
          Params{{"FCGI_MAX_REQS", "512"}});
}

TEST_CASE("a malformed query closes the connection") {
    CHECK(hear(bytes("0109000000080000 ffffffffffffffff")) == "closed query_malformed");
    CHECK(hear(bytes("0109000000010000 0d")) == "closed query_malformed");
    CHECK(hear(bytes("0109000000030000 0d0046")) == "closed query_malformed");
}

TEST_CASE("a query is answered at any time and leaves the request alone") {
    const std::string query = encode_query({"FCGI_MPXS_CONNS"});
    const std::string reply =
        "reply 010a000000120000"
        "0f01464347495f4d5058535f434f4e4e5330 | ";
    const std::string half_params = bytes("0104000100020000 0101"), rest_of_params = bytes("0104000100020000 4142");
    CHECK(hear(query + kBeginKeep + query + half_params + query + rest_of_params + query + kParamsEnd + query +
               kStdinHi + query + kStdinHi + kStdinEnd + query) ==
          reply + reply + reply + reply + "request 1 keep {A=B} | " + reply + "body hi | " + reply +
              "body hi | body_end | " + reply + "at rest");
}

TEST_CASE("an unknown management type is answered with UNKNOWN_TYPE") {
    CHECK(hear(bytes("010c000000000000")) == "reply " + kUnknownType12 + " | at rest");
    CHECK(hear(bytes("01ff000000000000")) ==
          "reply 010b000000080000"
          "ff00000000000000 | at rest");
    CHECK(hear(bytes("0100000000000000")) ==
          "reply 010b000000080000"
          "0000000000000000 | at rest");
}

TEST_CASE("any other type with id 0 is answered with UNKNOWN_TYPE, and its content is never a stream's") {
    for (const int type : {2, 3, 4, 5, 6, 7, 8, 10, 11}) {
        CAPTURE(type);
        std::string record,
            reply = "010b000000080000" + hex(std::string(1, static_cast<char>(type))) + "00000000000000";
        append_record(record, static_cast<RecordType>(type), 0, bytes("0101 4344"), 3);
        CHECK(hear(kBeginKeep + record + kParams + record + kParamsEnd + record + kStdinHi + record + kStdinEnd) ==
              "reply " + reply + " | reply " + reply + " | request 1 keep {A=B} | reply " + reply +
                  " | body hi | reply " + reply + " | body_end | at rest");
    }
}

TEST_CASE("the content of an unknown management record is skipped, however long, also where it looks like a request") {
    std::string record, content = kGet;
    content.resize(65535, 'x');
    append_record(record, static_cast<RecordType>(12), 0, content, 255);
    CHECK(hear(kHeadKeep + record + kStdinEnd) ==
          "request 1 keep {A=B} | reply " + kUnknownType12 + " | body_end | at rest");
}

TEST_CASE("UNKNOWN_TYPE is answered before the content has come") {
    Session session{SessionSettings{}};
    REQUIRE(session.next(bytes("010c00000fff0000")).event == Event::need_more);
    CHECK(hex(session.replies()) == kUnknownType12);
}
