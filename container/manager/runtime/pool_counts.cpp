#include "manager/runtime/pool_counts.hpp"

#include <algorithm>

#include "wire/believed.hpp"

namespace hbnb::manager {
namespace {

wire::MountCounts &counts_at(std::vector<wire::MountStatus> &sums, const std::string &mount) {
    const auto find = [&](const std::string &name) {
        return std::find_if(sums.begin(), sums.end(), [&](const wire::MountStatus &one) { return one.mount == name; });
    };
    auto found = find(mount);
    if (found == sums.end() && sums.size() >= kMountNamesMax) found = find("");
    if (found != sums.end()) return found->counts;
    const std::string name = sums.size() >= kMountNamesMax ? "" : mount;
    const auto place = std::find_if(sums.begin(), sums.end(), [&](const auto &one) { return one.mount > name; });
    return sums.insert(place, {name, {}})->counts;
}

}  // namespace

void add_mounts(std::vector<wire::MountStatus> &sums, const std::vector<wire::MountStatus> &more) {
    for (const wire::MountStatus &one : more) wire::add_mount(counts_at(sums, one.mount), one.counts);
}

void PoolCounts::note_gone(const wire::ScoreboardSnapshot &last, const std::vector<wire::MountStatus> &mounts) {
    wire::add_counters(of_gone_, last);
    add_mounts(mounts_of_gone_, mounts);
}

void PoolCounts::show(wire::PoolStatus &out) const {
    wire::add_counters(out, of_gone_);
    for (const wire::MountStatus &one : mounts_of_gone_) wire::add_mount_counters(out, one.counts);
    add_mounts(out.mounts, mounts_of_gone_);
    out.workers_started = started_;
    out.ends = ends_;
    const auto crashed = ends_.find(std::string(pool::to_string(pool::ExitReason::crashed)));
    out.workers_crashed = crashed == ends_.end() ? 0 : crashed->second;
    out.start_time = start_time_;
}

}  // namespace hbnb::manager
