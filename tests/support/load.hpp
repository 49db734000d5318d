// GETs from several clients at once, until told to stop: for what must not be noticed under load.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/http_client.hpp"

namespace hbnb::test {

inline constexpr std::uint64_t kLoadRequestsMax = 5'000'000;  // of one client: no test may ask for ever

struct LoadResult {
    std::uint64_t answered = 0;                   // with 200
    std::map<std::string, std::uint64_t> failed;  // by status ("502"), or by why there was none
    std::uint64_t failures() const;
    std::string describe() const;
};

class Load {
  public:
    Load(Endpoint to, std::string target, unsigned clients, bool keep = true);
    Load(const Load &) = delete;
    Load &operator=(const Load &) = delete;
    ~Load();

    std::uint64_t answered() const { return answered_; }
    LoadResult stop();

  private:
    void ask_on(Endpoint to, std::string target, bool keep);

    std::atomic<bool> stopping_{false};
    std::atomic<std::uint64_t> answered_{0};
    std::mutex mutex_;
    std::map<std::string, std::uint64_t> failed_;  // under mutex_
    std::vector<std::thread> clients_;
};

}  // namespace hbnb::test
