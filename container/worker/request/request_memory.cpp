#include "worker/request/request_memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace hbnb::worker {
namespace {

// Before each block: its size, for resize.
constexpr std::size_t kBefore = alignof(std::max_align_t);
static_assert(kBefore >= sizeof(std::size_t));

// libfcgi's calls carry nothing that says whose request it is: the thread's.
thread_local RequestMemory *this_threads_memory = nullptr;

std::size_t size_of(const void *block) {
    std::size_t size = 0;
    std::memcpy(&size, static_cast<const std::byte *>(block) - kBefore, sizeof size);
    return size;
}

}  // namespace

void *RequestMemory::allocate(std::size_t size) {
    if (size > kBytes) return std::malloc(size);  // and the sum below cannot overflow
    const std::size_t needed = (kBefore + std::max<std::size_t>(size, 1) + kBefore - 1) / kBefore * kBefore;
    if (needed > kBytes - used_) return std::malloc(size);
    std::byte *const block = bytes_.get() + used_ + kBefore;
    std::memcpy(block - kBefore, &size, sizeof size);
    used_ += needed;
    ++blocks_;
    return block;
}

void *RequestMemory::resize(void *block, std::size_t size) {
    if (block == nullptr) return allocate(size);
    if (!holds(block)) return std::realloc(block, size);
    void *const moved = allocate(size);
    if (moved == nullptr) return nullptr;
    std::memcpy(moved, block, std::min(size, size_of(block)));
    release(block);
    return moved;
}

void RequestMemory::release(void *block) {
    if (!holds(block)) return std::free(block);
    if (--blocks_ == 0) used_ = 0;
}

bool RequestMemory::holds(const void *block) const {
    const auto *const at = static_cast<const std::byte *>(block);
    return at >= bytes_.get() && at < bytes_.get() + kBytes;
}

#ifdef HBNB_SANITIZED
RequestMemoryScope::RequestMemoryScope(RequestMemory &) {}
#else
RequestMemoryScope::RequestMemoryScope(RequestMemory &memory) { this_threads_memory = &memory; }
#endif

RequestMemoryScope::~RequestMemoryScope() { this_threads_memory = nullptr; }

}  // namespace hbnb::worker

using hbnb::worker::this_threads_memory;

extern "C" {

void *hbnb_libfcgi_malloc(size_t size) {
    return this_threads_memory == nullptr ? std::malloc(size) : this_threads_memory->allocate(size);
}

void *hbnb_libfcgi_realloc(void *block, size_t size) {
    return this_threads_memory == nullptr ? std::realloc(block, size) : this_threads_memory->resize(block, size);
}

void hbnb_libfcgi_free(void *block) {
    if (this_threads_memory == nullptr) return std::free(block);
    this_threads_memory->release(block);
}
}
