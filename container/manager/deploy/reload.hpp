// What a reading of the configuration makes of the world, for a start and for a reload alike: everything that can fail
// is done here, before anything that runs is touched.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "config/settings/config.hpp"
#include "manager/deploy/generation.hpp"
#include "manager/host/options.hpp"
#include "manager/host/privileges.hpp"

namespace hbnb::manager {

// The logs of a configuration that is not in force yet.
struct Logs {
    Fd access;                // closed: off
    std::optional<Fd> error;  // none: that in use stays; closed: stderr
};

// A configuration with its private plugin copies, sockets and logs. Lives until its pools have taken it or not.
struct Prepared {
    config::Config config;
    std::vector<std::shared_ptr<const PoolGeneration>> pools;  // beside config.pools
    Logs logs;
};

// The file with the command line's overrides applied. All problems in one Error, a sentence a line.
Result<config::Config> load_config(const Options &options);

// Copies the plugins. listeners: beside config.pools; queues: of those that have one. before: what runs now; whoever
// waits in a socket there that has lost its file is taken along.
Result<Prepared> prepare(config::Config config, pool::Generation number, std::vector<Listeners> listeners,
                         const HandOffs &hand_offs, Fd access_log, const Identity &identity,
                         const Listeners &before = {});

// As a reload: reads the file anew, opens what is new, refuses what only a new start can change. current and listeners:
// what runs now; a socket that moves from one pool to another is kept as well.
Result<Prepared> prepare_reload(const Options &options, pool::Generation number, const config::Config &current,
                                const Listeners &listeners, const HandOffs &hand_offs, const Identity &identity);

// What of `limits` this process may not give its workers, each a sentence: core and memory over its own hard limit.
std::vector<std::string> limits_cut(const config::Config &config);

// Closed where config.log.access is off.
Result<Fd> open_access_log(const config::Config &config, const Identity &identity);
Result<void> look_at_access_log(const config::Config &config, const Identity &identity);  // what it would refuse

}  // namespace hbnb::manager
