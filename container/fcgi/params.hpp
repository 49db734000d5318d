// Name-value pairs (FastCGI 1.0 §3.4): encoded, walked, checked, and made canonical before libfcgi sees them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hbnb::fcgi {

inline constexpr std::size_t kPairsMax = 4096;            // of one request
inline constexpr std::size_t kPairBytesMax = 0x7fffffff;  // of one name or value: 31 bits

struct Pair {
    std::string_view name, value;
    bool operator==(const Pair &) const = default;
};

// Takes the next pair off the front of stream. nullopt: the stream is empty, or what is left is no whole pair
// (`broken`). Lengths may stand in either form, whatever they are. The views point into stream.
std::optional<Pair> take_pair(std::string_view &stream, bool &broken);

// Throws std::length_error for more than kPairBytesMax.
void append_pair(std::string &out, std::string_view name, std::string_view value);

struct ParamsCheck {
    enum class Verdict { good, malformed, too_many } verdict = Verdict::good;
    const char *problem = "";    // malformed: what is wrong
    std::size_t duplicates = 0;  // taken out of the stream: the first of a name wins
    std::string duplicate;       // name of the first of them, cut at 64 bytes
};

// Checks the whole PARAMS stream of one request and makes it canonical, in place and in one pass: no NUL anywhere, no
// empty name, no '=' in a name, at most kPairsMax pairs, each name once, no HTTP_PROXY (httpoxy: it would be a client's
// header). Whatever is not good leaves the stream unspecified.
ParamsCheck canonicalise_params(std::string &stream);

}  // namespace hbnb::fcgi
