#include "manager/host/start_up.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "manager/host/log_file.hpp"
#include "manager/sockets/inherited_sockets.hpp"

namespace hbnb::manager {
namespace {

// Other users than the container's own are let in by the file, and then looked at (manager/control/control_server.hpp).
std::uint32_t control_mode(const config::Config &config) { return config.control_uids.empty() ? 0600 : 0666; }

constexpr int kControlBacklog = 64;

Result<std::optional<UnixSocket>> open_control(const config::Config &config, const Identity &identity,
                                               const Claim &claim, Aim aim) {
    if (config.control.empty()) return std::optional<UnixSocket>();
    const UnixSocketPlan plan = control_plan(config, identity, claim);
    if (aim == Aim::check) {
        if (auto looked = UnixSocket::look(plan); !looked) return looked.error();
        return std::optional<UnixSocket>();
    }
    auto socket = UnixSocket::open(plan);
    if (!socket) return socket.error();
    return std::optional<UnixSocket>(std::move(*socket));
}

Result<void> look_at_listener(const config::Listener &wanted, const Listeners &inherited, const Claim &claim) {
    const auto found = std::find_if(inherited.begin(), inherited.end(),
                                    [&](const auto &one) { return one->name() == name_of(wanted); });
    return found == inherited.end() ? Listener::look(wanted, claim) : (*found)->check_change(wanted);
}

Result<std::vector<Listeners>> open_all_listeners(const config::Config &config, const Listeners &inherited,
                                                  const Claim &claim, Aim aim) {
    std::vector<Listeners> all(config.pools.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto &wanted = config.pools[i].listen;
        if (aim == Aim::start) {
            auto opened = open_listeners(wanted, inherited, claim);
            if (!opened) return opened.error();
            all[i] = std::move(*opened);
            continue;
        }
        for (const auto &one : wanted) {
            if (auto looked = look_at_listener(one, inherited, claim); !looked) return looked.error();
        }
    }
    return all;
}

Result<Fd> open_logs(const config::Config &config, const Identity &identity, ErrorLog &log, Aim aim) {
    if (aim == Aim::start) {
        if (auto opened = log.use(config.log.error, identity.uid); !opened) return opened.error();
        return open_access_log(config, identity);
    }
    if (auto looked = ErrorLog::look(config.log.error, identity.uid); !looked) return looked.error();
    if (auto looked = look_at_access_log(config, identity); !looked) return looked.error();
    for (const auto &path : {config.log.error, config.log.access})
        if (is_named_pipe(path))
            log.write(LogLevel::warning, "not known: whether a process reads the named pipe " + path +
                                             ", without which a start refuses it as a log");
    return Fd();
}

Result<std::optional<PidFile>> prepare_pid_file(const std::string &path, Aim aim) {
    if (path.empty()) return std::optional<PidFile>();
    if (aim == Aim::check) {
        if (auto looked = PidFile::look(path); !looked) return looked.error();
        return std::optional<PidFile>();
    }
    auto pid_file = PidFile::prepare(path);
    if (!pid_file) return pid_file.error();
    return std::optional<PidFile>(std::move(*pid_file));
}

// Workers that only load their plugins: one a pool, without a socket.
Prepared for_a_look(Prepared prepared) {
    for (std::size_t i = 0; i < prepared.pools.size(); ++i) {
        PoolGeneration generation = *prepared.pools[i];
        generation.purpose = wire::Purpose::check;
        generation.config.listen.clear();
        generation.listeners.clear();
        generation.hand_off = nullptr;
        generation.config.rules.min = generation.config.rules.max = 1;
        generation.config.rules.spare = 0;
        prepared.config.pools[i] = generation.config;
        prepared.pools[i] = std::make_shared<const PoolGeneration>(std::move(generation));
    }
    return prepared;
}

std::string lock_is_beside(const Options &options, const config::Config &config) {
    return config.control.empty() ? options.pid_file : config.control;
}

Result<PoolSupplies> make_supplies(const Options &options, ErrorLog &log) {
    PoolSupplies supplies;
    supplies.worker_program = options.worker;
    if (::access(options.worker.c_str(), X_OK) != 0) return os_error("run the worker program " + options.worker, errno);
    supplies.dev_null = Fd(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!supplies.dev_null.is_open()) return os_error("open /dev/null", errno);
    auto backlog = Backlog::open();
    if (backlog)
        supplies.backlog.backlog.emplace(std::move(*backlog));
    else
        log.write(LogLevel::warning, backlog.error().message + "; the pools grow by busy workers alone");
    return supplies;
}

}  // namespace

Result<void> settle_process() {
    for (int fd = ::open("/dev/null", O_RDWR); fd >= 0; fd = ::open("/dev/null", O_RDWR)) {
        if (fd <= 2) continue;
        ::close(fd);
        break;
    }
    if (auto kept = keep_from_children(3); !kept) return kept;
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGXFSZ, SIG_IGN);  // a log at the limit of a file's size is a full disk, and no death
    return lift_limits();
}

