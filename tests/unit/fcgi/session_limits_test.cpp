// Limits: what a peer cannot make a session keep or do.
#include <doctest/doctest.h>

#include "fcgi/client/client.hpp"
#include "fcgi/params.hpp"
#include "fcgi/session.hpp"
#include "unit/fcgi/bytes.hpp"
#include "unit/fcgi/transcript.hpp"

using namespace hbnb::fcgi;
using namespace hbnb::fcgi::testing;

namespace {

// BEGIN, PARAMS of exactly `bytes` bytes in records of at most `record`, their end, a body.
std::string post_with_params(std::size_t bytes, std::size_t record) {
    std::string pair, stream = kBeginKeep;
    append_pair(pair, "N", std::string(bytes - 6, 'v'));
    for (std::string_view rest = pair; !rest.empty(); rest.remove_prefix(std::min(record, rest.size()))) {
        append_record(stream, RecordType::params, 1, rest.substr(0, record));
    }
    return stream + kParamsEnd + kStdinHi + kStdinEnd;
}

std::string heard(const std::string &stream, const SessionSettings &settings, Answer answer = Answer::at_body_end) {
    return transcript_of(stream, {stream.size()}, answer, settings);
}

std::string stdin_records(std::size_t count, std::size_t bytes) {
    std::string stream;
    for (std::size_t i = 0; i < count; ++i) append_record(stream, RecordType::stdin_stream, 1, std::string(bytes, 'x'));
    return stream;
}

}  // namespace

TEST_CASE("parameters up to the limit are served, one byte more is too large") {
    SessionSettings settings;
    settings.params_bytes_max = 70000;
    CHECK(heard(post_with_params(70000, 65535), settings).ends_with("} | body hi | body_end | at rest"));
    CHECK(heard(post_with_params(70001, 65535), settings) == "too_large 1 | at rest");
    CHECK(heard(post_with_params(70000, 16384), settings).ends_with("} | body hi | body_end | at rest"));
    CHECK(heard(post_with_params(70001, 16384), settings) == "too_large 1 | at rest");
}

TEST_CASE("the parameters that nginx can send in one record are never too large") {
    SessionSettings settings;
    settings.params_bytes_max = 10;
    CHECK(heard(post_with_params(65535, 65535), settings).ends_with("} | body hi | body_end | at rest"));
    CHECK(heard(post_with_params(65536, 60000), settings) == "too_large 1 | at rest");
}

TEST_CASE("too many pairs are too large") {
    Params params;
    for (int i = 0; i < 4097; ++i) params.emplace_back(std::to_string(i), "");
    CHECK(hear(encode_request({1, true, Role::responder, params, "hi"}) + kGetKeep) ==
          "too_large 1 | request 1 keep {A=B} | body_end | at rest");
}

TEST_CASE("a head that is too large leaves the connection in step") {
    CHECK(hear(post_with_params(100000, 65535) + kGetKeep) ==
          "too_large 1 | request 1 keep {A=B} | body_end | at rest");
    CHECK(hear(post_with_params(100000, 1000) + kGetKeep) == "too_large 1 | request 1 keep {A=B} | body_end | at rest");
}

TEST_CASE("the rest of a head that is too large is skipped also before it is answered") {
    Session session{SessionSettings{}};
    const std::string stream = post_with_params(200000, 65535);
    const Step refused = session.next(stream);
    REQUIRE(refused.event == Event::too_large);
    CHECK(session.request().id == 1);
    CHECK(session.request().keep_connection);
    CHECK(session.request().params.stream_bytes() == 0);
    CHECK(session.is_active());
    CHECK(!session.stdin_ended());
    const Step rest = session.next(std::string_view(stream).substr(refused.consumed));
    CHECK(rest.event == Event::need_more);
    CHECK(session.stdin_ended());
    CHECK(session.replies().empty());
    session.finish_request();
    CHECK(session.is_at_rest());
}

