#include "support/idle_cpu.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/clock.hpp"
#include "support/eventually.hpp"

namespace hbnb::test {
namespace {

long times_asleep(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("voluntary_ctxt_switches:")) return std::stol(line.substr(line.find(':') + 1));
    return 0;
}

// By the scheduler's own count, to the nanosecond; of the threads that live.
double nanoseconds_on_cpu(pid_t pid) {
    double sum = 0;
    std::error_code gone;
    for (const auto &task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", gone)) {
        double one = 0;
        if (std::ifstream(task.path() / "schedstat") >> one) sum += one;
    }
    return sum;
}

}  // namespace

Shares idle_cpu(const std::vector<pid_t> &pids, long sleeps) {
    Shares shares;
    const long asleep = times_asleep(pids.at(0));
    const Moment begun = monotonic_now();
    for (const pid_t pid : pids) shares[pid] = nanoseconds_on_cpu(pid);
    static_cast<void>(eventually([&] { return times_asleep(pids[0]) >= asleep + sleeps; }));
    const auto passed = static_cast<double>((monotonic_now() - begun).count());
    for (auto &[pid, share] : shares) share = std::max(0.0, nanoseconds_on_cpu(pid) - share) / passed * 100;
    return shares;
}

std::string to_text(const Shares &shares) {
    std::string text;
    for (const auto &[pid, share] : shares) {
        char one[64];
        std::snprintf(one, sizeof one, "%s%d: %.2f %%", text.empty() ? "" : ", ", pid, share);
        text += one;
    }
    return text;
}

}  // namespace hbnb::test
