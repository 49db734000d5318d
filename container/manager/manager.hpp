// The container's life after it has been set up: its parts, and what each signal means to them. Everything happens in
// one loop, in one thread; the rules are in pool/.
//
// clang-format off
//   signal       what it does
//   HUP          reload: configuration and plugins anew, in all pools or in none; while one is not committed, any
//                number more make one more after it
//   QUIT, TERM   every worker finishes what it has, then exit 0. Again: nothing new; timeouts.drain bounds it, INT
//                hurries it
//   INT          every worker is killed, exit 0
//   USR1         the error and access logs are opened anew
//   TTIN, TTOU   one worker more, one less, in every pool, until the next reload
//   CHLD         what is not a worker is waited for (as PID 1, and for what workers leave behind)
// clang-format on
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "manager/control/control_api.hpp"
#include "manager/deploy/deployment.hpp"
#include "manager/host/error_log.hpp"
#include "manager/host/loop.hpp"
#include "manager/host/options.hpp"
#include "manager/host/pid_file.hpp"
#include "manager/host/privileges.hpp"
#include "manager/host/supervisor.hpp"
#include "manager/runtime/pools.hpp"
#include "manager/sockets/socket_keeper.hpp"
#include "pool/binding_attempts.hpp"
#include "wire/status.hpp"

namespace hbnb::manager {

// What start-up has made; handed over whole.
struct Beginning {
    Identity identity;
    Prepared prepared;
    PoolSupplies supplies;
    std::optional<UnixSocket> control;
    std::optional<PidFile> pid_file;
    Listeners inherited;
};

// Owned by main.
class Manager {
  public:
    Manager(Loop &loop, ErrorLog &log, const Options &options, Beginning beginning, Supervisor supervisor);
    Manager(const Manager &) = delete;
    Manager &operator=(const Manager &) = delete;

    // Serves until it is told to stop or a pool could not be started. The program's exit code; 1 with `failure`. With
    // --check it stops by itself once every pool is ready.
    int run();
    const std::string &failure() const { return failure_; }
    bool has_been_ready() const { return has_been_ready_; }

  private:
    enum class State { starting, ready, stopping };

    void on_signal(int number);
    void sample();
    void reap();
    void reopen_logs();
    Result<Fd> reopen_access_log(const config::Config &config);
    void use_access_log(Fd file);
    void tell_lost_lines();
    void end_logs();

    std::uint64_t ask_for_reload();  // the generation it will be
    DeploymentParts deployment_parts();
    void take(config::Config config, Logs logs);
    void reload_changed(bool running);

    void look_after_sockets(Moment now);
    void look_after_control(Moment now);
    void sockets_ended(const std::optional<std::string> &failure);

    void stop();
    void stop_now();
    void pool_ready();
    void pool_failed(pool::Generation generation, const std::string &sentence);
    void pool_stopped(const PoolRunner &pool);
    void announce();
    void begin_stop(const std::string &sentence);
    void tell_alive();
    void tell_status();
    std::string status_line() const;
    PoolOutcomes outcomes_of(const std::string &name, pool::Generation first);
    wire::Status status() const;
    Result<Bounds> scale(const ScaleOrder &order);
    ControlActions control_actions();

    Loop &loop_;
    ErrorLog &log_;
    const Options &options_;
    Identity identity_;
    config::Config config_;  // taken last
    PoolSupplies supplies_;
    std::optional<PidFile> pid_file_;
    Listeners inherited_;  // also those that no pool asks for
    Supervisor supervisor_;
    Moment began_;
    State state_ = State::starting;
    std::string failure_;
    bool has_been_ready_ = false;
    int exit_code_ = 0;

    Pools pools_;
    Deployment deployment_;
    SocketKeeper sockets_;
    std::size_t starting_ = 0;             // pools whose first workers are not ready
    std::uint64_t access_lines_lost_ = 0;  // said last
    pool::BindingAttempts control_socket_;

    Timer sampling_, alive_;
    Signals signals_;
    std::optional<ControlServer> control_;
};

}  // namespace hbnb::manager
