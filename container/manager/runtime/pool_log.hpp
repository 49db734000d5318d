// What the error log tells of one pool: a sentence each, and few enough.
#pragma once

#include <string>

#include "config/settings/config.hpp"
#include "manager/host/error_log.hpp"
#include "manager/runtime/living_workers.hpp"
#include "pool/admission/admission.hpp"
#include "pool/command.hpp"

namespace hbnb::manager {

// Owned by Driver.
class PoolLog {
  public:
    PoolLog(ErrorLog &log, std::string pool) : log_(log), pool_(std::move(pool)) {}

    void say(LogLevel level, const std::string &text) { log_.write(level, "pool " + pool_ + ": " + text); }
    void say_seldom(const char *kind, unsigned a_second, LogLevel level, const std::string &text, Moment now);

    void target_changed(const pool::TargetChanged &command);
    void backing_off(const pool::BackingOff &command, Moment now);
    void worker_ended(const pool::WorkerGone &gone, const LivingWorker *worker, Moment now);  // null: it never started
    void overload_changed(const pool::OverloadChange &change, const pool::LoadSample &sample, unsigned target,
                          const config::Pool &config);
    void bounds_set(unsigned min, unsigned max, const pool::Settings &file, Moment now);

  private:
    ErrorLog &log_;
    std::string pool_;
};

}  // namespace hbnb::manager
