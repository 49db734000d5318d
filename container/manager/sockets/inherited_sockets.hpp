// The listening sockets that another process has opened and left to us at the start: systemd's socket activation, or
// anybody else who speaks its protocol (sd_listen_fds(3): LISTEN_FDS and LISTEN_PID in the environment).
//
// A pool that asks for the address of one gets that one instead of binding; nothing in the configuration says so,
// because the address does. Its file, mode, owner and backlog are its maker's: we never create, change or remove them.
// The manager keeps all of them, also those that no pool asks for now, as a reload may ask for them: they cannot be had
// twice.
#pragma once

#include "base/error.hpp"
#include "config/settings/config.hpp"
#include "manager/host/error_log.hpp"
#include "manager/sockets/listener.hpp"

namespace hbnb::manager {

// Once, before any descriptor of our own is opened; takes the variables out of the environment. LISTEN_PID of another
// process: the sockets are not ours, there are none. An error where one of them is no listening stream socket.
Result<Listeners> take_inherited_sockets();

// A warning for each that no pool asks for: a connection there waits for ever.
void warn_of_unasked(const Listeners &inherited, const config::Config &config, ErrorLog &log);

}  // namespace hbnb::manager
