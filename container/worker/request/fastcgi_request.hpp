// libfcgi's side of one request: its body and response streams, framed. The only file that includes
// fcgiapp.h is this one's .cpp. One object a handler thread, used again for every request of that thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/error.hpp"
#include "worker/request/fastcgi_platform.hpp"

namespace hbnb::worker {

// Once a process, before any thread: FCGX_Init, and the proof that the platform layer in the program is ours.
Result<void> prepare_libfcgi();

class FastcgiRequest {
  public:
    FastcgiRequest();
    ~FastcgiRequest();
    FastcgiRequest(const FastcgiRequest &) = delete;
    FastcgiRequest &operator=(const FastcgiRequest &) = delete;

    // Reads the head that RequestStream makes from io, which must outlive release(). false: libfcgi had no memory.
    bool begin(RequestIo &io);

    int read_body(char *buffer, std::size_t size);  // bytes; 0: end or broken (the RequestIo knows which)
    bool write(std::string_view stdout_bytes);
    bool flush();
    bool finish();   // end of STDOUT, END_REQUEST
    void release();  // frees everything, sends nothing
    // Of the block that its streams are in. In a sanitised build none is (request_memory.hpp).
    std::size_t memory_used() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace hbnb::worker
