// From a checked configuration to everything that needs what the container had at its start: sockets bound, logs open,
// control socket there; then privileges dropped; then plugins copied. Any error: a sentence, and nothing of it is left.
#pragma once

#include <optional>

#include "base/error.hpp"
#include "config/config.hpp"
#include "manager/error_log.hpp"
#include "manager/lock_file.hpp"
#include "manager/manager.hpp"
#include "manager/options.hpp"

namespace hbnb::manager {

// Descriptors 0, 1 and 2 exist, no other one is inherited by a child, SIGPIPE is no death, the limit of open files is
// lifted.
Result<void> settle_process();

// Beside the control socket, else beside the pid file; none where neither is configured.
Result<std::optional<LockFile>> take_lock(const Options &options, const config::Config &config,
                                          const Identity &identity);

// inherited: take_inherited_sockets().
Result<Beginning> start_up(const Options &options, config::Config config, Identity identity, ErrorLog &log,
                           std::optional<pid_t> dead_predecessor, Listeners inherited);

// --check: everything that can be known without binding or starting anything. What a start by whoever asks would make, a
// line a socket.
Result<std::string> check_only(const config::Config &config);

}  // namespace hbnb::manager