Result<std::optional<LockFile>> take_lock(const Options &options, const config::Config &config,
                                          const Identity &identity) {
    const std::string beside = lock_is_beside(options, config);
    if (beside.empty()) return std::optional<LockFile>();
    auto lock = LockFile::take(beside + ".lock", identity.uid);
    if (!lock) return lock.error();
    return std::optional<LockFile>(std::move(*lock));
}

Result<std::optional<pid_t>> look_at_lock(const Options &options, const config::Config &config) {
    const std::string beside = lock_is_beside(options, config);
    if (beside.empty()) return std::optional<pid_t>();
    return LockFile::look(beside + ".lock");
}

Result<Beginning> start_up(const Options &options, config::Config config, Identity identity, ErrorLog &log,
                           const Claim &claim, Listeners inherited, Aim aim) {
    Beginning beginning;
    auto listeners = open_all_listeners(config, inherited, claim, aim);
    if (!listeners) return listeners.error();
    auto control = open_control(config, identity, claim, aim);
    if (!control) return control.error();
    auto access_log = open_logs(config, identity, log, aim);
    if (!access_log) return access_log.error();
    warn_of_unasked(inherited, config, log);
    for (const auto &warning : limits_cut(config)) log.write(LogLevel::warning, warning);
    for (const auto &warning : config::warnings(config)) log.write(LogLevel::warning, warning);

    auto hand_offs = make_hand_offs(config);
    if (!hand_offs) return hand_offs.error();
    auto pid_file = prepare_pid_file(options.pid_file, aim);
    if (!pid_file) return pid_file.error();

    if (auto dropped = drop_privileges(identity); !dropped) return dropped.error();
    if (::access(options.config.c_str(), R_OK) != 0) {
        log.write(
            LogLevel::warning,
            os_error("read " + options.config + " again as " + identity.name + " (a reload will fail)", errno).message);
    }
    auto supplies = make_supplies(options, log);
    if (!supplies) return supplies.error();
    auto prepared = prepare(std::move(config), 1, std::move(*listeners), *hand_offs, std::move(*access_log), identity);
    if (!prepared) return prepared.error();

    beginning.identity = std::move(identity);
    beginning.prepared = aim == Aim::start ? std::move(*prepared) : for_a_look(std::move(*prepared));
    beginning.supplies = std::move(*supplies);
    beginning.inherited = aim == Aim::start ? std::move(inherited) : Listeners();
    if (*pid_file) beginning.pid_file.emplace(std::move(**pid_file));
    if (*control) beginning.control.emplace(std::move(**control));
    return beginning;
}

UnixSocketPlan control_plan(const config::Config &config, const Identity &identity, const Claim &claim) {
    UnixSocketPlan plan{config.control, control_mode(config), std::nullopt, std::nullopt, kControlBacklog, claim};
    if (identity.change) {
        plan.owner = identity.uid;
        plan.group = identity.gid;
    }
    return plan;
}

Result<std::string> describe_sockets(const config::Config &config, const Identity &identity) {
    std::string sockets;
    if (!config.control.empty()) {
        sockets += "control unix:" + config.control + ": mode " + mode_text(control_mode(config)) + ", owner " +
                   user_name(identity.uid) + ", group " + group_name(identity.gid) + "\n";
    }
    for (const auto &pool : config.pools) {
        for (const auto &listener : pool.listen) {
            const auto described = describe(listener);
            if (!described) return described.error();
            sockets += "pool " + pool.name + " " + *described + "\n";
        }
    }
    return {boost::system::in_place_value, std::move(sockets)};
}

}  // namespace hbnb::manager
