#include "worker/worker.hpp"

#include <cxxabi.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "base/clock.hpp"
#include "wire/inherited.hpp"
#include "wire/messages.hpp"
#include "worker/watch/fork_guard.hpp"

namespace hbnb::worker {
namespace {

constexpr int kBusyTickMs = 250;  // deadlines are checked so often while connections are open
constexpr int kIdleTickMs = 1000;
constexpr int kPausedTickMs = 20, kPressedTickMs = 2;
constexpr Duration kOrphanBacklogTime =
    std::chrono::seconds(1);  // a dead manager's queued connections are served so long

// Of a request that may begin at any time; 0: none has one.
Duration shortest_deadline(const wire::WorkerSetup &setup) {
    Duration shortest = setup.timeouts.request;
    for (const auto &plugin : setup.plugins) {
        const Duration its = plugin.timeout_request.value_or(Duration{});
        if (its != Duration{}) shortest = shortest == Duration{} ? its : std::min(shortest, its);
    }
    return shortest;
}

}  // namespace

Worker::Worker(wire::WorkerSetup setup, wire::ScoreboardMapping scoreboard, std::optional<wire::LogRing> ring,
               int channel)
    : setup_(std::move(setup)),
      scoreboard_(std::move(scoreboard)),
      channel_(channel),
      error_log_(wire::kLog, setup_.log_level, scoreboard_.board()),
      access_log_(std::move(ring)),
#ifdef HBNB_SANITIZED
      memory_(0) {
}
#else
      memory_(setup_.limits.memory) {
}
#endif

Worker::~Worker() = default;

// What cannot be had, memory above all, is nobody's fault until the account says whose.
Result<void> Worker::start() try {
    if (const auto ready = prepare_libfcgi(); !ready) return ready;
    if (const auto ready = ThreadStack::prepare(); !ready) return ready;
    if (const auto watched = watch_forks([this] { close_in_child(); }); !watched) return watched;
    if (const auto loaded = load_plugins(); !loaded) return loaded;
    scoreboard_.board().loading.store({});
    io_.emplace(setup_, threads_count_, error_log_, scoreboard_.board());
    io_->before_giving_up([this] { cut_begun_answers(application_->watches); });
    if (const auto opened = io_->open(); !opened) return opened;
    if (setup_.hand_off.is_on()) rebalancer_.emplace(*application_, *io_, threads_count_);
    rebalancer_rests_ = !rebalancer_;
    deadlines_.emplace(*application_, io_->epoll(), threads_count_);
    return start_threads();
} catch (const std::exception &failure) {
    const std::string at = scoreboard_.board().loading.load();
    return Error{"unable to start" + (at.empty() ? "" : " (plugin " + at + " was being loaded)") + ": " +
                 failure.what()};
}

int Worker::run() {
    if (const auto started = start(); !started) return refuse(started.error().message + memory_.explain());
    if (const auto listening = io_->listen(); !listening) {
        error_log_.write(LogLevel::error, listening.error().message);
        ::_exit(wire::kExitBroken);
    }
    scoreboard_.board().loading.store({});
    wire::Message ready;
    ready.plugins = served();
    ready.threads = threads_count_;
    if (const auto sent = wire::send_message(channel_, ready); !sent)
        error_log_.write(LogLevel::error, sent.error().message);
    released_->count_down();
    return attend();
}

Result<void> Worker::load_plugins() {
    std::vector<std::unique_ptr<Plugin>> plugins;
    std::vector<Mount> mounts;
    threads_count_ = std::clamp(setup_.threads, 1u, kThreadsMax);
    for (const auto &one : setup_.plugins) {
        scoreboard_.board().loading.store(one.file);
        auto plugin = Plugin::open(setup_, one, error_log_);
        if (!plugin) return plugin.error();
        mounts.push_back({(*plugin)->prefix(), plugins.size(), one.file, one.timeout_request});
        if ((*plugin)->concurrency() == HBNB_ONE_THREAD) threads_count_ = 1;  // the strictest decides
        plugins.push_back(std::move(*plugin));
        if (auto fits = memory_.note(one.file); !fits) return fits;
    }
    auto router = Router::build(std::move(mounts));
    if (!router) return router.error();
    for (const auto &plugin : plugins) {
        plugin->host().set_threads(threads_count_);
        scoreboard_.board().loading.store(plugin->served().file);
        if (const auto loaded = plugin->load(); !loaded) return loaded.error();
        if (auto fits = memory_.note(plugin->served().file); !fits) return fits;
    }
    application_.emplace(Application{setup_, std::move(plugins), std::move(*router), access_log_, error_log_,
                                     scoreboard_.board(), scoreboard_.mounts()});
    return {};
}

Result<std::vector<void *>> Worker::create_instances(bool on_handler_thread) try {
    std::vector<void *> instances(application_->plugins.size());
    for (size_t i = 0; i < instances.size(); ++i) {
        Plugin &plugin = *application_->plugins[i];
        const bool is_shared = plugin.concurrency() == HBNB_SHARED_INSTANCE;
        if (is_shared && on_handler_thread) {
            instances[i] = shared_instances_[i];
        } else if (is_shared || on_handler_thread) {
            scoreboard_.board().loading.store(plugin.served().file);  // several threads write the same order of names
            const auto made = plugin.create();
            if (!made) return made.error();
            instances[i] = *made;
        }
    }
    return instances;
} catch (const std::bad_alloc &) {
    return Error{"unable to create the plugins' instances: no memory is left"};
}

Result<void> Worker::start_plugins() {
    for (const auto &plugin : application_->plugins) {
        scoreboard_.board().loading.store(plugin->served().file);
        if (const auto started = plugin->start(); !started) return started.error();
    }
    return {};
}

// Threads that plugins have begun must not see the process's end.
void Worker::stop_plugins() {
    for (auto plugin = application_->plugins.rbegin(); plugin != application_->plugins.rend(); ++plugin)
        (*plugin)->stop();
}

Result<void> Worker::start_threads() {
    if (auto started = start_plugins(); !started) return started.error();
    auto shared = create_instances(false);
    if (!shared) return shared.error();
    shared_instances_ = std::move(*shared);
    scoreboard_.board().threads.store(threads_count_, std::memory_order_relaxed);
    created_.emplace(threads_count_);
    released_.emplace(1);
    handler_threads_.resize(threads_count_);
    const Result<void> all = start_handler_threads();
    created_->wait();
    if (!all) refusal_ = all.error().message;
    scoreboard_.board().loading.store({});
    if (refusal_.empty()) return {};
    given_up_ = true;
    released_->count_down();
    for (auto &thread : threads_) thread.join();
    threads_.clear();
    return Error{refusal_};
}

Result<void> Worker::start_handler_threads() {
    for (unsigned i = 0; i < threads_count_; ++i) {
        try {
            threads_.emplace_back([this, i] { handler_thread(i); });
        } catch (const std::system_error &failure) {
            created_->count_down(threads_count_ - i);  // for those that will never come
            return Error{
                "unable to start handler thread " + std::to_string(i + 1) + " of " + std::to_string(threads_count_) +
                ": " + failure.code().message() +
                "; there may be no more threads (pids.max of the control group, ulimit -u of the user) or no memory "
                "for a stack (ulimit -d and -v)"};
        }
    }
    return {};
}

void Worker::handler_thread(unsigned number) {
    auto instances = create_instances(true);
    if (!instances) {
        const std::lock_guard lock(refusal_mutex_);
        refusal_ = instances.error().message;
    }
    created_->count_down();
    released_->wait();
    if (given_up_ || !instances) return;
    // Lives as long as the process: a plugin that has kept an exchange is refused and named, until its very end.
    handler_threads_[number] = std::make_unique<HandlerThread>(*application_, *io_, number, *instances);
    try {
        handler_threads_[number]->run();
    } catch (const abi::__forced_unwind &) {  // pthread_exit: a worker without its thread would answer nobody
        leave_if_forked(error_log_, scoreboard_.board().thread[number].plugin.load().c_str(), "handle by pthread_exit");
        error_log_.write(LogLevel::error, "a handler has ended its thread, and with it this worker ends");
        cut_begun_answers(application_->watches);
        ::_exit(wire::kExitBroken);
    }
    for (size_t i = 0; i < instances->size(); ++i) {
        const Plugin &plugin = *application_->plugins[i];
        if (plugin.concurrency() != HBNB_SHARED_INSTANCE) plugin.destroy((*instances)[i]);
    }
}

void Worker::on_exit() {
    if (application_ && !is_forked_child()) cut_begun_answers(application_->watches);
}

// The process that a handler has forked: what the container has open is its worker's.
void Worker::close_in_child() {
    for (const int descriptor : setup_.descriptors()) ::close(descriptor);
    for (const int descriptor : {channel_, wire::kSetup, wire::kScoreboard}) ::close(descriptor);
    if (io_) io_->close_in_child();
}

int Worker::refuse(const std::string &reason) {
    if (application_) stop_plugins();
    wire::Message message;
    message.kind = wire::MessageKind::load_failed;
    message.reason = reason;
    if (!wire::send_message(channel_, message)) error_log_.write(LogLevel::error, reason);
    return wire::kExitLoadFailed;
}

int Worker::attend() {
    int status = wire::kExitDrained;
    while (!io_->is_finished()) {
        scoreboard_.board().beats.fetch_add(1, std::memory_order_relaxed);
        const bool has_said = wait_for_manager();
        const Moment now = monotonic_now();
        if (has_said && !read_channel()) {
            manager_is_there_ = false;
            status = wire::kExitManagerGone;
            error_log_.manager_has_gone(setup_.error_log);
            access_log_.manager_has_gone(setup_.access_log);
            error_log_.write(LogLevel::error, "the manager has gone: finishing what is here, then leaving");
            empty_backlog();
            drain(now, false);
        }
        look_at_deadlines(now);
        if (rebalancer_ && !rebalancer_rests_) rebalancer_->tick(now);
        io_->make_room(now);
        if (now >= next_chores_) chores(now);
    }
    finish();
    if (!manager_is_there_) ::kill(0, SIGKILL);  // with what its handlers have started: no manager does it
    return status;
}

bool Worker::wait_for_manager() {
    if (rebalancer_ && !rebalancer_rests_ && rebalancer_->may_rest()) rest();
    std::array<pollfd, 2> watched{{{manager_is_there_ ? channel_ : -1, POLLIN, 0}, {io_->epoll().bell(), POLLIN, 0}}};
    ::poll(watched.data(), watched.size(), milliseconds_to_wait());
    if (watched[1].revents != 0) {
        std::uint64_t rings = 0;
        [[maybe_unused]] const ssize_t got = ::read(io_->epoll().bell(), &rings, sizeof rings);
        rebalancer_rests_ = !rebalancer_;
    }
    return watched[0].revents != 0;
}

int Worker::milliseconds_to_wait() const {
    const bool busy = scoreboard_.board().connections.load(std::memory_order_relaxed) != 0;
    Duration wait = std::chrono::milliseconds(busy ? kBusyTickMs : kIdleTickMs);
    if (io_->intake().is_paused())
        wait = std::chrono::milliseconds(io_->intake().is_pressed() ? kPressedTickMs : kPausedTickMs);
    if (!rebalancer_rests_) wait = Rebalancer::kTick;
    // Of what begins while we wait a resting control thread is told; else its deadline is further away than that.
    if (!rebalancer_)
        if (const Duration shortest = shortest_deadline(setup_); shortest != Duration{})
            wait = std::min(wait, shortest);
    const Moment now = monotonic_now();
    if (const auto next = deadlines_->next(now)) wait = std::clamp(*next - now, Duration{}, wait);
    return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(wait).count());
}

