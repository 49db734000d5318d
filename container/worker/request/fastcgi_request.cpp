#include "worker/request/fastcgi_request.hpp"

#include <fcgiapp.h>

#include <algorithm>
#include <climits>
#include <optional>

#include "worker/request/request_memory.hpp"

namespace hbnb::worker {

Result<void> prepare_libfcgi() {
    if (FCGX_Init() != 0) return Error{"unable to initialise libfcgi"};
    if (!platform_layer_is_ours()) {
        return Error{"unable to run on this libfcgi: its own platform layer is in the program instead of the worker's"};
    }
    return {};
}

struct FastcgiRequest::Impl {
    struct Scope {
        Scope(RequestIo &of_io, RequestMemory &of_memory) : io(of_io), memory(of_memory) {}
        RequestIoScope io;
        RequestMemoryScope memory;
    };
    FCGX_Request request{};
    RequestMemory memory;
    std::optional<Scope> scope;
};

FastcgiRequest::FastcgiRequest() : impl_(std::make_unique<Impl>()) { FCGX_InitRequest(&impl_->request, -1, 0); }

FastcgiRequest::~FastcgiRequest() { release(); }

bool FastcgiRequest::begin(RequestIo &io) {
    FCGX_Request &request = impl_->request;
    impl_->scope.emplace(io, impl_->memory);
    // FCGX_Accept_r finishes the request before, and closes an ipcFd that is not kept.
    request.ipcFd = kRequestIoDescriptor;
    request.keepConnection = 1;
    request.detached = 1;
    if (FCGX_Accept_r(&request) != 0 || FCGX_GetError(request.in) != 0) {
        release();
        return false;
    }
    return true;
}

int FastcgiRequest::read_body(char *buffer, std::size_t size) {
    return FCGX_GetStr(buffer, static_cast<int>(std::min<std::size_t>(size, INT_MAX)), impl_->request.in);
}

bool FastcgiRequest::write(std::string_view stdout_bytes) {
    while (!stdout_bytes.empty()) {
        const auto part = stdout_bytes.substr(0, INT_MAX);
        if (FCGX_PutStr(part.data(), static_cast<int>(part.size()), impl_->request.out) < 0) return false;
        stdout_bytes.remove_prefix(part.size());
    }
    return true;
}

bool FastcgiRequest::flush() { return FCGX_FFlush(impl_->request.out) == 0; }

bool FastcgiRequest::finish() {
    FCGX_Request &request = impl_->request;
    FCGX_FClose(request.err);              // the last writer to close adds END_REQUEST
    return FCGX_FClose(request.out) == 0;  // FCGX_Finish_r would not tell
}

void FastcgiRequest::release() {
    FCGX_Free(&impl_->request, 0);
    impl_->request.ipcFd = -1;
    impl_->scope.reset();
}

std::size_t FastcgiRequest::memory_used() const { return impl_->memory.used(); }

}  // namespace hbnb::worker
