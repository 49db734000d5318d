// Longest mount first: which plugin serves a path. A mount takes whole segments (/demo is no prefix of /demolition).
// Built once at start, then read by all handler threads.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/moment.hpp"

namespace hbnb::worker {

struct Mount {
    std::string prefix;                            // "" for "/", else "/demo"
    std::size_t plugin = 0;                        // index into the worker's plugins
    std::string who;                               // the plugin's file, for messages
    std::optional<Duration> timeout_request = {};  // nullopt: the pool's
};

class Router {
  public:
    // Refused where two plugins have one mount, naming both.
    static Result<Router> build(std::vector<Mount> mounts);

    const Mount *find(std::string_view path) const;  // nullptr: no plugin serves it

  private:
    explicit Router(std::vector<Mount> mounts) : mounts_(std::move(mounts)) {}
    std::vector<Mount> mounts_;  // longest prefix first
};

}  // namespace hbnb::worker
