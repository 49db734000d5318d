// The program that a pool puts before its worker program (`workers.wrapper`): a debugger or profiler.
#pragma once

#include <string>
#include <vector>

#include "base/error.hpp"
#include "config/settings/config.hpp"

namespace hbnb::manager {

// The wrapper's words, its program as an absolute path: a name is looked up in the manager's own PATH. Empty: the pool
// has none. The error names program, key and reason. Of a script it is not seen here whether its interpreter exists.
Result<std::vector<std::string>> find_wrapper(const config::Pool &pool);

}  // namespace hbnb::manager
