#include "pool/backoff.hpp"

#include <algorithm>

namespace hbnb::pool {

bool Backoff::failed(Moment spawned, Moment now) {
    if (last_step_ && spawned <= *last_step_) return false;
    delay_ = std::clamp(2 * delay_, kFirst, kLongest);
    allowed_ = now + delay_;
    last_step_ = now;
    return true;
}

void Backoff::proved(Moment spawned) {
    if (last_step_ && spawned > *last_step_) *this = Backoff();
}

void Backoff::forget(Moment now) {
    if (last_step_ && now - *last_step_ >= kForgotten) *this = Backoff();
}

}  // namespace hbnb::pool
