// What becomes of a process that plugin code forks off: it is no worker. It may execute a program or end; where it
// comes back from a function of its plugin instead, it ends there, with a line in the log.
//
// Noticed by a page that the kernel wipes in a child (MADV_WIPEONFORK): whichever call has made it, and for one load a
// request. A child of vfork, posix_spawn or system shares its parent's memory until it executes a program, and is not
// seen. The descriptors of the container are closed in the child by a handler of pthread_atfork, so that nobody takes
// the child for the worker, or waits for an answer on a connection that only the child still holds; those that another
// thread was just accepting, taking or closing among them, which the kernel's list of what is open tells. A raw
// clone(2) or _Fork() runs no such handler: its child holds them until it ends, at the latest with its worker, whose
// process group is killed.
#pragma once

#include <functional>

#include "base/error.hpp"

namespace hbnb::worker {

class ErrorLog;

// Once a process, before any plugin code. close_ours runs in a child, before fork returns there: it may only close
// descriptors.
Result<void> watch_forks(std::function<void()> close_ours);

extern const volatile unsigned char *fork_mark;
inline bool is_forked_child() { return *fork_mark == 0; }
[[noreturn]] void end_forked_child(const ErrorLog &log, const char *plugin, const char *function);

// Behind each call into a plugin, which the line in the log names.
inline void leave_if_forked(const ErrorLog &log, const char *plugin, const char *function) {
    if (is_forked_child()) end_forked_child(log, plugin, function);
}

}  // namespace hbnb::worker
