#include "storage/query_watch.hpp"

#include <sys/socket.h>

#include <algorithm>

namespace hbnb {

QueryWatch::Guard::Guard(QueryWatch *watch, int descriptor, std::chrono::milliseconds limit, bool &is_ended)
    : watch_(descriptor >= 0 ? watch : nullptr), descriptor_(descriptor), is_ended_(is_ended) {
    if (watch_ != nullptr) watch_->begin(descriptor, Clock::now() + limit);
}

QueryWatch::Guard::~Guard() {
    if (watch_ != nullptr && !watch_->end(descriptor_)) is_ended_ = true;
}

QueryWatch::~QueryWatch() {
    {
        const std::lock_guard lock(mutex_);
        is_ending_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

// Most queries end long before the thread looks: it is woken only where it would look too late.
void QueryWatch::begin(int descriptor, Clock::time_point deadline) {
    const std::lock_guard lock(mutex_);
    deadlines_[descriptor] = deadline;
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    if (deadline < next_) {
        next_ = deadline;
        changed_.notify_all();
    }
}

bool QueryWatch::end(int descriptor) {
    const std::lock_guard lock(mutex_);
    return deadlines_.erase(descriptor) > 0;
}

// Under the lock, so that the descriptor is still its owner's.
void QueryWatch::run() {
    std::unique_lock lock(mutex_);
    while (!is_ending_) {
        const Clock::time_point now = Clock::now();
        next_ = Clock::time_point::max();
        for (auto one = deadlines_.begin(); one != deadlines_.end();) {
            if (one->second <= now) {
                ::shutdown(one->first, SHUT_RDWR);
                one = deadlines_.erase(one);
            } else {
                next_ = std::min(next_, one->second);
                ++one;
            }
        }
        if (next_ == Clock::time_point::max()) {
            changed_.wait(lock);
        } else {
            changed_.wait_until(lock, next_);
        }
    }
}

}  // namespace hbnb
