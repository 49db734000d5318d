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

// The first `count`; those after them were kept for their queues.
bool has_all_files(const Listeners &listeners, std::size_t count) {
    const auto end = listeners.begin() + static_cast<std::ptrdiff_t>(count);
    return std::all_of(listeners.begin(), end, [](const auto &listener) { return listener->is_reachable(); });
}

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
    for (auto &generation : beginning.prepared.pools) add_pool(std::move(generation));
}

int Manager::run() {
    hear_signals();
    starting_ = pools_.size();
    for (const auto &pool : pools_) pool->driver().start(monotonic_now());
    sample();
    tell_alive();
    loop_.run();
    end_logs();
    // The handlers go with us, and a signal more, which comes too late to ask for anything, must not change the exit code.
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
        case SIGTTIN: return scale_all(1);
        case SIGTTOU: return scale_all(-1);
        default: return reap();
    }
}

void Manager::sample() {
    const Moment now = monotonic_now();
    ++supplies_.shared.ticks;
    for (const auto &pool : pools_) pool->driver().sample(now);
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
    const auto is_ours = [this](pid_t pid) {
        return std::any_of(pools_.begin(), pools_.end(), [&](const auto &pool) { return pool->owns(pid); });
    };
    for (const pid_t pid : reap_orphans(is_ours))
        log_.write_seldom("orphans", kOrphansPerSecond, LogLevel::debug,
                          "orphan " + std::to_string(pid) + " waited for", monotonic_now());
}

