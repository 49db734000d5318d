// What must be true again after a fault, whichever it was: the manager is the same process with no more descriptors and
// hardly more memory, its workers are within their bounds and its only children, nobody is a zombie, the socket file is
// the same, each line of the log is one, each worker that ended has one line in it, and requests are answered.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "support/container.hpp"

namespace hbnb::test {

class Invariants {
  public:
    // How it is before the fault. While nobody is connected, and with as many workers as there will be afterwards.
    explicit Invariants(const Container &container);

    // After the fault: waits until the pool has settled, then checks. By then nobody is connected any more.
    void hold() const;
    // The fault was the socket file's: a new one, and the old one stays for its queue until the next reload.
    void socket_may_be_new() { socket_ = 0; }
    void log_was_moved() { whole_log_ = false; }

  private:
    struct Seen {
        std::size_t workers = 0, manager_descriptors = 0, worker_descriptors = 0;  // of the worker that has most
        std::uint64_t manager_memory = 0;
    };
    Seen look() const;
    bool is_settled() const;
    void check_processes() const;
    void check_resources() const;
    void check_log() const;
    void check_service() const;

    const Container &container_;
    pid_t manager_;
    ino_t socket_ = 0;  // 0: may be another
    bool whole_log_ = true;
    std::size_t strays_ = 0;
    Seen before_;
};

ino_t inode_of(const std::string &path);  // 0: there is none

}  // namespace hbnb::test
