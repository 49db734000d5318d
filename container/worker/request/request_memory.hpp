// libfcgi's memory of one request. It makes a dozen blocks for its streams, two of them of 8 KiB, and gives all of them
// back at the request's end: one after the other in one block, a request's memory costs a third of what malloc and free
// take for it, and stands where the last request's stood.
// What does not fit comes from malloc. When the last block has been given back, all of it is free again.
//
// libfcgi's malloc, realloc and free are these: the build renames them in a copy of libfcgi.a (worker/CMakeLists.txt).
// They use the calling thread's RequestMemory where one is bound (RequestMemoryScope), and else malloc. One thread
// each.
#pragma once

#include <cstddef>
#include <memory>

namespace hbnb::worker {

class RequestMemory {
  public:
    // libfcgi: 17.5 KiB. What is not used is never touched.
    static constexpr std::size_t kBytes = 32 << 10;

    void *allocate(std::size_t size);  // aligned for any type; nullptr: no memory
    void *resize(void *block, std::size_t size);
    void release(void *block);  // nullptr: nothing

    bool holds(const void *block) const;
    std::size_t used() const { return used_; }

  private:
    std::unique_ptr<std::byte[]> bytes_{new std::byte[kBytes]};
    std::size_t used_ = 0, blocks_ = 0;
};

// Binds memory to the calling thread for the guard's life. In a sanitised build it does not: every block shall have its
// own bounds there.
class RequestMemoryScope {
  public:
    explicit RequestMemoryScope(RequestMemory &memory);
    ~RequestMemoryScope();
    RequestMemoryScope(const RequestMemoryScope &) = delete;
    RequestMemoryScope &operator=(const RequestMemoryScope &) = delete;
};

}  // namespace hbnb::worker
