// FastCGI 1.0 records (FastCGI Specification, 29 April 1996, §3.3, §5, §8): numbers, header, encoding. No state.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace hbnb::fcgi {

inline constexpr std::size_t kHeaderBytes = 8;
inline constexpr std::size_t kBeginBytes = 8;  // content of BEGIN_REQUEST
inline constexpr std::size_t kEndBytes = 8;    // content of END_REQUEST
inline constexpr std::uint8_t kVersion = 1;
inline constexpr std::size_t kContentBytesMax = 65535;
inline constexpr std::size_t kOurContentBytesMax =
    65528;  // of records we send: with padding never over 65 535 (HAProxy)

enum class RecordType : std::uint8_t {
    begin_request = 1,
    abort_request = 2,
    end_request = 3,
    params = 4,
    stdin_stream = 5,
    stdout_stream = 6,
    stderr_stream = 7,
    data = 8,
    get_values = 9,
    get_values_result = 10,
    unknown_type = 11,
};

enum class Role : std::uint16_t { responder = 1, authorizer = 2, filter = 3 };
enum class ProtocolStatus : std::uint8_t { request_complete = 0, cant_mpx_conn = 1, overloaded = 2, unknown_role = 3 };

inline constexpr std::uint8_t kKeepConnection = 1;  // the only flag of BEGIN_REQUEST

struct RecordHeader {
    std::uint8_t version = kVersion;
    RecordType type = RecordType::begin_request;
    std::uint16_t id = 0;
    std::uint16_t content = 0;
    std::uint8_t padding = 0;
};

inline RecordHeader decode_header(const char *bytes) {  // kHeaderBytes of them; the reserved byte is ignored
    const auto at = [bytes](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
    return {at(0), static_cast<RecordType>(at(1)), static_cast<std::uint16_t>(at(2) << 8 | at(3)),
            static_cast<std::uint16_t>(at(4) << 8 | at(5)), at(6)};
}

using HeaderBytes = std::array<char, kHeaderBytes>;

// content: at most kContentBytesMax, or std::length_error: a length cut to 16 bits would be another record's beginning.
inline HeaderBytes encode_header(RecordType type, std::uint16_t id, std::size_t content, std::uint8_t padding = 0) {
    if (content > kContentBytesMax) throw std::length_error("FastCGI record too long");
    const auto byte = [](std::size_t value) { return static_cast<char>(value & 0xff); };
    return {static_cast<char>(kVersion),
            static_cast<char>(type),
            byte(id >> 8),
            byte(id),
            byte(content >> 8),
            byte(content),
            static_cast<char>(padding),
            '\0'};
}

inline void append_header(std::string &out, RecordType type, std::uint16_t id, std::size_t content,
                          std::uint8_t padding = 0) {
    const HeaderBytes header = encode_header(type, id, content, padding);
    out.append(header.data(), header.size());
}

inline void append_record(std::string &out, RecordType type, std::uint16_t id, std::string_view content,
                          std::uint8_t padding = 0) {
    append_header(out, type, id, content.size(), padding);
    out.append(content).append(padding, '\0');
}

using BeginBytes = std::array<char, kBeginBytes>;

inline BeginBytes encode_begin(std::uint16_t role, std::uint8_t flags) {  // the content of BEGIN_REQUEST
    return {static_cast<char>(role >> 8), static_cast<char>(role & 0xff), static_cast<char>(flags)};
}

inline void append_begin_request(std::string &out, std::uint16_t id, std::uint16_t role, std::uint8_t flags) {
    const BeginBytes body = encode_begin(role, flags);
    append_record(out, RecordType::begin_request, id, {body.data(), body.size()});
}

inline void append_end_request(std::string &out, std::uint16_t id, ProtocolStatus status,
                               std::uint32_t app_status = 0) {
    const auto byte = [](std::uint32_t value) { return static_cast<char>(value & 0xff); };
    const char body[kEndBytes] = {byte(app_status >> 24), byte(app_status >> 16), byte(app_status >> 8),
                                  byte(app_status), static_cast<char>(status)};
    append_record(out, RecordType::end_request, id, {body, sizeof body});
}

// A stream's bytes in records of at most kOurContentBytesMax; nothing for no bytes, as an empty record is a stream's
// end.
inline void append_stream(std::string &out, RecordType type, std::uint16_t id, std::string_view bytes) {
    while (!bytes.empty()) {
        const std::string_view part = bytes.substr(0, kOurContentBytesMax);
        append_record(out, type, id, part);
        bytes.remove_prefix(part.size());
    }
}

inline void append_end_of_stream(std::string &out, RecordType type, std::uint16_t id) {
    append_header(out, type, id, 0);
}

// No record: its version is 0, which no client takes for one. The last bytes of a connection whose answer is not whole.
inline constexpr std::string_view kInvalidHeader{"\0\0\0\0\0\0\0\0", kHeaderBytes};

// A whole answer without libfcgi: STDOUT, its end, END_REQUEST.
inline void append_response(std::string &out, std::uint16_t id, std::string_view stdout_bytes) {
    append_stream(out, RecordType::stdout_stream, id, stdout_bytes);
    append_end_of_stream(out, RecordType::stdout_stream, id);
    append_end_request(out, id, ProtocolStatus::request_complete);
}

}  // namespace hbnb::fcgi
