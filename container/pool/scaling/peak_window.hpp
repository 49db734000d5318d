// The highest value seen over the last `window`, exactly. A value.
#pragma once

#include <deque>

#include "base/moment.hpp"

namespace hbnb::pool {

class PeakWindow {
  public:
    explicit PeakWindow(Duration window) : window_(window) {}

    void add(Moment at, unsigned value);  // moments do not go back; a step of more than kGap begins anew
    bool is_full() const;                 // looked without a gap for as long as the window
    unsigned peak() const;                // 0 before the first add

  private:
    struct Point {
        Moment at;
        unsigned value;
    };
    Duration window_;
    Moment since_, last_;
    // Values strictly falling: an older and lower one can never be the peak again. So at most one more of
    // them than the highest value.
    std::deque<Point> falling_;
};

}  // namespace hbnb::pool
