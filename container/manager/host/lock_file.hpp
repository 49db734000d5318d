// One container per configuration: an exclusive flock on a file beside the control socket (or the pid file), which
// holds our pid. Taken before anything is bound; the kernel lets it go when the manager ends, however it ends.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/fd.hpp"

namespace hbnb::manager {

// Owned by main; outlives every socket. The destructor removes the file.
class LockFile {
  public:
    // owner: whom the file is given to, so that a later start as that user can take it. Refused: "already running, pid
    // N".
    static Result<LockFile> take(const std::string &path, uid_t owner);

    // What `take` would refuse, without taking or making anything, and the pid of a living process that seems to hold
    // it: that is no refusal here, as it may be the container whose next configuration is looked at.
    static Result<std::optional<pid_t>> look(const std::string &path);

    LockFile(LockFile &&) = default;
    LockFile &operator=(LockFile &&) = delete;
    ~LockFile();

    // The holder before, which did not remove it: a manager that was killed.
    std::optional<pid_t> dead_predecessor() const { return predecessor_; }

  private:
    LockFile(Fd fd, std::string path, std::optional<pid_t> predecessor)
        : fd_(std::move(fd)), path_(std::move(path)), predecessor_(predecessor) {}

    Fd fd_;
    std::string path_;
    std::optional<pid_t> predecessor_;
};

}  // namespace hbnb::manager
