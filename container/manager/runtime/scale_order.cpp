#include "manager/runtime/scale_order.hpp"

#include "base/limits.hpp"

namespace hbnb::manager {

Result<pool::Bounds> bounds_after(const ScaleOrder &order, const std::string &pool, const pool::View &view) {
    if (order.min) return pool::Bounds{*order.min, *order.max};
    const pool::Bounds now{view.min, view.max};
    const pool::Bounds wanted = pool::moved(now, view.target, order.change, kWorkersMax);
    if (wanted != now) return wanted;
    const bool is_up = order.change > 0;
    return Error{"unable to scale pool " + pool + ": it has " + std::to_string(view.target) +
                 (view.target == 1 ? " worker" : " workers") + ", and " + std::to_string(is_up ? kWorkersMax : 1) +
                 (is_up ? " is the most" : " is the least")};
}

std::string range_text(unsigned min, unsigned max) { return std::to_string(min) + " to " + std::to_string(max); }

}  // namespace hbnb::manager
