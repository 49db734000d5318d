// Reads one HTTP/1.1 answer after the other from the bytes of a connection; bodies are counted and not kept. No socket.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hbnb::bench {

class HttpAnswer {
  public:
    enum class State { head, body, whole, malformed };

    // What is asked next; HEAD has an answer without a body.
    void begin(bool is_head);
    // Takes the bytes up to the answer's end (all that came, for nobody here sends a request before the last one is
    // answered).
    State take(std::string_view bytes);
    // The other side has closed: the end of a body that has no length, else of an answer that is not whole.
    State end();

    int status() const { return status_; }  // 0: not known yet
    bool closes() const { return closes_; }
    std::uint64_t bytes() const { return bytes_; }  // head and body

  private:
    enum class Framing { length, chunked, until_close };

    State take_head(std::string_view bytes);
    State take_body(std::string_view bytes);
    State take_chunks(std::string_view bytes);
    bool read_head();
    bool read_field(std::string_view line);
    bool take_chunk_line();

    State state_ = State::head;
    Framing framing_ = Framing::until_close;
    bool is_head_ = false, closes_ = false, in_trailer_ = false;
    int status_ = 0;
    std::uint64_t left_ = 0;  // of the body, or of a chunk with its line break
    std::uint64_t bytes_ = 0;
    std::string buffer_;  // the head, or a chunk's line, as far as it has come
};

}  // namespace hbnb::bench
