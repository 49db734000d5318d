// libfcgi's platform layer, third implementation (after os_unix.c and os_win32.c): fcgios.h is the documented border.
// libfcgi never sees the socket. It reads one checked request without parameters from a RequestIo and writes its framed
// answer to it; what is behind that is the connection's business. The functions named OS_… stand in
// fastcgi_platform.cpp, and libfcgi is linked from its static archive, so that its own os_unix.o is never in the
// program.
#pragma once

#include <cstddef>

#include "base/error.hpp"

namespace hbnb::worker {

// Where libfcgi, on this thread, reads its request and writes its response.
class RequestIo {
  public:
    virtual ~RequestIo() = default;
    virtual int read_records(char *buffer, std::size_t size) = 0;       // bytes; 0: end; -1: broken
    virtual int write_records(const char *data, std::size_t size) = 0;  // size, or -1: broken
};

// The pseudo descriptor that stands for "this thread's RequestIo" in FCGX_Request.ipcFd: libfcgi wants a number >= 0.
inline constexpr int kRequestIoDescriptor = 0x7fff;

// Binds io to the calling thread for the guard's life.
class RequestIoScope {
  public:
    explicit RequestIoScope(RequestIo &io);
    ~RequestIoScope();
    RequestIoScope(const RequestIoScope &) = delete;
    RequestIoScope &operator=(const RequestIoScope &) = delete;
};

// Was our OS_LibInit called by libfcgi's FCGX_Init? A worker in which it was not refuses to run.
bool platform_layer_is_ours();

}  // namespace hbnb::worker
