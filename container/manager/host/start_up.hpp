// From a checked configuration to everything that needs what the container had at its start: sockets bound, logs open,
// control socket there; then privileges dropped; then plugins copied. Any error: a sentence, and nothing of it is left.
//
// --check goes the same way, in the same order, and says the same sentences. Where a start makes or takes something
// outside the process (lock, sockets, logs, pid file), it looks instead whether that could be done, as the user that
// would do it: privileges are dropped for real in between. Then one worker a pool is started without sockets, which
// loads the plugins (HBNB_PURPOSE_CHECK) under timeouts.start and leaves. A container that runs is not asked, and not
// disturbed: where one seems to hold the lock, whether its sockets are free is not known, and said so.
#pragma once

#include <optional>

#include "base/error.hpp"
#include "config/settings/config.hpp"
#include "manager/host/error_log.hpp"
#include "manager/host/lock_file.hpp"
#include "manager/host/options.hpp"
#include "manager/manager.hpp"

namespace hbnb::manager {

// Descriptors 0, 1 and 2 exist, no other one is inherited by a child, SIGPIPE is no death, the limit of open files is
// lifted.
Result<void> settle_process();

// Whether this is a start, or a look at what one would do.
enum class Aim { start, check };

// Beside the control socket, else beside the pid file; none where neither is configured.
Result<std::optional<LockFile>> take_lock(const Options &options, const config::Config &config,
                                          const Identity &identity);

// The same as a look: the pid of a living process that seems to hold it.
Result<std::optional<pid_t>> look_at_lock(const Options &options, const config::Config &config);

// inherited: take_inherited_sockets(). Where it is a check nothing of what it returns listens or writes, and each pool
// is one worker.
Result<Beginning> start_up(const Options &options, config::Config config, Identity identity, ErrorLog &log,
                           const Claim &claim, Listeners inherited, Aim aim = Aim::start);

// The control socket that config wants, which is not empty there.
UnixSocketPlan control_plan(const config::Config &config, const Identity &identity, const Claim &claim);

// What a start by the same user would make, a line a socket. Before privileges are dropped.
Result<std::string> describe_sockets(const config::Config &config, const Identity &identity);

}  // namespace hbnb::manager
