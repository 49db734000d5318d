// Between how many workers a pool may have, and what "one more" and "one fewer" make of that. Values.
#pragma once

namespace hbnb::pool {

struct Bounds {
    unsigned min = 1, max = 1;  // workers; 1 <= min <= max
    bool operator==(const Bounds &) const = default;
};

// The bounds with which the target is `change` workers away from where it is now, and stays there: more than now is
// what there is at least, so min rises to it, and max where it is lower; fewer than now is what there is at most, so
// max falls to it, and min where it is higher. A pool of 2 to 16 at target 7: +1 is 8 to 16, -1 is 2 to 6. Never below
// one worker and never above `most`; there nothing changes, and the bounds are what they were.
Bounds moved(Bounds now, unsigned target, int change, unsigned most);

}  // namespace hbnb::pool
