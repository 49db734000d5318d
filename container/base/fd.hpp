// An owned file descriptor: closed when its owner ends, moved but never copied.
#pragma once

#include <functional>
#include <utility>

#include "base/error.hpp"

namespace hbnb {

class Fd {
  public:
    Fd() = default;
    explicit Fd(int owned) : fd_(owned) {}
    Fd(Fd &&other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd &operator=(Fd &&other) noexcept;
    ~Fd() { reset(); }

    int get() const { return fd_; }
    bool is_open() const { return fd_ >= 0; }
    int release() { return std::exchange(fd_, -1); }  // the caller owns it now
    void reset();

  private:
    int fd_ = -1;
};

// What is open in this process from number `first` on: kept from programs that it executes, or closed. By close_range;
// a kernel before 5.11, or a container's profile, may not offer it, and then number by number as /proc/self/fd lists
// them.
Result<void> keep_from_children(int first);
Result<void> close_from(int first);

// Calls `act` with the number of each open descriptor, as /proc/self/fd lists them; it may close that one. Only an
// error allocates, and nothing locks, so a child of a process with several threads may call it.
Result<void> for_each_descriptor(const std::function<void(int)> &act);

}  // namespace hbnb
