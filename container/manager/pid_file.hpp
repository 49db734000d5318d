// The manager's pid on a line, for scripts. Appears by rename when everything is up, goes at the end.
#pragma once

#include <string>

#include "base/error.hpp"

namespace hbnb::manager {

// Owned by main. The destructor removes what it has made, if it is still ours.
class PidFile {
  public:
    // Writes the temporary file already, after privileges were dropped: what cannot be written is known before anything
    // starts.
    static Result<PidFile> prepare(const std::string &path);

    // What `prepare` would refuse; writes nothing.
    static Result<void> look(const std::string &path);

    PidFile(PidFile &&other) noexcept;
    PidFile &operator=(PidFile &&) = delete;
    ~PidFile();

    Result<void> publish();

  private:
    explicit PidFile(std::string path) : path_(std::move(path)) {}
    std::string temporary() const { return path_ + ".new"; }

    std::string path_;  // empty: moved from
    bool published_ = false;
};

}  // namespace hbnb::manager
