// How many connections wait in the kernel's queue of a listening Unix socket: exact, unprivileged, about 10 µs, by
// sock_diag(7). The answer lies in our receive queue when send returns, so nothing here waits.
#pragma once

#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/fd.hpp"

namespace hbnb::manager {

class Backlog {
  public:
    static Result<Backlog> open();

    // An error where the kernel does not offer it, or has no memory for it; the caller says so, takes nobody to wait,
    // and asks again a minute later.
    Result<unsigned> waiting(int listening_unix_socket);

  private:
    explicit Backlog(Fd netlink) : netlink_(std::move(netlink)) {}
    Result<void> ask(unsigned inode, unsigned sequence);
    Result<std::optional<unsigned>> read_answer(unsigned sequence);

    Fd netlink_;
    unsigned sequence_ = 0;
};

}  // namespace hbnb::manager
