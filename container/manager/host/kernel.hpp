// What this program needs of the system, asked before anything is bound: on a kernel that is too old, in a container
// whose profile forbids it, or where /proc is missing, the start is refused by the name of what is missing.
#pragma once

#include "base/error.hpp"

namespace hbnb::manager {

// Needed: /proc; memfd_create (Linux 3.17), pidfd_send_signal (5.1), pidfd_open (5.3), waitid with P_PIDFD (5.4).
// Used where it is there: close_range (5.11).
Result<void> check_system();

}  // namespace hbnb::manager
