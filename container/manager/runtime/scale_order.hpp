// What an operator's order makes of a pool's bounds. Values.
#pragma once

#include <string>

#include "base/error.hpp"
#include "manager/control/control_api.hpp"
#include "pool/bounds.hpp"
#include "pool/view.hpp"

namespace hbnb::manager {

// Refused where a change is asked for and there is none, as the pool has the most or the fewest workers there can be.
Result<pool::Bounds> bounds_after(const ScaleOrder &order, const std::string &pool, const pool::View &view);

std::string range_text(unsigned min, unsigned max);  // "2 to 16"

}  // namespace hbnb::manager
