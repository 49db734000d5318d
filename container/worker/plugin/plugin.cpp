#include "worker/plugin/plugin.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <hbnb/refusals.hpp>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/fd.hpp"
#include "worker/error_log.hpp"

namespace hbnb::worker {
namespace {

std::string_view view(hbnb_text text) {
    return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}

}  // namespace

// ---- PluginHost

PluginHost::PluginHost(const wire::WorkerSetup &setup, const wire::PluginSetup &plugin, const ErrorLog &log)
    : log_(log), name_(plugin.file), pool_(setup.pool), file_(plugin.file), hash_(plugin.hash) {
    info_.struct_size = sizeof info_;
    info_.worker = setup.worker;
    info_.generation = setup.generation;
    info_.pool = pool_.c_str();
    info_.plugin_file = file_.c_str();
    info_.plugin_hash = hash_.c_str();
    info_.threads = setup.threads;
    info_.purpose = static_cast<hbnb_purpose>(setup.purpose);
    static_assert(static_cast<hbnb_purpose>(wire::Purpose::prove) == HBNB_PURPOSE_PROVE &&
                  static_cast<hbnb_purpose>(wire::Purpose::check) == HBNB_PURPOSE_CHECK);

    continued_.self = this;
    hbnb_host &host = continued_.host;
    host.struct_size = sizeof host;
    host.abi_major = HBNB_ABI_MAJOR;
    host.abi_minor = HBNB_ABI_MINOR;
    host.log = [](const hbnb_host *self, hbnb_log_level level, hbnb_text text) {
        of(self).log(static_cast<LogLevel>(std::min<hbnb_log_level>(level, HBNB_LOG_ERROR)), view(text));
    };
    host.set_error = [](const hbnb_host *self, hbnb_text text) {
        PluginHost &me = of(self);
        const std::lock_guard lock(me.mutex_);
        me.errors_[std::this_thread::get_id()] = view(text).substr(0, wire::kReasonBytesMax);
    };
    host.service = [](const hbnb_host *self, const char *id) -> const void * {
        return id != nullptr && std::strcmp(id, HBNB_SERVICE_INFO) == 0 ? &of(self).info_ : nullptr;
    };
}

PluginHost &PluginHost::of(const hbnb_host *host) {
    return *reinterpret_cast<const Continued *>(host)->self;  // host is Continued's first member
}

void PluginHost::log(LogLevel level, std::string_view text) const {
    if (log_.wants(level)) log_.write(level, name_ + ": " + std::string(text.substr(0, kLogLineMax)));
}

std::string PluginHost::take_error() {
    const std::lock_guard lock(mutex_);
    const auto found = errors_.find(std::this_thread::get_id());
    if (found == errors_.end()) return {};
    std::string text = std::move(found->second);
    errors_.erase(found);
    return text;
}

// ---- The checks before a single call into the plugin

namespace {

Result<const hbnb_plugin *> entry_table(const std::string &file, void *library) {
    void *symbol = ::dlsym(library, HBNB_ENTRY_NAME);
    if (symbol == nullptr) {
        return Error{"unable to load plugin " + file +
                     ": it has no function " HBNB_ENTRY_NAME ", so it is no handler plugin"};
    }
    const auto entry = reinterpret_cast<const hbnb_plugin *(*)(std::uint32_t, std::uint32_t)>(symbol);
    const hbnb_plugin *table = entry(HBNB_ABI_MAJOR, HBNB_ABI_MINOR);
    if (table == nullptr) {
        return Error{"unable to load plugin " + file + ": " + sdk::refusal_by_entry()};
    }
    return table;
}

}  // namespace

// ---- Plugin

// A debugger reads the file by the name that the loader keeps, and in the debugger "self" is another process. The link
// is asked, not getpid(): /proc may be mounted for another PID namespace.
std::string path_of_copy(const wire::PluginSetup &plugin) {
    std::array<char, 32> self{};
    if (::readlink("/proc/self", self.data(), self.size() - 1) <= 0) std::strcpy(self.data(), "self");
    return std::string("/proc/") + self.data() + "/fd/" + std::to_string(plugin.descriptor);
}

// valgrind and perf read a file by the name that the kernel has for a mapping, and a copy's ends in "(deleted)". So
// where a wrapper is, the file itself is loaded. An overwritten one is not: what was checked and hashed is the copy.
std::string path_to_load(const wire::WorkerSetup &setup, const wire::PluginSetup &plugin) {
    std::array<char, 16384> ours{}, theirs{};
    const Fd file(setup.by_file ? ::open(plugin.file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1);
    if (!file.is_open()) return path_of_copy(plugin);
    for (off_t at = 0;;) {
        const ssize_t read = ::pread(plugin.descriptor, ours.data(), ours.size(), at);
        const ssize_t same = ::pread(file.get(), theirs.data(), theirs.size(), at);
        if (read != same || read < 0 || !std::equal(ours.begin(), ours.begin() + read, theirs.begin()))
            return path_of_copy(plugin);
        if (read == 0) return plugin.file;
        at += read;
    }
}

Result<std::unique_ptr<Plugin>> Plugin::open(const wire::WorkerSetup &setup, const wire::PluginSetup &plugin,
                                             const ErrorLog &log) {
    const std::string &file = plugin.file;
    const std::string copy = path_to_load(setup, plugin);
    void *library = ::dlopen(copy.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        std::string reason = ::dlerror();
        if (const auto at = reason.find(copy); at == 0)
            reason.erase(0, copy.size() + 2);  // "…: " people know the file by its name
        return Error{"unable to load plugin " + file + ": " + reason};
    }
    const auto given = entry_table(file, library);
    leave_if_forked(log, file.c_str(), "its entry");
    if (!given) return given.error();
    if (const auto why = sdk::refusal_of_table(**given)) return Error{"unable to load plugin " + file + ": " + *why};
    const hbnb_plugin table = sdk::known_part(**given);
    const hbnb_process *process = sdk::process_of(table);
    if (const auto why = sdk::refusal_of_process(process)) return Error{"unable to load plugin " + file + ": " + *why};

    wire::ServedPlugin served;
    served.name = table.name;
    served.version = table.version;
    served.mount = plugin.mount.empty() ? table.default_mount : plugin.mount;
    served.file = file;
    served.hash = plugin.hash;
    if (!sdk::mount_problem(served.mount).empty())
        return Error{"unable to load plugin " + file + ": " + sdk::refusal_of_mount(served.mount)};
    auto host = std::make_unique<PluginHost>(setup, plugin, log);
    host->set_name(served.name);
    leave_if_forked(log, served.name.c_str(), "extension");
    return std::unique_ptr<Plugin>(new Plugin(table, process, std::move(served), plugin.config, std::move(host), log));
}

Plugin::Plugin(const hbnb_plugin &table, const hbnb_process *process, wire::ServedPlugin served, std::string config,
               std::unique_ptr<PluginHost> host, const ErrorLog &log)
    : table_(table),
      served_(std::move(served)),
      prefix_(served_.mount == "/" ? "" : served_.mount),
      config_(std::move(config)),
      host_(std::move(host)),
      process_(process),
      log_(log) {}

Error Plugin::failure(const char *verb, hbnb_status status) {
    const std::string reason = host_->take_error();
    return Error{std::string("unable to ") + verb + " plugin " + served_.file + " (" + served_.name +
                 "): " + (reason.empty() ? "it returned " + std::to_string(status) + " without a reason" : reason)};
}

Result<void> Plugin::load() {
    const hbnb_status status = table_.load(host_->table(), {config_.data(), config_.size()}, &state_);
    leave_if_forked(log_, table_.name, "load");
    if (status != HBNB_OK) return failure("load", status);
    return {};
}

Result<void> Plugin::start() {
    const hbnb_status status = process_ == nullptr ? HBNB_OK : process_->start(state_);
    leave_if_forked(log_, table_.name, "start");
    if (status != HBNB_OK) return failure("start", status);
    is_started_ = true;
    return {};
}

void Plugin::stop() {
    if (is_started_ && process_ != nullptr) process_->stop(state_);
    leave_if_forked(log_, table_.name, "stop");
    is_started_ = false;
}

Result<void *> Plugin::create() {
    void *instance = nullptr;
    const hbnb_status status = table_.create(state_, &instance);
    leave_if_forked(log_, table_.name, "create");
    if (status != HBNB_OK) return failure("create an instance of", status);
    return instance;
}

void Plugin::destroy(void *instance) const {
    table_.destroy(instance);
    leave_if_forked(log_, table_.name, "destroy");
}

void Plugin::unload() const {
    table_.unload(state_);
    leave_if_forked(log_, table_.name, "unload");
}

}  // namespace hbnb::worker
