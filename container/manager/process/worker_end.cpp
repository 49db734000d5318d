#include "manager/process/worker_end.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "wire/messages.hpp"

namespace hbnb::manager {
namespace {

using pool::ExitReason;
using pool::ExitStatus;

bool is_on_purpose(ExitReason reason) {
    switch (reason) {
        case ExitReason::drained_scale_down:
        case ExitReason::drained_reload:
        case ExitReason::drained_stop:
        case ExitReason::drained_requests:
        case ExitReason::drained_age:
        case ExitReason::drained_memory:
        case ExitReason::drained_overdue:
        case ExitReason::stopped_now:
        case ExitReason::superseded: return true;
        case ExitReason::crashed:
        case ExitReason::load_failed:
        case ExitReason::start_timeout:
        case ExitReason::drain_timeout:
        case ExitReason::request_timeout:
        case ExitReason::suspended:
        case ExitReason::protocol:
        case ExitReason::spawn_failed: return false;
    }
    return false;
}

std::string seconds(Duration duration) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3f s", std::chrono::duration<double>(duration).count());
    return text.data();
}

std::string describe_status(const pool::WorkerGone &gone) {
    std::string text = pool::to_string(gone.status);
    if (gone.status.kind != ExitStatus::Kind::signalled) return text;
    if (const char *name = ::sigabbrev_np(gone.status.number)) text += std::string(" (SIG") + name + ")";
    if (gone.reason == ExitReason::crashed && gone.status.number == SIGKILL)
        text += ", not sent by the manager: out of memory, or an operator";
    return text;
}

// The worker itself ends only between requests, or says why.
bool is_exit_of_a_handler(const pool::WorkerGone &gone, const wire::ScoreboardSnapshot &last) {
    return gone.reason == ExitReason::crashed && gone.status.kind == ExitStatus::Kind::exited &&
           gone.status.number != wire::kExitBroken &&
           std::any_of(last.threads.begin(), last.threads.end(), [](const auto &thread) { return thread.busy; });
}

std::string or_dash(const std::string &text) { return text.empty() ? "-" : text; }

std::string describe_request(const wire::ThreadSnapshot &thread, Moment now) {
    return or_dash(thread.method) + " " + or_dash(thread.uri) + " (request " + or_dash(thread.request_id) +
           ", plugin " + or_dash(thread.plugin) + ", route " + or_dash(thread.route) + ", since " +
           seconds(now - thread.busy_since) + ")";
}

constexpr const char *kKilledFromOutside = ", not sent by the manager: out of memory, or an operator";

bool is_killed(ExitStatus status) { return status.kind == ExitStatus::Kind::signalled && status.number == SIGKILL; }

}  // namespace

std::string describe_end_at_load(const std::string &plugin, pool::ExitStatus status) {
    const std::string how = pool::to_string(status);
    if (is_killed(status))
        return "its process was ended by " + how + kKilledFromOutside + ", while it loaded " + plugin;
    return "unable to load plugin " + plugin + ": it has ended its process (" + how + ")";
}

std::string describe_end_of_wrapper(const std::string &wrapper, pool::ExitStatus status) {
    std::string text = "unable to run the worker program through the wrapper " + wrapper +
                       " (workers.wrapper): the wrapper has ended before it did (" + pool::to_string(status) + ")";
    return is_killed(status) ? text + ", killed for timeouts.start or from outside" : text;
}

LogLevel level_of_end(ExitReason reason) { return is_on_purpose(reason) ? LogLevel::info : LogLevel::error; }

std::string describe_worker_end(const pool::WorkerGone &gone, std::optional<pid_t> pid,
                                const wire::ScoreboardSnapshot &last, const std::string &last_words, Moment now) {
    std::string text = "worker " + std::to_string(gone.worker);
    if (pid) text += " (pid " + std::to_string(*pid) + ")";
    text += " ended: ";
    text += pool::to_string(gone.reason);
    if (gone.reason != ExitReason::spawn_failed) text += ", " + describe_status(gone);
    if (is_exit_of_a_handler(gone, last)) text += ", because a handler has ended its process";
    text += ", up " + seconds(gone.lived) + ", " + std::to_string(last.requests) + " requests";
    if (!gone.sentence.empty()) text += ": " + gone.sentence;
    if (is_on_purpose(gone.reason) && gone.reason != ExitReason::stopped_now) return text;
    if (gone.reason == ExitReason::start_timeout && !last.loading.empty())
        text += "; it was loading plugin " + last.loading;
    const char *introduction = "; it was serving ";
    for (const auto &thread : last.threads) {
        if (!thread.busy) continue;
        text += introduction + describe_request(thread, now);
        introduction = " and ";
    }
    if (!last_words.empty()) text += "; it printed last: " + last_words;
    return text;
}

}  // namespace hbnb::manager
