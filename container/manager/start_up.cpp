#include "manager/start_up.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "manager/inherited_sockets.hpp"

namespace hbnb::manager {
namespace {

constexpr std::uint32_t kControlMode = 0600;
constexpr int kControlBacklog = 64;

Result<std::optional<UnixSocket>> open_control(const config::Config &config, const Identity &identity,
                                               const Claim &claim) {
    if (config.control.empty()) return std::optional<UnixSocket>();
    UnixSocketPlan plan{config.control, kControlMode, std::nullopt, std::nullopt, kControlBacklog, claim};
    if (identity.change) {
        plan.owner = identity.uid;
        plan.group = identity.gid;
    }
    auto socket = UnixSocket::open(plan);
    if (!socket) return socket.error();
    return std::optional<UnixSocket>(std::move(*socket));
}

Result<std::vector<Listeners>> open_all_listeners(const config::Config &config, const Listeners &inherited,
                                                  const Claim &claim) {
    std::vector<Listeners> all;
    for (const auto &pool : config.pools) {
        auto opened = open_listeners(pool.listen, inherited, claim);
        if (!opened) return opened.error();
        all.push_back(std::move(*opened));
    }
    return all;
}

Result<PoolSupplies> make_supplies(const Options &options, ErrorLog &log) {
    PoolSupplies supplies;
    supplies.worker_program = options.worker;
    if (::access(options.worker.c_str(), X_OK) != 0) return os_error("run the worker program " + options.worker, errno);
    supplies.dev_null = Fd(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!supplies.dev_null.is_open()) return os_error("open /dev/null", errno);
    auto backlog = Backlog::open();
    if (backlog)
        supplies.backlog.emplace(std::move(*backlog));
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
    if (::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
        return os_error("close what was inherited", errno);
    ::signal(SIGPIPE, SIG_IGN);
    return lift_limits();
}

Result<std::optional<LockFile>> take_lock(const Options &options, const config::Config &config,
                                          const Identity &identity) {
    const std::string &beside = config.control.empty() ? options.pid_file : config.control;
    if (beside.empty()) return std::optional<LockFile>();
    auto lock = LockFile::take(beside + ".lock", identity.uid);
    if (!lock) return lock.error();
    return std::optional<LockFile>(std::move(*lock));
}

Result<Beginning> start_up(const Options &options, config::Config config, Identity identity, ErrorLog &log,
                           std::optional<pid_t> dead_predecessor, Listeners inherited) {
    Beginning beginning;
    const Claim claim{identity.uid, dead_predecessor};
    auto listeners = open_all_listeners(config, inherited, claim);
    if (!listeners) return listeners.error();
    auto control = open_control(config, identity, claim);
    if (!control) return control.error();
    if (auto opened = log.use(config.log.error, identity.uid); !opened) return opened.error();
    auto access_log = open_access_log(config, identity);
    if (!access_log) return access_log.error();
    warn_of_unasked(inherited, config, log);

    auto rooms = make_rooms(config);
    if (!rooms) return rooms.error();

    if (auto dropped = drop_privileges(identity); !dropped) return dropped.error();
    if (::access(options.config.c_str(), R_OK) != 0) {
        log.write(
            LogLevel::warning,
            os_error("read " + options.config + " again as " + identity.name + " (a reload will fail)", errno).message);
    }
    auto supplies = make_supplies(options, log);
    if (!supplies) return supplies.error();
    if (!options.pid_file.empty()) {
        auto pid_file = PidFile::prepare(options.pid_file);
        if (!pid_file) return pid_file.error();
        beginning.pid_file.emplace(std::move(*pid_file));
    }
    auto prepared = prepare(std::move(config), 1, std::move(*listeners), *rooms, std::move(*access_log), identity);
    if (!prepared) return prepared.error();

    beginning.identity = std::move(identity);
    beginning.prepared = std::move(*prepared);
    beginning.supplies = std::move(*supplies);
    beginning.inherited = std::move(inherited);
    if (*control) beginning.control.emplace(std::move(**control));
    return beginning;
}

Result<std::string> check_only(const config::Config &config) {
    const auto identity = find_identity(config.user, config.group);
    if (!identity) return identity.error();
    std::string sockets;
    if (!config.control.empty()) {
        sockets += "control unix:" + config.control + ": mode " + mode_text(kControlMode) + ", owner " +
                   user_name(identity->uid) + ", group " + group_name(identity->gid) + "\n";
    }
    for (const auto &pool : config.pools) {
        if (auto plugins = store_plugins(pool, PluginTrust{identity->uid}); !plugins) return plugins.error();
        for (const auto &listener : pool.listen) {
            const auto described = describe(listener);
            if (!described) return described.error();
            sockets += "pool " + pool.name + " " + *described + "\n";
        }
    }
    return {boost::system::in_place_value, std::move(sockets)};
}

}  // namespace hbnb::manager
