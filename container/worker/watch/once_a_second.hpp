// A line of the log that a client could cause as often as it likes: one a second, with how many there would have been.
// Any thread.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/moment.hpp"

namespace hbnb::worker {

class OnceASecond {
  public:
    OnceASecond() = default;
    OnceASecond(OnceASecond &&) noexcept {}  // before it is used

    // What ends the line after say().
    static std::string and_more(unsigned unsaid) {
        return unsaid == 0 ? "" : "; and " + std::to_string(unsaid) + " more since the last such line";
    }

    // How many were not said since the last one that was; nullopt: nor is this one.
    std::optional<unsigned> say(Moment now) {
        const std::lock_guard lock(mutex_);
        if (said_ && now - *said_ < std::chrono::seconds(1)) {
            ++unsaid_;
            return std::nullopt;
        }
        said_ = now;
        return std::exchange(unsaid_, 0);
    }

  private:
    std::mutex mutex_;
    std::optional<Moment> said_;
    unsigned unsaid_ = 0;
};

}  // namespace hbnb::worker
