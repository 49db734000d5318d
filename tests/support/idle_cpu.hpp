// What processes cost that have nothing to do: CPU time over wall time, from outside.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace hbnb::test {

using Shares = std::map<pid_t, double>;  // per cent of a core

// Of all their threads, from now until the first of them has fallen asleep `sleeps` times: so long as its own loop
// takes, however loaded the machine is. A loaded machine lets nobody take more.
Shares idle_cpu(const std::vector<pid_t> &pids, long sleeps);

std::string to_text(const Shares &shares);

}  // namespace hbnb::test
