// A listening Unix socket and its file: bound at a temporary name in the same directory with its final owner and mode,
// listening, then renamed over the path, so that nobody ever finds it half made. A stale socket file is replaced;
// a living one, and anything that is not a socket, never.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/fd.hpp"

namespace hbnb::manager {

inline constexpr std::size_t kSocketPathMax = 107;  // bytes: sun_path holds 108 with its NUL

// Whose stale socket files may be replaced, beside our own and root's.
struct Claim {
    uid_t service_user = 0;  // whom the container runs as
    // The manager that left the socket behind without cleaning up, as its lock file told: its orphaned workers may
    // still hold it open, and it is taken over from them.
    std::optional<pid_t> dead_predecessor;
    bool is_served = false;  // for a look: a container that runs may serve it, so nobody connects to find that out
};

struct UnixSocketPlan {
    std::string path;  // absolute
    std::uint32_t mode = 0600;
    std::optional<uid_t> owner;
    std::optional<gid_t> group;
    int backlog = 4096;
    Claim claim;
};

std::string mode_text(std::uint32_t mode);  // "0660"

// Owned by a Listener or the control server. The destructor closes it and removes the file if it is still the one made
// here.
class UnixSocket {
  public:
    static Result<UnixSocket> open(const UnixSocketPlan &plan);
    // What `open` would refuse; makes nothing.
    static Result<void> look(const UnixSocketPlan &plan);

    UnixSocket(UnixSocket &&) = default;
    UnixSocket &operator=(UnixSocket &&) = delete;
    ~UnixSocket();

    int fd() const { return fd_.get(); }
    const std::string &path() const { return path_; }
    void remove_file();     // new connections are refused from now on; those that wait can still be served
    bool has_file() const;  // its path still leads to it
    Result<void> check_change(const UnixSocketPlan &plan) const;  // whether `change` will be allowed
    Result<void> change(const UnixSocketPlan &plan);              // mode, owner, group and backlog, in place

  private:
    UnixSocket(Fd fd, std::string path, dev_t device, ino_t inode)
        : fd_(std::move(fd)), path_(std::move(path)), device_(device), inode_(inode) {}

    Fd fd_;
    std::string path_;  // empty: removed, or moved from
    dev_t device_;
    ino_t inode_;
};

}  // namespace hbnb::manager
