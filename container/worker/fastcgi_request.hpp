// libfcgi's side of one request: parameters decoded, body and response streams framed. The only file that includes
// fcgiapp.h is this one's .cpp. One object a handler thread, used again for every request of that thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/error.hpp"
#include "worker/fastcgi_platform.hpp"

namespace hbnb::worker {

// Once a process, before any thread: FCGX_Init, and the proof that the platform layer in the program is ours.
Result<void> prepare_libfcgi();

struct Param {
    std::string_view name;
    std::string_view value;  // followed by a NUL byte
};

class FastcgiRequest {
  public:
    FastcgiRequest();
    ~FastcgiRequest();
    FastcgiRequest(const FastcgiRequest &) = delete;
    FastcgiRequest &operator=(const FastcgiRequest &) = delete;

    // Reads the head from io, which must outlive release(). false: libfcgi refused it (never for a head that
    // fcgi::Session has checked, but for memory).
    bool begin(RequestIo &io);

    std::size_t param_count() const { return param_count_; }
    Param param_at(std::size_t index) const;         // index < param_count()
    const char *text_at(std::size_t index) const;    // the same as "NAME=value": not yet searched for either's end
    std::string_view param(const char *name) const;  // data() == nullptr: absent; followed by a NUL byte

    int read_body(char *buffer, std::size_t size);  // bytes; 0: end or broken (the RequestIo knows which)
    bool write(std::string_view stdout_bytes);
    bool flush();
    bool finish();   // end of STDOUT, END_REQUEST; the parameters stay
    void release();  // frees everything, sends nothing; every view ends here

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
    std::size_t param_count_ = 0;
};

}  // namespace hbnb::worker
