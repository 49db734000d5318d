#include "fcgi/record.hpp"

#include <doctest/doctest.h>

#include "unit/fcgi/bytes.hpp"

using namespace hbnb::fcgi;
using hbnb::fcgi::testing::bytes;
using hbnb::fcgi::testing::hex;

namespace {

// Calls append with an empty string and gives what it appended, in hexadecimal.
template <class Append>
std::string appended(Append append) {
    std::string out;
    append(out);
    return hex(out);
}

}  // namespace

TEST_CASE("a header's numbers are big endian, and its reserved byte is ignored") {
    const RecordHeader header = decode_header(bytes("01 05 1234 abcd ff 77").data());
    CHECK(header.version == 1);
    CHECK(header.type == RecordType::stdin_stream);
    CHECK(header.id == 0x1234);
    CHECK(header.content == 0xabcd);
    CHECK(header.padding == 255);
}

TEST_CASE("the largest header keeps every bit") {
    const RecordHeader header = decode_header(bytes("ff ff ffff ffff ff ff").data());
    CHECK(header.version == 255);
    CHECK(static_cast<int>(header.type) == 255);
    CHECK(header.id == 65535);
    CHECK(header.content == 65535);
    CHECK(header.padding == 255);
}

TEST_CASE("records are written as the specification's table has them") {
    CHECK(appended([](auto &out) { append_begin_request(out, 1, 1, 0); }) == "01010001000800000001000000000000");
    CHECK(appended([](auto &out) { append_begin_request(out, 1, 1, 1); }) == "01010001000800000001010000000000");
    CHECK(appended([](auto &out) { append_begin_request(out, 1, 9, 1); }) == "01010001000800000009010000000000");
    CHECK(appended([](auto &out) { append_end_of_stream(out, RecordType::params, 1); }) == "0104000100000000");
    CHECK(appended([](auto &out) { append_end_of_stream(out, RecordType::stdin_stream, 1); }) == "0105000100000000");
    CHECK(appended([](auto &out) { append_end_of_stream(out, RecordType::stdout_stream, 1); }) == "0106000100000000");
    CHECK(appended([](auto &out) { append_end_of_stream(out, RecordType::abort_request, 1); }) == "0102000100000000");
    CHECK(appended([](auto &out) { append_record(out, RecordType::stdin_stream, 1, "hi", 6); }) ==
          "01050001000206006869000000000000");
}

TEST_CASE("END_REQUEST carries both statuses") {
    const auto end = [](std::uint16_t id, ProtocolStatus status, std::uint32_t app_status) {
        return appended([=](auto &out) { append_end_request(out, id, status, app_status); });
    };
    CHECK(end(1, ProtocolStatus::request_complete, 0) == "01030001000800000000000000000000");
    CHECK(end(2, ProtocolStatus::cant_mpx_conn, 0) == "01030002000800000000000001000000");
    CHECK(end(1, ProtocolStatus::unknown_role, 0) == "01030001000800000000000003000000");
    CHECK(end(0xfffe, ProtocolStatus::overloaded, 0x01020304) == "0103fffe000800000102030402000000");
}

TEST_CASE("a long stream is cut into records that no web server overflows on, and none of them is empty") {
    const std::string content(2 * kOurContentBytesMax + 1, 'x');
    std::string out;
    append_stream(out, RecordType::stdout_stream, 7, content);
    std::string_view rest = out;
    std::string joined;
    int records = 0;
    for (; !rest.empty(); ++records) {
        const RecordHeader header = decode_header(rest.data());
        CHECK(header.type == RecordType::stdout_stream);
        CHECK(header.id == 7);
        CHECK(header.content > 0);
        CHECK(header.content + header.padding <= 65535);
        joined += rest.substr(kHeaderBytes, header.content);
        rest.remove_prefix(kHeaderBytes + header.content + header.padding);
    }
    CHECK(records == 3);
    CHECK(joined == content);
}

TEST_CASE("a stream of no bytes is no record, as an empty record would be its end") {
    CHECK(appended([](auto &out) { append_stream(out, RecordType::stdout_stream, 1, ""); }).empty());
}

TEST_CASE("a whole response ends STDOUT before it ends the request, also when there is none") {
    CHECK(appended([](auto &out) { append_response(out, 1, "hi"); }) ==
          "01060001000200006869"
          "0106000100000000"
          "01030001000800000000000000000000");
    CHECK(appended([](auto &out) { append_response(out, 1, ""); }) ==
          "0106000100000000"
          "01030001000800000000000000000000");
}

TEST_CASE("a content that does not fit a record is refused, not cut to 16 bits") {
    std::string out;
    CHECK_THROWS_AS(append_record(out, RecordType::stdin_stream, 1, std::string(65536, 'x')), std::length_error);
    CHECK(out.empty());
    append_record(out, RecordType::stdin_stream, 1, std::string(65535, 'x'), 255);
    CHECK(hex(out.substr(0, kHeaderBytes)) == "01050001ffffff00");
    CHECK(out.size() == kHeaderBytes + 65535 + 255);
}