// Says so first and looks then: a thread that begins meanwhile sees it, or is seen.
void Worker::rest() {
    io_->epoll().tell_of_events(true);
    rebalancer_rests_ = true;
    for (unsigned i = 0; i < threads_count_; ++i) {
        if (io_->epoll().turn(i) % 2 == 0) continue;
        io_->epoll().tell_of_events(false);
        rebalancer_rests_ = false;
    }
}

void Worker::chores(Moment now) {
    io_->resting().close_overdue(now);
    io_->drain_on(now);
    io_->resume();
    io_->intake().return_to_listeners();
    access_log_.flush();
    next_chores_ = now + std::chrono::milliseconds(kBusyTickMs);
}

void Worker::look_at_deadlines(Moment now) {
    deadlines_->look(now);
    const unsigned stuck = deadlines_->stuck();
    if (stuck == 0) return;
    const bool nobody_else_is_served =
        stuck == threads_count_ || scoreboard_.board().connections.load(std::memory_order_relaxed) <= stuck;
    if (!manager_is_there_ && nobody_else_is_served) leave_stuck_threads();
    if (overdue_said_ || !manager_is_there_) return;
    overdue_said_ = true;
    wire::Message message;
    message.kind = wire::MessageKind::overdue;
    if (const auto sent = wire::send_message(channel_, message); !sent)
        error_log_.write(LogLevel::error, sent.error().message);
}

