// What each plugin takes of limits.memory while it is loaded, so that the one that takes too much is named, and not the
// one that then finds nothing left. The kernel itself refuses too late: a plugin's own static data may pass the limit,
// and the next request for memory, of anybody, fails. Rebalancer thread, until the worker is ready.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.hpp"

namespace hbnb::worker {

class MemoryAccount {
  public:
    explicit MemoryAccount(std::uint64_t limit);  // bytes; 0: none, and nothing is ever refused

    Result<void> note(const std::string &file);  // this plugin has just been loaded. Refused: over the limit since

    // "; 3.9GiB of limits.memory, 4.0GiB, are in use, most of it by big.so": for the sentence of whatever fails, where
    // memory is nearly used up. Else empty.
    std::string explain() const;

  private:
    std::uint64_t limit_;
    std::uint64_t before_ = 0;  // in use when the last plugin was noted
    std::uint64_t most_ = 0;    // of one plugin
    std::string greediest_;
};

}  // namespace hbnb::worker
