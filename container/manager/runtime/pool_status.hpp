// A pool as status and service manager see it: reads, changes nothing.
#pragma once

#include <string>

#include "manager/runtime/driver.hpp"
#include "wire/status.hpp"

namespace hbnb::manager {

wire::PoolStatus status_of(const Driver &pool, Moment now);
std::string summary_of(const Driver &pool);  // "hbnb: 4 workers (2 to 16), overloaded": what not every request changes

}  // namespace hbnb::manager
