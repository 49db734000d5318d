// A loaded plugin: the checked table, its state, and the host it talks to. Loaded once a process on the control thread
// and never closed (new code means a new process). The only file that includes dlfcn.h is this one's .cpp.
#pragma once

#include <hbnb/handler.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/error.hpp"
#include "base/log.hpp"
#include "wire/messages.hpp"
#include "wire/worker_setup.hpp"
#include "worker/watch/fork_guard.hpp"

namespace hbnb::worker {

class ErrorLog;

// What hbnb_handler.h calls the host, one a plugin: outlives every call into the plugin. Any thread.
class PluginHost {
  public:
    PluginHost(const wire::WorkerSetup &setup, const wire::PluginSetup &plugin, const ErrorLog &log);
    PluginHost(const PluginHost &) = delete;
    PluginHost &operator=(const PluginHost &) = delete;

    const hbnb_host *table() const { return &continued_.host; }
    void set_name(std::string name) { name_ = std::move(name); }
    void set_threads(unsigned threads) { info_.threads = threads; }
    void log(LogLevel level, std::string_view text) const;
    std::string take_error();  // what this thread's last set_error said; empty: nothing. Forgotten then

  private:
    struct Continued {
        hbnb_host host;
        PluginHost *self;
    };
    static PluginHost &of(const hbnb_host *host);

    const ErrorLog &log_;
    std::string name_, pool_, file_, hash_;
    hbnb_info info_{};
    Continued continued_{};
    std::mutex mutex_;
    std::map<std::thread::id, std::string> errors_;  // only filled on the way to a failure
};

std::string path_of_copy(const wire::PluginSetup &plugin);  // what is loaded

class Plugin {
  public:
    // dlopen of the sealed copy, the ABI and every member of the table checked; nothing of the plugin's own has run but
    // its static initialisers and the entry. Errors name the file and both sides.
    static Result<std::unique_ptr<Plugin>> open(const wire::WorkerSetup &setup, const wire::PluginSetup &plugin,
                                                const ErrorLog &log);

    Result<void> load();      // [control]
    Result<void> start();     // [control] hbnb.process/1; nothing where the plugin has none
    Result<void *> create();  // [handler], or [control] for a shared instance
    hbnb_status handle(void *instance, hbnb_exchange *exchange) const {
        const hbnb_status status = table_.handle(instance, exchange);
        leave_if_forked(log_, table_.name, "handle");
        return status;
    }
    void destroy(void *instance) const;
    void stop();          // [control] where start was called and has succeeded; else nothing
    void unload() const;  // [control]

    PluginHost &host() { return *host_; }
    hbnb_concurrency concurrency() const { return table_.concurrency; }
    const wire::ServedPlugin &served() const { return served_; }
    const std::string &prefix() const { return prefix_; }  // the mount as handlers see it: "" for "/", else "/demo"

  private:
    Plugin(const hbnb_plugin &table, const hbnb_process *process, wire::ServedPlugin served, std::string config,
           std::unique_ptr<PluginHost> host, const ErrorLog &log);
    Error failure(const char *verb, hbnb_status status);

    hbnb_plugin table_;
    wire::ServedPlugin served_;
    std::string prefix_, config_;
    std::unique_ptr<PluginHost> host_;
    void *state_ = nullptr;
    const hbnb_process *process_ = nullptr;
    bool is_started_ = false;
    const ErrorLog &log_;
};

}  // namespace hbnb::worker
