// What the workers of a pool have counted that have gone, at which mounts, why they went, and how long they took to
// start. A value of Sampler; no clock, no system call. Limits: kMountNamesMax mounts over all reloads; others count
// as none.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/moment.hpp"
#include "pool/exit_reason.hpp"
#include "wire/scoreboard.hpp"
#include "wire/status.hpp"

namespace hbnb::manager {

inline constexpr std::size_t kMountNamesMax = 64;

// Adds mount by mount.
void add_mounts(std::vector<wire::MountStatus> &sums, const std::vector<wire::MountStatus> &more);

class PoolCounts {
  public:
    void note_start() { ++started_; }
    void note_ready(Duration start_up) { wire::observe(start_time_, start_up); }
    void note_end(pool::ExitReason reason) { ++ends_[std::string(pool::to_string(reason))]; }
    // Its counts from now on are part of these.
    void note_gone(const wire::ScoreboardSnapshot &last, const std::vector<wire::MountStatus> &mounts);

    const wire::CounterSums &of_gone() const { return of_gone_; }
    void show(wire::PoolStatus &out) const;  // adds the sums, sets the rest

  private:
    wire::CounterSums of_gone_;
    std::vector<wire::MountStatus> mounts_of_gone_;
    std::uint64_t started_ = 0;
    std::map<std::string, std::uint64_t> ends_;  // by reason
    wire::Histogram start_time_;
};

}  // namespace hbnb::manager
