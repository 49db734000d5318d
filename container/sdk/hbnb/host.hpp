// The container as a plugin sees it: log and facts. A value (one pointer); valid as long as the process; any thread.
#pragma once

#include <hbnb/handler.h>
#include <hbnb/text.hpp>

#include <string_view>

namespace hbnb::sdk {

enum class LogLevel : hbnb_log_level {
    debug = HBNB_LOG_DEBUG,
    info = HBNB_LOG_INFO,
    warning = HBNB_LOG_WARNING,
    error = HBNB_LOG_ERROR,
};

// What this process loads its plugins for (handler.h: hbnb_purpose).
enum class Purpose : hbnb_purpose {
    serve = HBNB_PURPOSE_SERVE,
    prove = HBNB_PURPOSE_PROVE,
    check = HBNB_PURPOSE_CHECK,
};

class Host {
  public:
    explicit Host(const hbnb_host *host) : host_(host) {}

    // A line in the error log under the plugin's name; at most 4 KiB, all but printable ASCII is escaped.
    void log(LogLevel level, std::string_view text) const {
        host_->log(host_, static_cast<hbnb_log_level>(level), to_text(text));
    }

    // Why the call that is about to fail fails. The exception border calls it; a plugin that throws need not.
    void set_error(std::string_view text) const { host_->set_error(host_, to_text(text)); }

    // Worker, generation, pool, file, hash, threads and purpose; nullptr where the host does not tell.
    const hbnb_info *info() const { return static_cast<const hbnb_info *>(service(HBNB_SERVICE_INFO)); }

    // Where it is not `serve`, a State and a handler's constructor change nothing outside the process.
    Purpose purpose() const {
        const hbnb_info *known = info();
        const bool is_told = known != nullptr && HBNB_HAS(known, hbnb_info, purpose);
        return is_told ? static_cast<Purpose>(known->purpose) : Purpose::serve;
    }

    // A named optional interface of the host, or nullptr.
    const void *service(const char *id) const { return host_->service(host_, id); }

  private:
    const hbnb_host *host_;
};

}  // namespace hbnb::sdk