TEST_CASE("a request whose head is too large can be aborted") {
    std::string stream = post_with_params(100000, 65535);
    stream.resize(stream.size() - kStdinEnd.size());
    CHECK(hear(stream + kAbort, Answer::never) == "too_large 1 | at rest");  // answered at once: late ABORT is nothing
    Session session{SessionSettings{}};
    const std::string aborted = stream + kAbort;
    const Step refused = session.next(aborted);
    REQUIRE(refused.event == Event::too_large);
    CHECK(session.next(std::string_view(aborted).substr(refused.consumed)).event == Event::aborted);
    session.finish_request();
    CHECK(session.is_at_rest());
}

TEST_CASE("a peer that sends records nobody asked for is closed in the end, between requests and within one") {
    SessionSettings settings;
    settings.ignored_bytes_max = 1000;
    std::string record;
    append_record(record, RecordType::data, 1, std::string(92, 'x'));  // 100 bytes
    std::string ten;
    for (int i = 0; i < 10; ++i) ten += record;
    CHECK(hear(ten, Answer::never, settings) == "at rest");
    CHECK(hear(ten + kAbort, Answer::never, settings) == "closed ignored_too_much");
    CHECK(hear(ten + kHeadKeep + ten, Answer::never, settings) == "request 1 keep {A=B} | under way");
    CHECK(hear(ten + kHeadKeep + ten + record, Answer::never, settings) ==
          "request 1 keep {A=B} | closed ignored_too_much");
    CHECK(hear(kGet + ten + record, Answer::at_body_end, settings) ==
          "request 1 {A=B} | body_end | closed ignored_too_much");
}

TEST_CASE("empty records that nobody asked for count too") {
    SessionSettings settings;
    settings.ignored_bytes_max = 80;
    std::string ten;
    for (int i = 0; i < 10; ++i) ten += kStdinEnd;
    CHECK(hear(ten, Answer::never, settings) == "at rest");
    CHECK(hear(ten + kStdinEnd, Answer::never, settings) == "closed ignored_too_much");
}

TEST_CASE("the content of unknown management records counts, queries do not") {
    SessionSettings settings;
    settings.ignored_bytes_max = 1000;
    std::string unknown, queries;
    append_record(unknown, static_cast<RecordType>(12), 0, std::string(993, 'x'));
    CHECK(hear(unknown, Answer::never, settings).ends_with("closed ignored_too_much"));
    for (int i = 0; i < 100; ++i) queries += encode_query({"FCGI_MAX_REQS"});
    CHECK(heard(queries, settings).ends_with("at rest"));
}

TEST_CASE("the rest of an answered body has a limit of its own") {
    SessionSettings settings;
    settings.ignored_bytes_max = 100;
    settings.late_body_bytes_max = 1008;  // ten of the records below and an empty one
    CHECK(hear(kHeadKeep + stdin_records(10, 92) + kStdinEnd, Answer::at_head, settings) ==
          "request 1 keep {A=B} | at rest");
    CHECK(hear(kHeadKeep + stdin_records(11, 92) + kStdinEnd, Answer::at_head, settings) ==
          "request 1 keep {A=B} | closed late_body_too_long");
    CHECK(hear(kHead + stdin_records(11, 92), Answer::at_head, settings) ==
          "request 1 {A=B} | closed late_body_too_long");
    CHECK(hear(kHeadKeep + stdin_records(10, 92) + kStdinEnd + kHeadKeep + stdin_records(10, 92), Answer::at_head,
               settings) == "request 1 keep {A=B} | request 1 keep {A=B} | under way");
}

TEST_CASE("a body that is read has no limit here") {
    SessionSettings settings;
    settings.ignored_bytes_max = settings.late_body_bytes_max = 0;
    CHECK(heard(kHeadKeep + stdin_records(100, 5000) + kStdinEnd, settings) ==
          "request 1 keep {A=B} | body " + std::string(500000, 'x') + " | body_end | at rest");
}
