#include "worker/watch/memory_account.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>

namespace hbnb::worker {
namespace {

// Writable memory of this process, as RLIMIT_DATA counts it, and its stack. 0: not known.
std::uint64_t in_use() {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t size = 0, resident = 0, shared = 0, text = 0, libraries = 0, data = 0;
    if (!(statm >> size >> resident >> shared >> text >> libraries >> data)) return 0;
    return data * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::string readable(std::uint64_t bytes) {
    constexpr double kMiB = 1 << 20, kGiB = 1 << 30;
    const auto number = static_cast<double>(bytes);
    std::array<char, 32> written{};
    std::snprintf(written.data(), written.size(), "%.1f%s", number / (number < kGiB ? kMiB : kGiB),
                  number < kGiB ? "MiB" : "GiB");
    return written.data();
}

}  // namespace

MemoryAccount::MemoryAccount(std::uint64_t limit) : limit_(limit), before_(limit == 0 ? 0 : in_use()) {}

Result<void> MemoryAccount::note(const std::string &file) {
    if (limit_ == 0) return {};
    const std::uint64_t now = in_use();
    if (now > before_ && now - before_ > most_) {
        most_ = now - before_;
        greediest_ = file;
    }
    before_ = now;
    if (now <= limit_) return {};
    return Error{"unable to load plugin " + file + ": with it the worker has " + readable(now) +
                 " of memory of its own, and limits.memory is " + readable(limit_)};
}

std::string MemoryAccount::explain() const {
    const std::uint64_t now = limit_ == 0 ? 0 : in_use();
    if (now < limit_ / 4 * 3 || now == 0) return {};
    return "; " + readable(now) + " of limits.memory, " + readable(limit_) + ", are in use" +
           (greediest_.empty() ? "" : ", most of it by " + greediest_);
}

}  // namespace hbnb::worker
