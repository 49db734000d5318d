// An owned file descriptor: closed when its owner ends, moved but never copied.
#pragma once

#include <utility>

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

}  // namespace hbnb
