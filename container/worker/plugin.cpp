#include "worker/plugin.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cstring>

#include "worker/error_log.hpp"

namespace hbnb::worker {
namespace {

std::string_view view(hbnb_text text) {
    return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}

std::string abi_text(std::uint32_t major, std::uint32_t minor) {
    return std::to_string(major) + "." + std::to_string(minor);
}

bool is_plugin_name(std::string_view name) {
    const auto is_alnum = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    return !name.empty() && name.size() <= 63 && is_alnum(name[0]) &&
           std::all_of(name.begin(), name.end(), [&](char c) { return is_alnum(c) || c == '-' || c == '_'; });
}

bool is_printable(const char *text, size_t most) {
    const std::string_view all(text);
    return all.size() <= most && std::all_of(all.begin(), all.end(),
                                             [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
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
        return Error{"unable to load plugin " + file + ": it refuses this container's handler ABI " +
                     abi_text(HBNB_ABI_MAJOR, HBNB_ABI_MINOR)};
    }
    return table;
}

// The table may be shorter (older minor) or longer (newer) than ours: what it lacks stays null.
Result<hbnb_plugin> copy_table(const std::string &file, const hbnb_plugin *given) {
    constexpr size_t kLeast = offsetof(hbnb_plugin, extension);  // what ABI 1.0 cannot do without
    if (given->abi_major != HBNB_ABI_MAJOR) {
        return Error{"unable to load plugin " + file + ": it was built for handler ABI " +
                     abi_text(given->abi_major, given->abi_minor) + ", this container speaks " +
                     abi_text(HBNB_ABI_MAJOR, HBNB_ABI_MINOR)};
    }
    if (given->struct_size < kLeast) {
        return Error{"unable to load plugin " + file + ": its table has " + std::to_string(given->struct_size) +
                     " bytes, handler ABI " + abi_text(HBNB_ABI_MAJOR, HBNB_ABI_MINOR) + " needs " +
                     std::to_string(kLeast)};
    }
    hbnb_plugin table{};
    std::memcpy(&table, given, std::min<size_t>(given->struct_size, sizeof table));
    return table;
}

Result<void> check_table(const std::string &file, const hbnb_plugin &table) {
    const auto refuse = [&](const std::string &why) { return Error{"unable to load plugin " + file + ": " + why}; };
    if (table.name == nullptr || !is_plugin_name(table.name)) {
        return refuse("its name must be 1 to 63 characters of a-z, 0-9, '-' and '_'");
    }
    if (table.version == nullptr || !is_printable(table.version, 63)) {
        return refuse("its version must be at most 63 printable characters");
    }
    if (table.concurrency < HBNB_ONE_THREAD || table.concurrency > HBNB_SHARED_INSTANCE) {
        return refuse("its concurrency is " + std::to_string(table.concurrency) + ", known are 1, 2 and 3");
    }
    if (table.load == nullptr || table.create == nullptr || table.handle == nullptr || table.destroy == nullptr ||
        table.unload == nullptr) {
        return refuse("load, create, handle, destroy and unload must all be there");
    }
    if (table.default_mount == nullptr) return refuse("it has no default mount");
    return {};
}

bool is_mount(std::string_view mount) {
    if (mount == "/") return true;
    if (mount.size() < 2 || mount.size() > 255 || mount.front() != '/' || mount.back() == '/') return false;
    return mount.find("//") == std::string_view::npos && std::all_of(mount.begin(), mount.end(), [](char c) {
               return static_cast<unsigned char>(c) > 0x20 && c != 0x7f;
           });
}

}  // namespace

// ---- Plugin

Result<std::unique_ptr<Plugin>> Plugin::open(const wire::WorkerSetup &setup, const wire::PluginSetup &plugin,
                                             const ErrorLog &log) {
    const std::string &file = plugin.file;
    const std::string copy = "/proc/self/fd/" + std::to_string(plugin.descriptor);
    void *library = ::dlopen(copy.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        std::string reason = ::dlerror();
        if (const auto at = reason.find(copy); at == 0)
            reason.erase(0, copy.size() + 2);  // "…: " people know the file by its name
        return Error{"unable to load plugin " + file + ": " + reason};
    }
    const auto given = entry_table(file, library);
    if (!given) return given.error();
    const auto table = copy_table(file, *given);
    if (!table) return table.error();
    if (const auto checked = check_table(file, *table); !checked) return checked.error();

    wire::ServedPlugin served;
    served.name = table->name;
    served.version = table->version;
    served.mount = plugin.mount.empty() ? table->default_mount : plugin.mount;
    served.file = file;
    served.hash = plugin.hash;
    if (!is_mount(served.mount)) {
        return Error{"unable to load plugin " + file + ": its mount \"" + served.mount +
                     "\" must be \"/\" or begin with '/' and not end with one"};
    }
    auto host = std::make_unique<PluginHost>(setup, plugin, log);
    host->set_name(served.name);
    return std::unique_ptr<Plugin>(new Plugin(*table, std::move(served), plugin.config, std::move(host)));
}

Plugin::Plugin(const hbnb_plugin &table, wire::ServedPlugin served, std::string config,
               std::unique_ptr<PluginHost> host)
    : table_(table),
      served_(std::move(served)),
      prefix_(served_.mount == "/" ? "" : served_.mount),
      config_(std::move(config)),
      host_(std::move(host)) {}

Error Plugin::failure(const char *verb, hbnb_status status) {
    const std::string reason = host_->take_error();
    return Error{std::string("unable to ") + verb + " plugin " + served_.file + " (" + served_.name +
                 "): " + (reason.empty() ? "it returned " + std::to_string(status) + " without a reason" : reason)};
}

Result<void> Plugin::load() {
    const hbnb_status status = table_.load(host_->table(), {config_.data(), config_.size()}, &state_);
    if (status != HBNB_OK) return failure("load", status);
    return {};
}

Result<void *> Plugin::create() {
    void *instance = nullptr;
    const hbnb_status status = table_.create(state_, &instance);
    if (status != HBNB_OK) return failure("create an instance of", status);
    return instance;
}

void Plugin::destroy(void *instance) const { table_.destroy(instance); }

void Plugin::unload() const { table_.unload(state_); }

}  // namespace hbnb::worker
