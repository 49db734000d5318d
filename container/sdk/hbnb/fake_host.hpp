// A host for tests: takes what a plugin says and tells it where it runs. What a plugin calls: any thread, as the real
// one. with_, without_ and loading_for: before a plugin has it.
#pragma once

#include <hbnb/handler.h>
#include <hbnb/text.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace hbnb::testing {

class FakeHost : private hbnb_host {
  public:
    static constexpr std::size_t kLineMax = 4 << 10;

    struct Line {
        hbnb_log_level level;
        std::string text;
    };

    FakeHost() : hbnb_host{sizeof(hbnb_host), HBNB_ABI_MAJOR, HBNB_ABI_MINOR, &take_line, &take_error, &find_service} {}
    FakeHost(const FakeHost &) = delete;
    FakeHost &operator=(const FakeHost &) = delete;

    // What service("hbnb.info/1") tells: worker 1 of generation 1 of the pool "test" with one thread, or what is said
    // here.
    FakeHost &with_info(const hbnb_info &info) { return info_ = info, *this; }
    FakeHost &loading_for(hbnb_purpose purpose) { return info_->purpose = purpose, *this; }
    FakeHost &without_info() { return info_.reset(), *this; }
    // Another named interface of the host. `given` outlives the plugin.
    FakeHost &with_service(std::string id, const void *given) { return services_[std::move(id)] = given, *this; }

    const hbnb_host *get() const { return this; }

    std::vector<Line> lines() const {
        const std::lock_guard lock(mutex_);
        return lines_;
    }
    // Whether a line holds `part`.
    bool has_line_with(std::string_view part) const {
        const auto all = lines();
        return std::any_of(all.begin(), all.end(),
                           [&](const Line &line) { return line.text.find(part) != line.text.npos; });
    }
    // What this thread's set_error said last; a plugin's other threads have theirs for themselves.
    std::string error() const {
        const std::lock_guard lock(mutex_);
        const auto found = errors_.find(std::this_thread::get_id());
        return found == errors_.end() ? std::string() : found->second;
    }
    void forget_error() {
        const std::lock_guard lock(mutex_);
        errors_.erase(std::this_thread::get_id());
    }

  private:
    // handler.h hands the host out as const: what a plugin says lands in mutable members.
    static const FakeHost &of(const hbnb_host *host) { return *static_cast<const FakeHost *>(host); }
    static void take_line(const hbnb_host *host, hbnb_log_level level, hbnb_text text) {
        const std::lock_guard lock(of(host).mutex_);
        of(host).lines_.push_back(
            {std::min<hbnb_log_level>(level, HBNB_LOG_ERROR), std::string(sdk::view(text).substr(0, kLineMax))});
    }
    static void take_error(const hbnb_host *host, hbnb_text text) {
        const std::lock_guard lock(of(host).mutex_);
        of(host).errors_[std::this_thread::get_id()] = sdk::view(text);
    }
    static const void *find_service(const hbnb_host *host, const char *id) {
        const FakeHost &self = of(host);
        if (id == nullptr) return nullptr;
        if (std::string_view(id) == HBNB_SERVICE_INFO) return self.info_ ? &*self.info_ : nullptr;
        const auto found = self.services_.find(id);
        return found == self.services_.end() ? nullptr : found->second;
    }

    std::optional<hbnb_info> info_ = hbnb_info{.struct_size = sizeof(hbnb_info),
                                               .worker = 1,
                                               .generation = 1,
                                               .pool = "test",
                                               .plugin_file = "test.so",
                                               .plugin_hash = "00",
                                               .threads = 1,
                                               .purpose = HBNB_PURPOSE_SERVE};
    std::map<std::string, const void *, std::less<>> services_;
    mutable std::mutex mutex_;
    mutable std::vector<Line> lines_;
    mutable std::map<std::thread::id, std::string> errors_;
};

}  // namespace hbnb::testing
