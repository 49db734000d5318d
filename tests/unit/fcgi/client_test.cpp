#include "fcgi/client/client.hpp"

#include <doctest/doctest.h>

#include "unit/fcgi/bytes.hpp"
#include "unit/fcgi/transcript.hpp"

using namespace hbnb::fcgi;
using namespace hbnb::fcgi::testing;

namespace {

// One record after the other, as an application sends them.
std::string record(RecordType type, std::uint16_t id, std::string_view content, std::uint8_t padding = 0) {
    std::string out;
    append_record(out, type, id, content, padding);
    return out;
}

std::string error_of(std::string_view stream) {
    ResponseReader reader;
    const auto fed = reader.feed(stream);
    return fed ? "" : fed.error().message;
}

}  // namespace

TEST_CASE("a request is written as the specification's table has it") {
    ClientRequest request;
    request.params = {{"A", "B"}};
    request.body = "hi";
    CHECK(hex(encode_request(request)) ==
          "01010001000800000001000000000000"
          "010400010004000001014142"
          "0104000100000000"
          "01050001000200006869"
          "0105000100000000");
}

TEST_CASE("what the client writes, a session understands") {
    ClientRequest request;
    request.id = 65535;
    request.keep_connection = true;
    request.params = {{"REQUEST_METHOD", "POST"}, {"LONG", std::string(200, 'x')}};
    request.body = "body";
    CHECK(hear(encode_request(request)) == "request 65535 keep {REQUEST_METHOD=POST, LONG=" + std::string(200, 'x') +
                                               "} | body body | body_end | at rest");
}

TEST_CASE("parameters and bodies beyond one record arrive whole") {
    ClientRequest request;
    request.params = {{"A", std::string(40000, 'a')}, {"B", std::string(30000, 'b')}};
    request.body = std::string(200000, 'c');
    SessionSettings settings;
    settings.params_bytes_max = 100000;
    const std::string stream = encode_request(request);
    CHECK(transcript_of(stream, {stream.size()}, Answer::at_body_end, settings) ==
          "request 1 {A=" + request.params[0].second + ", B=" + request.params[1].second + "} | body " + request.body +
              " | body_end | over");
}

TEST_CASE("a response is read whole, in pieces of any size") {
    std::string stream = record(RecordType::stdout_stream, 3, "Status: 200\r\n\r\n", 1) +
                         record(RecordType::stderr_stream, 3, "oops") +
                         record(RecordType::stdout_stream, 3, "body", 255) + record(RecordType::stderr_stream, 3, "") +
                         record(RecordType::stdout_stream, 3, "");
    append_end_request(stream, 3, ProtocolStatus::request_complete, 42);
    for (std::size_t size = 1; size <= stream.size(); ++size) {
        CAPTURE(size);
        ResponseReader reader;
        for (std::string_view rest = stream; !rest.empty(); rest.remove_prefix(std::min(size, rest.size()))) {
            CHECK(!reader.take_response());
            REQUIRE(reader.feed(rest.substr(0, size)).has_value());
        }
        CHECK(reader.is_at_rest());
        CHECK(reader.take_response() ==
              ClientResponse{3, "Status: 200\r\n\r\nbody", "oops", true, 42, ProtocolStatus::request_complete});
        CHECK(!reader.take_response());
    }
}

TEST_CASE("responses to several requests do not mix, and come in the order they ended") {
    std::string stream = record(RecordType::stdout_stream, 1, "one");
    append_end_request(stream, 2, ProtocolStatus::cant_mpx_conn);
    append_response(stream, 1, "!");
    ResponseReader reader;
    REQUIRE(reader.feed(stream).has_value());
    CHECK(reader.take_response() == ClientResponse{2, "", "", false, 0, ProtocolStatus::cant_mpx_conn});
    CHECK(reader.take_response() == ClientResponse{1, "one!", "", true, 0, ProtocolStatus::request_complete});
}

TEST_CASE("management replies are told apart from responses") {
    ResponseReader reader;
    REQUIRE(reader.feed(bytes(kUnknownType12)).has_value());
    CHECK(reader.take_management() == ManagementReply{RecordType::unknown_type, bytes("0c00000000000000")});
    CHECK(!reader.take_management());
    CHECK(!reader.take_response());
}

TEST_CASE("a response that has not ended is seen as such") {
    ResponseReader reader;
    REQUIRE(reader.feed(record(RecordType::stdout_stream, 1, "half")).has_value());
    CHECK(!reader.take_response());
    CHECK(!reader.is_at_rest());
    CHECK(reader.unfinished().at(1).output == "half");
}

TEST_CASE("what no application may send is an error that names it") {
    CHECK(error_of(bytes("0206000100000000")) ==
          "unable to read the response to request 1: a record's version is not 1");
    CHECK(error_of(bytes("0105000100000000")) ==
          "unable to read the response to request 1: a record of type 5 is not an application's");
    CHECK(error_of(bytes("0103000100070000 00000000000000")) ==
          "unable to read the response to request 1: the content of END_REQUEST is not 8 bytes");
    CHECK(error_of(bytes("0106000100000000 0106000100010000 78")) ==
          "unable to read the response to request 1: STDOUT came after its end");
}
