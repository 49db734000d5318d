// What a container refuses of a plugin: the rules of hbnb/handler.h as code, with their sentences. The container checks
// by them, and so does the fake one of hbnb/testing.hpp. Values only; any thread. A handler needs none of it.
#pragma once

#include <hbnb/handler.h>
#include <hbnb/mount.hpp>
#include <hbnb/text.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace hbnb::sdk {

// limits.response_head by default: with the container's own lines and FastCGI's frames it fits 16 KiB, which is what
// nginx has room for as shipped (fastcgi_buffer_size 16k), also where its cache needs some of it.
inline constexpr std::size_t kResponseHeadBytes = 15 << 10;

// The head of one response, checked as it is given. The answers are nullptr (taken), or why not: a phrase behind "the
// handler ".
class HeadCheck {
  public:
    static constexpr char kTooMuch[] = "gave more response headers than limits.response_head allows";
    static std::string too_much(const hbnb_pair *headers, std::size_t count,
                                std::size_t bytes_max);  // kTooMuch with numbers
    static std::size_t bytes_of(std::string_view name, std::string_view value) {
        return name.size() + value.size() + 4;  // ": " and CR LF
    }

    explicit HeadCheck(std::size_t bytes_max = kResponseHeadBytes) : bytes_max_(bytes_max) {}
    static const char *status(std::uint32_t status) {
        return status < 200 || status > 599 ? "began a response with a status outside 200-599" : nullptr;
    }
    const char *add(std::string_view name, std::string_view value);
    std::optional<std::uint64_t> content_length() const { return content_length_; }

  private:
    const char *add_length(std::string_view value);

    std::size_t bytes_max_, bytes_ = 0;
    std::optional<std::uint64_t> content_length_;
};

// Why a container does not take this table: the sentence behind "unable to load plugin FILE: ". nullopt: it does.
std::optional<std::string> refusal_of_table(const hbnb_plugin &given);

// Why a container does not take this hbnb.process/1: a sentence as above. nullopt: it does, or there is none.
inline std::optional<std::string> refusal_of_process(const hbnb_process *given) {
    if (given == nullptr) return std::nullopt;
    if (!HBNB_HAS(given, hbnb_process, stop) || given->start == nullptr || given->stop == nullptr)
        return "start and stop of its " HBNB_EXTENSION_PROCESS " must both be there";
    return std::nullopt;
}

inline std::string abi_text(std::uint32_t major, std::uint32_t minor) {
    return std::to_string(major) + "." + std::to_string(minor);
}
inline std::string own_abi_text() { return abi_text(HBNB_ABI_MAJOR, HBNB_ABI_MINOR); }

// What an entry that gives no table says.
inline std::string refusal_by_entry() { return "it refuses this container's handler ABI " + own_abi_text(); }

// What a table gives of the members that we know; a shorter one (an earlier minor) leaves the others null.
inline hbnb_plugin known_part(const hbnb_plugin &given) {
    hbnb_plugin table{};
    std::memcpy(&table, &given, std::min<std::size_t>(given.struct_size, sizeof table));
    return table;
}

// What the plugin says of its process, or nullptr. Calls the plugin. [control]
inline const hbnb_process *process_of(const hbnb_plugin &table) {
    if (table.extension == nullptr) return nullptr;
    return static_cast<const hbnb_process *>(table.extension(HBNB_EXTENSION_PROCESS));
}

