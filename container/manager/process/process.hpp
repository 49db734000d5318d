// A child process: started with exactly the descriptors it is given, waited for by pidfd, signalled by pidfd only, so
// that a pid that was used again can never be hit. The only file that includes Boost.Process is this one's .cpp. The
// traps of Boost.Process v2 in 1.81 are named there where they are avoided.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "pool/exit_reason.hpp"

namespace hbnb::manager {

class Loop;

struct ChildDescriptor {
    int target;  // its number in the child
    int source;  // borrowed from the caller for the length of the start
};

struct ChildPlan {
    std::string program;                       // absolute path
    std::vector<std::string> arguments;        // without argv[0]
    std::vector<std::string> environment;      // "NAME=value"; nothing else is inherited
    std::vector<ChildDescriptor> descriptors;  // everything but these is closed; 0, 1 and 2 should be among them
    std::uint64_t core_bytes = 0;              // of a core file; cut to the manager's own hard limit
};

class Process {
  public:
    // The child gets a process group of its own (a terminal's Ctrl-C is the manager's to handle), default signal
    // handling, an empty signal mask and no larger core file than the plan's. When it has ended, what is left of its
    // group is killed. `exited` comes once, from the loop, after the child was waited for.
    static Result<Process> start(Loop &loop, const ChildPlan &plan, std::function<void(pool::ExitStatus)> exited);

    Process(Process &&) noexcept;
    Process &operator=(Process &&) noexcept;
    ~Process();  // a child that still runs is killed; `exited` does not come any more

    pid_t pid() const;  // for people and /proc: never signal it
    void kill() const;  // SIGKILL; nothing happens when it has gone

    // Whether a signal (SIGSTOP or the like) holds it still. Asked, not told: it stays true until the child goes on. A
    // debugger's stop is none.
    bool is_stopped() const;

  private:
    struct State;
    explicit Process(std::shared_ptr<State> state);
    std::shared_ptr<State>
        state_;  // shared with the wait in flight: the child is reaped even when nobody asks any more
};

// Children that are not ours to wait for: as PID 1, and for what workers leave behind. Looks first, so that
// workers are left to the Process that owns them. is_ours: whether a pid belongs to a living Process.
// Returns the pids it has reaped.
std::vector<pid_t> reap_orphans(const std::function<bool(pid_t)> &is_ours);

}  // namespace hbnb::manager
