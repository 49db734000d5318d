// A line in the log at most once a second, of one handler thread. What is away or missing would fill the log.
#pragma once

#include <chrono>

namespace hbnb {

class Seldom {
  public:
    bool is_due() {
        const auto now = std::chrono::steady_clock::now();
        if (now < next_) return false;
        next_ = now + std::chrono::seconds(1);
        return true;
    }

  private:
    std::chrono::steady_clock::time_point next_{};
};

}  // namespace hbnb