namespace detail {

inline constexpr bool is_alphanumeric(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// By byte: each response asks this of each byte of its headers.
using ByteSet = std::array<bool, 256>;
inline constexpr ByteSet kTokenBytes = [] {
    ByteSet set{};
    for (const char c : std::string_view("!#$%&'*+-.^_`|~")) set[static_cast<unsigned char>(c)] = true;
    for (unsigned byte = 0; byte < set.size(); ++byte) set[byte] |= is_alphanumeric(static_cast<char>(byte));
    return set;
}();
inline constexpr ByteSet kValueBytes = [] {
    ByteSet set{};
    for (unsigned byte = 0; byte < set.size(); ++byte) set[byte] = byte == '\t' || (byte >= 0x20 && byte != 0x7f);
    return set;
}();
inline bool is_made_of(std::string_view text, const ByteSet &set) {
    return std::all_of(text.begin(), text.end(), [&](char c) { return set[static_cast<unsigned char>(c)]; });
}

inline bool is_token(std::string_view name) { return !name.empty() && is_made_of(name, kTokenBytes); }

inline bool is_header_value(std::string_view value) { return is_made_of(value, kValueBytes); }

// Between the web server and its client, or FastCGI's own (RFC 9110 §7.6.1, RFC 3875 §6.3.3).
inline constexpr std::string_view kForbiddenHeaders[] = {
    "Status",  "Connection", "Keep-Alive",         "Transfer-Encoding", "TE",
    "Trailer", "Upgrade",    "Proxy-Authenticate", "Proxy-Connection"};
inline constexpr std::uint32_t kForbiddenSizes = [] {  // bit n: one of them has n bytes
    std::uint32_t sizes = 0;
    for (const auto name : kForbiddenHeaders) sizes |= std::uint32_t{1} << name.size();
    return sizes;
}();
inline bool is_forbidden_header(std::string_view name) {
    if (name.size() >= 32 || (kForbiddenSizes >> name.size() & 1) == 0) return false;
    return std::any_of(std::begin(kForbiddenHeaders), std::end(kForbiddenHeaders),
                       [&](auto one) { return equals_ignoring_case(one, name); });
}

inline bool is_plugin_name(std::string_view name) {
    const auto is_small = [](char c) { return is_alphanumeric(c) && to_lower(c) == c; };
    return !name.empty() && name.size() <= 63 && is_small(name[0]) &&
           std::all_of(name.begin(), name.end(), [&](char c) { return is_small(c) || c == '-' || c == '_'; });
}

inline bool is_printable(std::string_view text) {
    return text.size() <= 63 && std::all_of(text.begin(), text.end(),
                                            [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

}  // namespace detail

inline const char *HeadCheck::add(std::string_view name, std::string_view value) {
    if (!detail::is_token(name)) return "gave a response header whose name is no token";
    if (!detail::is_header_value(value))
        return "gave a response header with a control character (such as CR or LF) in its value";
    if (detail::is_forbidden_header(name)) return "gave a response header that is not a handler's to set";
    bytes_ += bytes_of(name, value);
    if (bytes_ > bytes_max_) return kTooMuch;
    return equals_ignoring_case(name, "Content-Length") ? add_length(value) : nullptr;
}

inline std::string HeadCheck::too_much(const hbnb_pair *headers, std::size_t count, std::size_t bytes_max) {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < count; ++i) bytes += bytes_of(view(headers[i].name), view(headers[i].value));
    return "gave " + std::to_string(bytes) + " bytes of response headers; limits.response_head allows " +
           std::to_string(bytes_max) + " (where it is raised, nginx's fastcgi_buffer_size is, too)";
}

inline const char *HeadCheck::add_length(std::string_view value) {
    std::uint64_t length = 0;
    const auto [rest, error] = std::from_chars(value.data(), value.data() + value.size(), length);
    if (error != std::errc() || rest != value.data() + value.size()) return "gave a Content-Length that is no number";
    if (content_length_ && *content_length_ != length) return "gave two different Content-Lengths";
    content_length_ = length;
    return nullptr;
}

inline std::optional<std::string> refusal_of_table(const hbnb_plugin &given) {
    constexpr std::size_t kLeast = offsetof(hbnb_plugin, extension);  // what ABI 1.0 cannot do without
    if (given.abi_major != HBNB_ABI_MAJOR) {
        return "it was built for handler ABI " + abi_text(given.abi_major, given.abi_minor) +
               ", this container speaks " + own_abi_text();
    }
    if (given.struct_size < kLeast) {
        return "its table has " + std::to_string(given.struct_size) + " bytes, handler ABI " + own_abi_text() +
               " needs " + std::to_string(kLeast);
    }
    if (given.name == nullptr || !detail::is_plugin_name(given.name))
        return "its name must be 1 to 63 characters of a-z, 0-9, '-' and '_'";
    if (given.version == nullptr || !detail::is_printable(given.version))
        return "its version must be at most 63 printable characters";
    if (given.concurrency < HBNB_ONE_THREAD || given.concurrency > HBNB_SHARED_INSTANCE)
        return "its concurrency is " + std::to_string(given.concurrency) + ", known are 1, 2 and 3";
    if (given.load == nullptr || given.create == nullptr || given.handle == nullptr || given.destroy == nullptr ||
        given.unload == nullptr) {
        return "load, create, handle, destroy and unload must all be there";
    }
    if (given.default_mount == nullptr) return "it has no default mount";
    return std::nullopt;
}

}  // namespace hbnb::sdk