void Manager::reopen_logs() {
    const auto error_log = log_.reopen();
    if (!error_log) log_.write(LogLevel::error, error_log.error().message + "; the old one stays in use");
    auto access_log = reopen_access_log(config_);
    const bool all = error_log && access_log;
    if (access_log) use_access_log(std::move(*access_log));
    if (offer_ && offer_->config && !offer_->is_committed) {
        if (auto offered = reopen_access_log(*offer_->config)) offer_->logs.access = std::move(*offered);
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
    reload_again_ = true;
    const bool later = (offer_ && !offer_->is_committed) || state_ == State::starting;
    begin_reload();
    return later ? generation_ + 1 : generation_;
}

void Manager::begin_reload() {
    if (!reload_again_ || state_ != State::ready) return;  // starting: when it is ready; stopping: no more
    if (offer_ && !offer_->is_committed) return;           // when it has ended
    offer_.reset();  // its last workers may never start: a newer reload is the cure, and must not wait for them
    reload_again_ = false;
    last_reload_ = {"running", "", ++generation_};
    log_.write(LogLevel::info, "reload: generation " + std::to_string(generation_) + " from " + options_.config);
    supervisor_.reloading(monotonic_now(), status_line());
    auto prepared = prepare_reload(options_, generation_, config_, listeners(), rooms(), identity_);
    if (!prepared) return reload_failed(prepared.error().message);
    offer(std::move(*prepared));
}

WaitingRooms Manager::rooms() const {
    WaitingRooms all;
    for (const auto &pool : pools_) {
        if (const auto &room = pool->driver().in_force().room) all[pool->driver().name()] = room;
    }
    return all;
}

Listeners Manager::listeners() const {
    Listeners all = inherited_;
    for (const auto &pool : pools_) {
        const Listeners &its = pool->driver().in_force().listeners;
        all.insert(all.end(), its.begin(), its.end());
    }
    return all;
}

void Manager::offer(Prepared prepared) {
    offer_.emplace(Offer{generation_, std::move(prepared.config), {}, {}, std::move(prepared.logs)});
    supplies_.shared.unproven = generation_;
    for (auto &generation : prepared.pools) {
        const std::string name = generation->config.name;
        if (Driver *pool = find(name)) {
            offer_->reloaded.push_back(name);
            pool->reload(std::move(generation), false, monotonic_now());
        } else {
            offer_->added.push_back(name);
            add_pool(std::move(generation));
            pools_.back()->driver().start(monotonic_now());
        }
    }
}

// Asks the pools instead of counting their answers: between an answer and now its worker may have died.
void Manager::settle_offer() {
    if (!offer_) return;
    const auto all = [this](bool (Driver::*holds)(pool::Generation) const) {
        const auto one = [&](const std::string &name) {
            const Driver *pool = find(name);
            return pool != nullptr && (pool->*holds)(offer_->generation);
        };
        return std::all_of(offer_->reloaded.begin(), offer_->reloaded.end(), one) &&
               std::all_of(offer_->added.begin(), offer_->added.end(), one);
    };
    if (!offer_->is_committed) {
        if (!all(&Driver::is_proven)) return;
        commit_offer();
    }
    if (all(&Driver::serves)) finish_offer();
}

void Manager::commit_offer() {
    offer_->is_committed = true;
    in_force_ = offer_->generation;
    supplies_.shared.unproven.reset();
    for (const auto &name : offer_->reloaded) find(name)->commit(in_force_, monotonic_now());
    if (offer_->config) take_config();
}

void Manager::take_config() {
    config_ = *offer_->config;
    if (auto &error_log = offer_->logs.error) log_.take(config_.log.error, identity_.uid, std::move(*error_log));
    use_access_log(std::move(offer_->logs.access));
    log_.set_level(config_.log.level);
    for (const auto &pool : config_.pools) {
        const Driver *runner = find(pool.name);
        if (runner == nullptr) continue;
        for (const auto &failure : apply_changes(pool.listen, runner->in_force().listeners))
            log_.write(LogLevel::error, failure);
    }
    for (const auto &pool : pools_) {
        const auto is_same = [&](const auto &one) { return one.name == pool->driver().name(); };
        if (std::none_of(config_.pools.begin(), config_.pools.end(), is_same)) stop_pool(pool->driver());
    }
    warn_of_unasked(inherited_, config_, log_);
    for (const auto &warning : limits_cut(config_)) log_.write(LogLevel::warning, warning);
    for (const auto &warning : config::warnings(config_)) log_.write(LogLevel::warning, warning);
}

void Manager::finish_offer() {
    if (offer_->config) {
        last_reload_.result = "ok";
        log_.write(LogLevel::info, "reload: generation " + std::to_string(offer_->generation) + " serves");
        if (state_ == State::ready) supervisor_.ready(status_line());
    } else {
        pool_sockets_.begin_anew();
        log_.write(LogLevel::info, "the sockets that were bound anew are served");
    }
    offer_.reset();
    begin_reload();  // if somebody asked meanwhile
}

// A pool has failed, or the container stops. After the commit it can only be a stop.
void Manager::fail_offer(const std::string &sentence) {
    const Offer failed = std::move(*offer_);
    offer_.reset();
    if (!failed.is_committed) abandon(failed);
    if (state_ == State::stopping) {
        if (failed.config) last_reload_ = {"failed", sentence, failed.generation};
        return;
    }
    failed.config ? reload_failed(sentence) : binding_failed(sentence);
    begin_reload();
}

void Manager::abandon(const Offer &offer) {
    supplies_.shared.unproven.reset();
    for (const auto &name : offer.reloaded)
        if (Driver *pool = find(name)) pool->abandon(offer.generation, monotonic_now());
    for (const auto &name : offer.added)
        if (Driver *pool = find(name)) stop_pool(*pool);
}

void Manager::reload_failed(const std::string &sentence) {
    last_reload_.result = "failed";
    last_reload_.sentence = sentence;
    std::size_t begin = 0;
    while (begin <= sentence.size()) {  // a wrong file has many problems: a line each
        const std::size_t end = std::min(sentence.find('\n', begin), sentence.size());
        log_.write(LogLevel::error, "reload failed, what ran before goes on: " + sentence.substr(begin, end - begin));
        begin = end + 1;
    }
    if (state_ == State::ready) supervisor_.ready(status_line());
}

// Somebody may remove a socket's file, or put something else in its place. Workers get their sockets when they start, so
// the pool goes through a reload of what runs, with new sockets.
void Manager::look_after_sockets(Moment now) {
    if (state_ != State::ready || offer_ || !pool_sockets_.is_due(now)) return;
    std::vector<SharedGeneration> anew;
    for (const auto &pool : config_.pools) {
        const auto *runner = find(pool.name);
        if (runner == nullptr || has_all_files(runner->in_force().listeners, pool.listen.size())) continue;
        auto generation = bind_anew(runner->in_force(), pool.listen, generation_ + 1, identity_);
        if (!generation) return binding_failed(generation.error().message);
        anew.push_back(std::move(*generation));
    }
    if (anew.empty()) return;
    offer_.emplace(Offer{++generation_, std::nullopt, {}, {}, {}});
    for (auto &generation : anew) {
        const std::string name = generation->config.name;
        log_.write(LogLevel::warning, "pool " + name +
                                          ": a listening socket has lost its file and is bound anew; generation " +
                                          std::to_string(generation_) + " takes over");
        offer_->reloaded.push_back(name);
        find(name)->reload(std::move(generation), true, now);
    }
}

void Manager::binding_failed(const std::string &sentence) {
    if (!pool_sockets_.fail(sentence, monotonic_now())) return;
    log_.write(LogLevel::error, "a listening socket has lost its file, and another attempt follows: " + sentence);
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

// A pool that the configuration does not name any more; a socket of its that another pool has now stays.
void Manager::stop_pool(Driver &pool) {
    Listeners kept;
    for (const auto &other : pools_) {
        const auto &theirs = other->driver().in_force().listeners;
        if (&other->driver() != &pool) kept.insert(kept.end(), theirs.begin(), theirs.end());
    }
    for (const auto &listener : pool.in_force().listeners) {
        if (std::find(kept.begin(), kept.end(), listener) == kept.end()) listener->remove_file();
    }
    pool.stop(monotonic_now());
}

// ---- pools

PoolOutcomes Manager::outcomes_of(const std::string &name, pool::Generation first) {
    return {[this] { pool_ready(); },
            [this, name, first](const std::string &sentence) { pool_failed(first, "pool " + name + ": " + sentence); },
            [this] { settle_offer(); },
            [this, name](pool::Generation generation, const std::string &sentence) {
                if (is_offered(generation)) fail_offer("pool " + name + ": " + sentence);
            },
            [this](const PoolRunner &pool) { pool_stopped(pool); }};
}

void Manager::add_pool(std::shared_ptr<const PoolGeneration> generation) {
    const PoolOutcomes outcomes = outcomes_of(generation->config.name, generation->number);
    pools_.push_back(std::make_unique<PoolRunner>(loop_, log_, supplies_, std::move(generation), outcomes));
}

Driver *Manager::find(const std::string &name) {
    const auto found = std::find_if(pools_.begin(), pools_.end(), [&](const auto &pool) {
        return pool->driver().name() == name && !pool->driver().is_leaving();
    });
    return found == pools_.end() ? nullptr : &(*found)->driver();
}

void Manager::pool_ready() {
    if (state_ != State::starting) return settle_offer();  // one that a reload has added
    if (--starting_ == 0) announce();
}

void Manager::announce() {
    state_ = State::ready;
    has_been_ready_ = true;
    if (options_.check) return stop();
    std::size_t workers = 0;
    std::string names;
    for (const auto &pool : pools_) {
        workers += pool->driver().workers().size();
        for (const auto &name : names_of(pool->driver().in_force().listeners))
            names += (names.empty() ? "" : ", ") + name;
    }
    if (pid_file_) {
        if (auto published = pid_file_->publish(); !published) log_.write(LogLevel::error, published.error().message);
    }
    log_.write(LogLevel::info, "ready: " + std::to_string(workers) + " workers, listening on " + names);
    supervisor_.ready(status_line());
    begin_reload();
}

void Manager::pool_failed(pool::Generation generation, const std::string &sentence) {
    if (is_offered(generation)) return fail_offer(sentence);
    if (state_ != State::starting) return;  // it was added by a reload that has failed already
    failure_ = sentence;
    exit_code_ = 1;
    log_.write(LogLevel::error, "start failed: " + failure_);
    stop_now();
}

void Manager::pool_stopped(const PoolRunner &pool) {
    std::erase_if(pools_, [&](const auto &one) { return one.get() == &pool; });
    if (!pools_.empty() || state_ != State::stopping) return;
    log_.write(LogLevel::info, "stopped");
    loop_.stop();
}

void Manager::stop() {
    if (state_ == State::stopping) return;
    begin_stop("stop: the workers finish what they have");
    // The files go first: a new client sees at once that nobody serves here, those that wait are still answered.
    for (const auto &listener : listeners()) listener->remove_file();
    for (const auto &pool : pools_) pool->driver().stop(monotonic_now());
}

void Manager::stop_now() {
    begin_stop("stop at once");
    for (const auto &pool : pools_) pool->driver().stop_now(monotonic_now());
}

void Manager::begin_stop(const std::string &sentence) {
    state_ = State::stopping;
    log_.write(LogLevel::info, sentence);
    supervisor_.stopping(failure_.empty() ? sentence : failure_);
    if (offer_ && !offer_->is_committed) fail_offer("the container is stopping");
}

// ---- whoever has started us

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
    if (last_reload_.result == "running") return "reload: generation " + std::to_string(last_reload_.generation);
    std::string line;
    for (const auto &pool : pools_) line += (line.empty() ? "" : "; ") + summary_of(pool->driver());
    if (last_reload_.result == "failed") line += "; the last reload failed: " + last_reload_.sentence;
    return line;
}

ControlActions Manager::control_actions() {
    return {[this] { return status(); }, [this] { return config::print_config(config_); },
            [this] { return ask_for_reload(); }, [this](const ScaleOrder &order) { return scale(order); },
            [this](bool now) { now ? stop_now() : stop(); }};
}

Result<Bounds> Manager::scale(const ScaleOrder &order) {
    if (state_ == State::stopping) return Error{"unable to scale: the container is stopping"};
    if (order.pool.empty() && pools_.size() > 1) return Error{"unable to scale: name one of several pools"};
    Driver *pool = order.pool.empty() ? &pools_.front()->driver() : find(order.pool);
    if (pool == nullptr) return Error{"unable to scale: there is no pool " + order.pool};
    return pool->scale(order, monotonic_now());
}

// TTIN and TTOU: as Gunicorn's and Unicorn's users know them.
void Manager::scale_all(int change) {
    for (const auto &pool : pools_) {
        const auto bounds =
            pool->driver().scale({pool->driver().name(), std::nullopt, std::nullopt, change}, monotonic_now());
        if (!bounds) log_.write(LogLevel::warning, bounds.error().message);
    }
}

wire::Status Manager::status() const {
    const Moment now = monotonic_now();
    wire::Status out;
    out.version = HBNB_VERSION;
    out.pid = ::getpid();
    out.uptime_s = std::chrono::duration<double>(now - began_).count();
    out.state = state_ == State::starting ? "starting" : state_ == State::ready ? "ready" : "stopping";
    out.last_reload = last_reload_;
    out.access_lines_lost = supplies_.access_log->lost();
    out.log_lines_dropped = log_.dropped() + supplies_.shared.error_lines_of_gone;
    out.generation = in_force_;
    for (const auto &pool : pools_) {
        out.pools.push_back(status_of(pool->driver(), now));
        for (const auto &worker : out.pools.back().workers) out.log_lines_dropped += worker.log_lines_dropped;
    }
    return out;
}

}  // namespace hbnb::manager
