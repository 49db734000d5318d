#include "manager/manager.hpp"

#include <unistd.h>

#include <algorithm>

#include "base/clock.hpp"
#include "manager/host/signals.hpp"
#include "manager/host/start_up.hpp"
#include "manager/sockets/inherited_sockets.hpp"

namespace hbnb::manager {
namespace {

constexpr Duration kSampleEvery = std::chrono::milliseconds(50);
constexpr std::uint64_t kTicksPerSecond = 20;
constexpr unsigned kOrphansPerSecond = 20;  // lines in the log

}  // namespace

Manager::Manager(Loop &loop, ErrorLog &log, const Options &options, Beginning beginning, Supervisor supervisor)
    : loop_(loop),
      log_(log),
      options_(options),
      identity_(std::move(beginning.identity)),
      config_(std::move(beginning.prepared.config)),
      supplies_(std::move(beginning.supplies)),
      pid_file_(std::move(beginning.pid_file)),
      inherited_(std::move(beginning.inherited)),
      supervisor_(std::move(supervisor)),
      began_(monotonic_now()),
      pools_(loop, log, supplies_,
             [this](const std::string &pool, pool::Generation first) { return outcomes_of(pool, first); }),
      deployment_(options.config, deployment_parts()),
      sockets_(identity_.uid),
      sampling_(loop),
      alive_(loop),
      signals_(loop, {kSignals.begin(), kSignals.end()}, [this](int number) { on_signal(number); }) {
    for (const auto &started : {log_.start(), supplies_.access_log->start()})
        if (!started)
            log_.write(LogLevel::warning, started.error().message + "; what the log does not take at once is lost");
    use_access_log(std::move(beginning.prepared.logs.access));
    if (beginning.control) {
        const ControlRights rights{identity_.uid, !identity_.by_root, config_.control_uids};
        control_.emplace(loop, log, std::move(*beginning.control), rights, control_routes(control_actions()));
    }
    for (auto &generation : beginning.prepared.pools) pools_.make(std::move(generation));
}

int Manager::run() {
    hear_signals();
    starting_ = pools_.size();
    pools_.start();
    sample();
    tell_alive();
    loop_.run();
    end_logs();
    // The handlers go with us, and a signal more, which comes too late to ask for anything, must not change the exit
    // code.
    sigset_t all;
    ::sigfillset(&all);
    ::sigprocmask(SIG_BLOCK, &all, nullptr);
    return exit_code_;
}

void Manager::on_signal(int number) {
    switch (number) {
        case SIGHUP: ask_for_reload(); return;
        case SIGQUIT:
        case SIGTERM: return stop();
        case SIGINT: return stop_now();
        case SIGUSR1: return reopen_logs();
        case SIGTTIN: return pools_.scale_all(1);
        case SIGTTOU: return pools_.scale_all(-1);
        default: return reap();
    }
}

void Manager::sample() {
    const Moment now = monotonic_now();
    ++supplies_.shared.ticks;
    pools_.sample(now);
    supplies_.access_log->look();
    if (supplies_.shared.ticks % kTicksPerSecond == 0) {
        reap();  // orphans that a dead worker hid when the signal came
        look_after_sockets(now);
        look_after_control(now);
        tell_status();
        tell_lost_lines();
        log_.tell_left_out(now);
    }
    sampling_.at(now + kSampleEvery, [this] { sample(); });
}

void Manager::reap() {
    for (const pid_t pid : reap_orphans([this](pid_t pid) { return pools_.owns(pid); }))
        log_.write_seldom("orphans", kOrphansPerSecond, LogLevel::debug,
                          "orphan " + std::to_string(pid) + " waited for", monotonic_now());
}

void Manager::reopen_logs() {
    const auto error_log = log_.reopen();
    if (!error_log) log_.write(LogLevel::error, error_log.error().message + "; the old one stays in use");
    auto access_log = reopen_access_log(config_);
    const bool all = error_log && access_log;
    if (access_log) use_access_log(std::move(*access_log));
    if (Logs *logs = deployment_.logs()) {
        if (auto opened = reopen_access_log(*deployment_.config())) logs->access = std::move(*opened);
    }
    if (all) log_.write(LogLevel::info, "logs opened anew");
}

Result<Fd> Manager::reopen_access_log(const config::Config &config) {
    auto opened = open_access_log(config, identity_);
    if (!opened) log_.write(LogLevel::error, opened.error().message + "; the old one stays in use");
    return opened;
}

// A log that is turned off goes on for the workers that have been started with it.
void Manager::use_access_log(Fd file) {
    if (file.is_open()) supplies_.access_log->use(LogSink(std::move(file)));
}

void Manager::tell_lost_lines() {
    const std::uint64_t lost = supplies_.access_log->lost(), before = std::exchange(access_lines_lost_, lost);
    if (lost == before) return;
    log_.write(LogLevel::warning, std::to_string(lost - before) + " lines of the access log were lost, " +
                                      std::to_string(lost) + " since the start: it does not take them, or not so fast");
}

// The last lines are waited for, but not for ever.
void Manager::end_logs() {
    const std::uint64_t left = supplies_.access_log->finish();
    tell_lost_lines();
    if (left > 0) {
        log_.write(LogLevel::warning,
                   std::to_string(left) + " lines of the access log were lost at the end: it does not take them");
    }
    log_.tell_left_out(monotonic_now() + std::chrono::seconds(1));
    log_.finish();
}

// ---- reload

std::uint64_t Manager::ask_for_reload() {
    control_socket_.begin_anew();
    look_after_control(monotonic_now());
    return deployment_.ask();
}

DeploymentParts Manager::deployment_parts() {
    return {log_,
            pools_,
            [this](pool::Generation number) {
                Listeners before = inherited_;
                const Listeners ours = pools_.listeners();
                before.insert(before.end(), ours.begin(), ours.end());
                return prepare_reload(options_, number, config_, before, pools_.hand_offs(), identity_);
            },
            [this](config::Config config, Logs logs) { take(std::move(config), std::move(logs)); },
            [this](bool running) { reload_changed(running); },
            [this](const std::optional<std::string> &failure) { sockets_ended(failure); }};
}

void Manager::take(config::Config config, Logs logs) {
    config_ = std::move(config);
    if (logs.error) log_.take(config_.log.error, identity_.uid, std::move(*logs.error));
    use_access_log(std::move(logs.access));
    log_.set_level(config_.log.level);
    pools_.take(config_);
    warn_of_unasked(inherited_, config_, log_);
    for (const auto &warning : limits_cut(config_)) log_.write(LogLevel::warning, warning);
    for (const auto &warning : config::warnings(config_)) log_.write(LogLevel::warning, warning);
}

void Manager::reload_changed(bool running) {
    running ? supervisor_.reloading(monotonic_now(), status_line()) : supervisor_.ready(status_line());
}

void Manager::look_after_sockets(Moment now) {
    if (state_ != State::ready || !deployment_.is_idle()) return;
    auto look = sockets_.look(pools_.sockets(config_), now);
    if (look.complaint) log_.write(LogLevel::error, *look.complaint);
    if (look.anew.empty()) return;
    const pool::Generation number = deployment_.next();
    std::vector<SharedGeneration> generations;
    for (auto &sockets : look.anew) {
        log_.write(LogLevel::warning,
                   "pool " + sockets.pool +
                       ": a listening socket has lost its file, or was shut down, and is bound anew; generation " +
                       std::to_string(number) + " takes over");
        generations.push_back(pools_.with_sockets(std::move(sockets), number));
    }
    deployment_.bring_sockets(std::move(generations));
}

void Manager::sockets_ended(const std::optional<std::string> &failure) {
    if (!failure) {
        sockets_.served();
        log_.write(LogLevel::info, "the sockets that were bound anew are served");
    } else if (const auto complaint = sockets_.failed(*failure, monotonic_now())) {
        log_.write(LogLevel::error, *complaint);
    }
}

void Manager::look_after_control(Moment now) {
    if (!control_ || control_->has_file() || !control_socket_.is_due(now)) return;
    auto socket = UnixSocket::open(control_plan(config_, identity_, Claim{identity_.uid, std::nullopt}));
    if (socket) {
        control_->serve_on(std::move(*socket));
        control_socket_.begin_anew();
        log_.write(LogLevel::warning, "the control socket has lost its file and is bound anew: " + config_.control);
    } else if (control_socket_.fail(socket.error().message, now)) {
        log_.write(LogLevel::error,
                   "the control socket has lost its file, and another attempt follows: " + socket.error().message);
    }
}

// ---- pools

PoolOutcomes Manager::outcomes_of(const std::string &name, pool::Generation first) {
    return {[this] { pool_ready(); },
            [this, name, first](const std::string &sentence) { pool_failed(first, "pool " + name + ": " + sentence); },
            [this] { deployment_.pool_advanced(); },
            [this, name](pool::Generation generation, const std::string &sentence) {
                deployment_.pool_failed(generation, "pool " + name + ": " + sentence);
            },
            [this](const PoolRunner &pool) { pool_stopped(pool); }};
}

void Manager::pool_ready() {
    if (state_ != State::starting) return deployment_.pool_advanced();  // one that a reload has added
    if (--starting_ == 0) announce();
}

void Manager::announce() {
    state_ = State::ready;
    has_been_ready_ = true;
    if (options_.check) return stop();
    std::string names;
    for (const auto &name : names_of(pools_.listeners())) names += (names.empty() ? "" : ", ") + name;
    if (pid_file_) {
        if (auto published = pid_file_->publish(); !published) log_.write(LogLevel::error, published.error().message);
    }
    log_.write(LogLevel::info, "ready: " + std::to_string(pools_.workers()) + " workers, listening on " + names);
    supervisor_.ready(status_line());
    deployment_.ready();
}

void Manager::pool_failed(pool::Generation generation, const std::string &sentence) {
    if (deployment_.pool_failed(generation, sentence)) return;
    if (state_ != State::starting) return;  // it was added by a reload that has failed already
    failure_ = sentence;
    exit_code_ = 1;
    log_.write(LogLevel::error, "start failed: " + failure_);
    stop_now();
}

void Manager::pool_stopped(const PoolRunner &pool) {
    pools_.remove(pool);
    if (pools_.size() > 0 || state_ != State::stopping) return;
    log_.write(LogLevel::info, "stopped");
    loop_.stop();
}

void Manager::stop() {
    if (state_ == State::stopping) return;
    begin_stop("stop: the workers finish what they have");
    const Listeners ours = pools_.listeners();
    // The files go first: a new client sees at once that nobody serves here, those that wait are still answered.
    for (const Listeners *all : {&std::as_const(inherited_), &ours})
        for (const auto &listener : *all) listener->remove_file();
    pools_.stop_all();
}

void Manager::stop_now() {
    begin_stop("stop at once");
    pools_.stop_all_now();
}

void Manager::begin_stop(const std::string &sentence) {
    state_ = State::stopping;
    log_.write(LogLevel::info, sentence);
    supervisor_.stopping(failure_.empty() ? sentence : failure_);
    deployment_.stop();
}

// ---- the process that has started us

// From the loop and from nowhere else: a loop that hangs says nothing, and the watchdog bites.
void Manager::tell_alive() {
    const auto every = supervisor_.alive_every();
    if (!every) return;
    supervisor_.alive();
    alive_.at(monotonic_now() + *every, [this] { tell_alive(); });
}

void Manager::tell_status() {
    supervisor_.say_again();
    if (state_ == State::ready) supervisor_.status(status_line());
    if (const auto complaint = supervisor_.take_complaint()) log_.write(LogLevel::warning, *complaint);
}

std::string Manager::status_line() const {
    const wire::ReloadStatus &last = deployment_.last();
    if (last.result == "running") return "reload: generation " + std::to_string(last.generation);
    return pools_.summary() + (last.result == "failed" ? "; the last reload failed: " + last.sentence : "");
}

ControlActions Manager::control_actions() {
    return {[this] { return status(); }, [this] { return config::print_config(config_); },
            [this] { return ask_for_reload(); }, [this](const ScaleOrder &order) { return scale(order); },
            [this](bool now) { now ? stop_now() : stop(); }};
}

Result<Bounds> Manager::scale(const ScaleOrder &order) {
    if (state_ == State::stopping) return Error{"unable to scale: the container is stopping"};
    return pools_.scale(order);
}

wire::Status Manager::status() const {
    const Moment now = monotonic_now();
    wire::Status out;
    out.version = HBNB_VERSION;
    out.pid = ::getpid();
    out.uptime_s = std::chrono::duration<double>(now - began_).count();
    out.state = state_ == State::starting ? "starting" : state_ == State::ready ? "ready" : "stopping";
    out.last_reload = deployment_.last();
    out.access_lines_lost = supplies_.access_log->lost();
    out.log_lines_dropped = log_.dropped() + supplies_.shared.error_lines_of_gone;
    out.generation = deployment_.in_force();
    out.pools = pools_.status(now);
    for (const auto &pool : out.pools)
        for (const auto &worker : pool.workers) out.log_lines_dropped += worker.log_lines_dropped;
    return out;
}

}  // namespace hbnb::manager
