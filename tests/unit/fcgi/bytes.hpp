// Bytes as people read them, for tests: hexadecimal, spaces ignored, as in the specification's tables.
#pragma once

#include <string>
#include <string_view>

namespace hbnb::fcgi::testing {

inline std::string bytes(std::string_view hex) {
    std::string out;
    int half = -1;
    for (const char c : hex) {
        if (c == ' ') continue;
        const int digit = c <= '9' ? c - '0' : c - 'a' + 10;
        if (half >= 0) out += static_cast<char>(half << 4 | digit);
        half = half >= 0 ? -1 : digit;
    }
    return out;
}

inline std::string hex(std::string_view bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    for (const char c : bytes) {
        out += kDigits[static_cast<unsigned char>(c) >> 4];
        out += kDigits[static_cast<unsigned char>(c) & 15];
    }
    return out;
}

// Records as a peer might send them.
inline const std::string kBegin = bytes("0101000100080000 0001000000000000");  // responder, id 1, keep = 0
inline const std::string kBeginKeep = bytes("0101000100080000 0001010000000000");
inline const std::string kParams = bytes("0104000100040400 01014142 00000000");  // {A: B}, padded
inline const std::string kParamsEnd = bytes("0104000100000000");
inline const std::string kStdinHi = bytes("0105000100020600 6869 000000000000");  // "hi", padded
inline const std::string kStdinEnd = bytes("0105000100000000");
inline const std::string kAbort = bytes("0102000100000000");

inline const std::string kHead = kBegin + kParams + kParamsEnd;
inline const std::string kHeadKeep = kBeginKeep + kParams + kParamsEnd;
inline const std::string kGet = kHead + kStdinEnd;
inline const std::string kGetKeep = kHeadKeep + kStdinEnd;

// What we answer.
inline const std::string kEndComplete =
    "0103000100080000"
    "0000000000000000";
inline const std::string kEndCantMpx2 =
    "0103000200080000"
    "0000000001000000";
inline const std::string kEndUnknownRole =
    "0103000100080000"
    "0000000003000000";
inline const std::string kUnknownType12 =
    "010b000000080000"
    "0c00000000000000";

}  // namespace hbnb::fcgi::testing
