// The manager's pid on a line, for scripts: there when everything is up, gone at the end.
//
// The file is made before privileges are dropped and belongs to the user that starts the container: where that is root,
// the service may read it and cannot write it. Mode 0644, whatever the umask. A file of another user in its place is
// removed first; what is no regular file, or has a second name, is refused.
// It stays locked while the container runs: a second one with the same file, beside another control socket, is refused.
// The pid is written through the descriptor when everything is up; until then a new file is empty, and an old one as it
// was. At the end the file is emptied, and removed where the container's user may do that: in a directory of root's an
// empty file stays.
#pragma once

#include <string>

#include "base/error.hpp"
#include "base/fd.hpp"

namespace hbnb::manager {

// Owned by main. The destructor leaves alone what another container has written or put there.
class PidFile {
  public:
    // Before privileges are dropped: what cannot be written is known before anything starts.
    static Result<PidFile> prepare(const std::string &path);

    // What `prepare` would refuse; writes nothing.
    static Result<void> look(const std::string &path);

    PidFile(PidFile &&) noexcept = default;
    PidFile &operator=(PidFile &&) = delete;
    ~PidFile();

    Result<void> publish();

  private:
    PidFile(std::string path, Fd fd, bool made) : path_(std::move(path)), fd_(std::move(fd)), made_(made) {}

    std::string path_;
    Fd fd_;      // closed: moved from
    bool made_;  // by this start, and so removed where it fails
    bool published_ = false;
};

}  // namespace hbnb::manager
