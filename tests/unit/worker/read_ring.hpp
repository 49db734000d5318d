// The manager's end of a worker's log ring, for tests: what the worker has put there so far.
#pragma once

#include <stdexcept>
#include <string>

#include "wire/log_ring.hpp"

namespace hbnb::test {

class ReadRing {
  public:
    ReadRing() : ring_(must(wire::LogRing::create(memfd_))) {}

    wire::LogRing workers_end() const { return must(wire::LogRing::open(memfd_.get())); }
    const std::string &text() {
        for (auto taken = ring_.copy(text_, wire::kLogRingBytes); taken.bytes != 0;
             taken = ring_.copy(text_, wire::kLogRingBytes)) {
            refused_ += taken.refused;
            ring_.release(taken);
        }
        return text_;
    }
    std::uint64_t refused() const { return refused_; }
    std::uint64_t dropped() const { return ring_.dropped(); }

  private:
    static wire::LogRing must(Result<wire::LogRing> ring) {
        if (!ring) throw std::runtime_error(ring.error().message);
        return std::move(*ring);
    }

    Fd memfd_;
    wire::LogRing ring_;
    std::string text_;
    std::uint64_t refused_ = 0;
};

}  // namespace hbnb::test
