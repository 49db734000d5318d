#include "pool/scaling/peak_window.hpp"

#include "pool/settings.hpp"

namespace hbnb::pool {

void PeakWindow::add(Moment at, unsigned value) {
    if (falling_.empty() || at - last_ > kGap) {
        falling_.clear();
        since_ = at;
    }
    last_ = at;
    while (!falling_.empty() && falling_.back().value <= value) falling_.pop_back();
    falling_.push_back({at, value});
    while (at - falling_.front().at > window_) falling_.pop_front();
}

bool PeakWindow::is_full() const { return !falling_.empty() && last_ - since_ >= window_; }

unsigned PeakWindow::peak() const { return falling_.empty() ? 0 : falling_.front().value; }

}  // namespace hbnb::pool
