// A response's head: checked, then written once in front of the body. No socket here.
#pragma once

#include <hbnb/handler.h>
#include <hbnb/refusals.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hbnb::worker {

inline constexpr std::size_t kBodyBufferBytes = 64 << 10;  // a body that fits gets its Content-Length from us

class ResponseHead {
  public:
    explicit ResponseHead(std::size_t bytes_max = sdk::kResponseHeadBytes);  // limits.response_head
    void clear();
    bool is_begun() const { return status_ != 0; }
    unsigned status() const { return status_; }
    bool may_have_body() const { return status_ != 204 && status_ != 304; }
    std::optional<std::uint64_t> content_length() const { return content_length_; }  // as the handler gave it

    // nullptr: taken. Else why not (handler.h: begin_response), a phrase without a subject.
    const char *begin(std::uint32_t status, const hbnb_pair *headers, std::size_t count);
    void set_content_length(std::uint64_t length) { content_length_ = length; }

    // "Status: 200 OK\r\n…\r\n\r\n": the whole head; once, as the last.
    std::string_view complete();

  private:
    void add(std::string_view name, std::string_view value);
    void put(std::string_view text);
    void put(std::uint64_t number);
    const char *too_much(const hbnb_pair *headers, std::size_t count);

    static constexpr std::size_t kOwnBytes = 512;  // at most what the container puts around a handler's headers

    unsigned status_ = 0;
    bool has_content_type_ = false;
    std::optional<std::uint64_t> content_length_;
    const std::size_t bytes_max_;
    const std::unique_ptr<char[]> text_;  // of bytes_max_ and kOwnBytes: nothing has to grow
    char *end_;                           // of the text as far as it is known
    std::string refusal_;
};

std::string_view reason_phrase(unsigned status);  // "" for one we do not know

}  // namespace hbnb::worker
