// Name-value pairs (FastCGI 1.0 §3.4): encoded, walked, and decoded for a request.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

// The parameters (RFC 3875 §4.1) that the container itself reads, found while the stream is decoded.
enum class Known : std::uint8_t {
    content_length,
    http_referer,
    http_user_agent,
    path_info,
    remote_address,
    remote_user,
    request_id,
    request_method,
    request_start,
    request_uri,
    script_name,
    server_protocol,
};
inline constexpr std::array<std::string_view, 12> kKnownNames{
    "CONTENT_LENGTH", "HTTP_REFERER",   "HTTP_USER_AGENT", "PATH_INFO",   "REMOTE_ADDR", "REMOTE_USER",
    "REQUEST_ID",     "REQUEST_METHOD", "REQUEST_START",   "REQUEST_URI", "SCRIPT_NAME", "SERVER_PROTOCOL"};

struct ParamsCheck {
    enum class Verdict { good, malformed, too_many } verdict = Verdict::good;
    const char *problem = "";    // malformed: what is wrong
    std::size_t duplicates = 0;  // left out: the first of a name wins
    std::string duplicate;       // name of the first of them, cut at 64 bytes
};

// One request's parameters: first the PARAMS stream as it comes in, then, from a good decode() on, the names and values
// where they stand in it. Two blocks of memory, whatever the number of parameters; decode() takes more for a while
// where there are more than 64 names. Views live until whoever has the memory is cleared or destroyed: they go along
// with a swap.
class RequestParams {
  public:
    RequestParams() { known_.fill(kAbsent); }
    RequestParams(const RequestParams &) = default;  // with no more memory than it needs
    RequestParams &operator=(const RequestParams &) = delete;
    void swap(RequestParams &other);
    void clear();    // keeps the memory for the next, where it is not more than usual
    void release();  // keeps none

    // ---- until decode()
    void append(std::string_view part);
    std::size_t stream_bytes() const { return bytes_.size(); }

    // The stream is whole; once. Checks all of it: no NUL anywhere, no empty name, no '=' in a name, at most kPairsMax
    // pairs. What is left of a good one has each name once, and no HTTP_PROXY (httpoxy: it would be a client's header).
    ParamsCheck decode();

    // ---- after a good one
    std::size_t size() const { return places_.size(); }
    Pair at(std::size_t index) const;  // index < size()
    // data() == nullptr: there is none.
    std::string_view value(std::string_view name) const;
    std::string_view value(Known name) const;
    // A NUL byte stands behind each value; from now on behind each name, too. Views of names end here.
    void terminate_names();

  private:
    struct Place {
        std::uint32_t at, name, value;  // offset of the name; the sizes. The value stands behind the name, and gap_
        std::size_t name_end() const { return std::size_t{at} + name; }
        std::size_t value_end() const { return name_end() + value; }
    };
    using Verdict = ParamsCheck::Verdict;
    enum class Where { names, names_and_values };
    static constexpr std::uint16_t kAbsent = 0xffff;

    ParamsCheck split();  // into places_
    bool contains(char byte, Where where) const;
    ParamsCheck keep_first_of_each();

    std::vector<char> bytes_;
    std::vector<Place> places_;
    std::array<std::uint16_t, kKnownNames.size()> known_;  // by Known: index into places_
    std::size_t gap_ = 0;                                  // 1: terminated names
};

}  // namespace hbnb::fcgi
