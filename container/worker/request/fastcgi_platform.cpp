#include "worker/request/fastcgi_platform.hpp"

#include <fcgios.h>

#include <atomic>
#include <cerrno>

namespace hbnb::worker {
namespace {

// libfcgi's callbacks carry a descriptor number and nothing else, so "whose request is this" can only be the thread's.
// These two are the bridge, and the only mutable state outside an object.
thread_local RequestIo *this_threads_io = nullptr;
std::atomic<bool> lib_init_was_ours{false};

}  // namespace

RequestIoScope::RequestIoScope(RequestIo &io) { this_threads_io = &io; }

RequestIoScope::~RequestIoScope() { this_threads_io = nullptr; }

bool platform_layer_is_ours() { return lib_init_was_ours; }

}  // namespace hbnb::worker

using hbnb::worker::this_threads_io;

// The names, types and meanings are fcgios.h's; libfcgi.a needs exactly these.
extern "C" {

int OS_LibInit(int *) {
    hbnb::worker::lib_init_was_ours = true;  // no signal handlers, no descriptors: the worker has its own
    return 0;
}

int OS_Read(int, char *buffer, size_t size) {
    return this_threads_io == nullptr ? -1 : this_threads_io->read_records(buffer, size);
}

int OS_Write(int, char *buffer, size_t size) {
    return this_threads_io == nullptr ? -1 : this_threads_io->write_records(buffer, size);
}

int OS_Accept(int, int, const char *) {
    errno = EBADF;  // reached only after a request libfcgi refuses: there is no other connection to go to
    return -1;
}

int OS_IpcClose(int, int) {
    return 0;  // the connection belongs to the worker
}

int OS_CreateLocalIpcFd(const char *, int) {
    errno = ENOSYS;
    return -1;
}

int OS_IsFcgi(int) { return 1; }

void OS_ShutdownPending(void) {}
}
