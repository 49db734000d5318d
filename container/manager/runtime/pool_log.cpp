#include "manager/runtime/pool_log.hpp"

#include "manager/process/worker_end.hpp"
#include "manager/runtime/scale_order.hpp"

namespace hbnb::manager {
namespace {

constexpr unsigned kEndsPerSecond = 20, kOrdersPerSecond = 5;  // lines

}  // namespace

void PoolLog::say_seldom(const char *kind, unsigned a_second, LogLevel level, const std::string &text, Moment now) {
    const std::string pool = "pool " + pool_ + ": ";
    log_.write_seldom(pool + kind, a_second, level, pool + text, now);
}

void PoolLog::target_changed(const pool::TargetChanged &command) {
    say(LogLevel::info, "target " + std::to_string(command.from) + " -> " + std::to_string(command.to) + " workers (" +
                            std::string(pool::to_string(command.reason)) + "): " + std::to_string(command.seen.busy) +
                            " busy, " + std::to_string(command.seen.idle) + " idle, " +
                            std::to_string(command.seen.waiting) + " waiting");
}

void PoolLog::backing_off(const pool::BackingOff &command, Moment now) {
    say_seldom("workers that die young", 1, LogLevel::warning,
               "workers die young: the next start waits " + std::to_string(milliseconds(command.delay)) + " ms", now);
}

// Starts that fail may be tried again and again; workers that serve and die are told one by one, as long as they are
// few.
void PoolLog::worker_ended(const pool::WorkerGone &gone, const LivingWorker *worker, Moment now) {
    const LogLevel level = level_of_end(gone.reason);
    const std::string text = worker == nullptr ? describe_worker_end(gone, std::nullopt, {}, {}, now)
                                               : describe_worker_end(gone, worker->link->pid(), worker->link->look(now),
                                                                     worker->link->last_words(), now);
    if (level < LogLevel::warning) return say(level, text);
    if (worker != nullptr && worker->is_ready())
        return say_seldom("workers that have ended", kEndsPerSecond, level, text, now);
    say_seldom("starts that have failed", 1, level, text, now);
}

void PoolLog::overload_changed(const pool::OverloadChange &change, const pool::LoadSample &sample, unsigned target,
                               const config::Pool &config) {
    if (!change.has_begun)
        return say(LogLevel::info, "no longer overloaded after " + std::to_string(milliseconds(change.lasted)) +
                                       " ms; answered 503: " + std::to_string(change.shed));
    say(LogLevel::warning, "overloaded: " + std::to_string(sample.waiting()) + " requests wait, " +
                               (sample.held > 0 ? std::to_string(sample.held) + " are held at busy workers, " : "") +
                               std::to_string(change.shed) + " were answered 503: more than " +
                               std::to_string(milliseconds(config.waiting.age_max)) +
                               " ms (waiting.age_max) are too long, waited or foreseen; target " +
                               std::to_string(target) + " of at most " + std::to_string(config.rules.max) + " workers");
}

void PoolLog::bounds_set(unsigned min, unsigned max, const pool::Settings &file, Moment now) {
    say_seldom("bounds set by hand", kOrdersPerSecond, LogLevel::info,
               "bounds set by hand: " + range_text(min, max) +
                   " workers, until the next reload (the file: " + range_text(file.min, file.max) + ")",
               now);
}

}  // namespace hbnb::manager
