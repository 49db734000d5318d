// The container's life after it has been set up: pools, reloads, signals, status. Everything happens in one loop, in
// one thread; the rules are pool::Pool's.
//
// clang-format off
//   signal       what it does
//   HUP          reload: configuration and plugins anew; while one runs, any number more make one more after it
//   QUIT, TERM   every worker finishes what it has, then exit 0. Again: nothing new; timeouts.drain bounds it, INT hurries it
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

#include "manager/control_api.hpp"
#include "manager/error_log.hpp"
#include "manager/loop.hpp"
#include "manager/options.hpp"
#include "manager/pid_file.hpp"
#include "manager/pool_runner.hpp"
#include "manager/privileges.hpp"
#include "manager/reload.hpp"
#include "manager/supervisor.hpp"
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

    // Serves until it is told to stop or a pool could not be started. The program's exit code; 1 with `failure`.
    int run();
    const std::string &failure() const { return failure_; }

  private:
    enum class State { starting, ready, stopping };

    void on_signal(int number);
    void sample();
    void reap();
    void reopen_logs();

    std::uint64_t ask_for_reload();  // the generation it will be
    void begin_reload();
    Result<void> offer(Prepared prepared);
    Listeners listeners() const;
    void stop_pool(PoolRunner &pool);
    void settle_reload(const std::string &failure);  // one pool's answer; empty: done
    void finish_reload();
    void reload_taken();
    void reload_failed(const std::string &sentence);

    void look_after_sockets(Moment now);
    void finish_binding();
    void binding_failed(const std::string &sentence);

    void stop();
    void stop_now();
    void pool_ready(const std::string &name);
    void pool_failed(const std::string &name, const std::string &sentence);
    void pool_stopped(const std::string &name);
    void announce();
    void begin_stop(const std::string &sentence);
    void tell_alive();
    void tell_status();
    std::string status_line() const;
    PoolOutcomes outcomes_of(const std::string &name);
    PoolRunner *find(const std::string &name);
    void add_pool(std::shared_ptr<const PoolGeneration> generation);
    wire::Status status() const;
    Result<Bounds> scale(const ScaleOrder &order);
    void scale_all(int change);
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
    int exit_code_ = 0;

    std::vector<std::unique_ptr<PoolRunner>> pools_;
    pool::WorkerId ranges_ = 0;        // of worker numbers, handed out to pools
    std::size_t starting_ = 0;         // pools whose first workers are not ready
    pool::Generation generation_ = 1;  // handed out last
    wire::ReloadStatus last_reload_;
    // A reload that the pools have been told of: one that somebody asked for, or one that brings new sockets only.
    struct Offer {
        config::Config config;
        Fd access_log;               // while it is open: that of before
        std::size_t unanswered = 0;  // pools
        std::string failures;        // sentences
        bool is_binding = false;     // new sockets: the other members say nothing
    };
    std::optional<Offer> offer_;
    bool reload_again_ = false;
    Moment bind_at_;  // not before, after a failure
    Duration bind_delay_{0};
    std::string bind_failure_;  // said last

    Timer sampling_, alive_;
    Signals signals_;
    std::optional<ControlServer> control_;
};

}  // namespace hbnb::manager