// Nobody is there any more who would end us, and nobody waits for what these threads are at.
void Worker::leave_stuck_threads() {
    error_log_.write(LogLevel::error, "what is left are requests over their deadlines: leaving without them");
    access_log_.flush();
    ::kill(0, SIGKILL);  // with what its handlers have started: no manager does it
    ::_exit(wire::kExitManagerGone);
}

bool Worker::read_channel() {
    for (;;) {
        auto received = wire::receive_message(channel_);
        if (!received) {
            error_log_.write(LogLevel::error, received.error().message);
            return true;
        }
        if (received->closed) return false;
        if (!received->received) return true;
        const auto &[message, descriptors] = *received->received;
        if (message.kind == wire::MessageKind::drain) drain(monotonic_now(), message.hand_over);
        if (message.kind == wire::MessageKind::queues) {
            if (const auto renewed = io_->renew_queues(descriptors); !renewed)
                error_log_.write(LogLevel::error, renewed.error().message);
        }
    }
}

void Worker::drain(Moment now, bool hands_over) {
    if (io_->is_draining()) return;
    io_->begin_drain(now, hands_over);
    wire::Message message;
    message.kind = wire::MessageKind::draining;
    [[maybe_unused]] const auto sent = wire::send_message(channel_, message);  // a dead manager does not want to know
}

// The last close of a listening socket resets what is queued on it, and after the manager's death these may be the
// last.
void Worker::empty_backlog() {
    const Moment until = monotonic_now() + kOrphanBacklogTime;
    while (io_->intake().has_pending() && monotonic_now() < until) ::poll(nullptr, 0, 5);
}

void Worker::finish() {
    for (auto &thread : threads_) thread.join();
    for (size_t i = 0; i < shared_instances_.size(); ++i) {
        if (shared_instances_[i] != nullptr) application_->plugins[i]->destroy(shared_instances_[i]);
    }
    stop_plugins();
    for (const auto &plugin : application_->plugins) plugin->unload();
    access_log_.flush();
}

std::vector<wire::ServedPlugin> Worker::served() const {
    std::vector<wire::ServedPlugin> all;
    for (const auto &plugin : application_->plugins) all.push_back(plugin->served());
    return all;
}

}  // namespace hbnb::worker
