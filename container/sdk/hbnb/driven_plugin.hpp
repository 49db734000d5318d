// A plugin driven through its table as a worker drives it: checked, loaded, started (hbnb.process/1), one instance
// made; ended in the opposite order.
// Calls come from whatever thread the test calls on, one at a time.
#pragma once

#include <hbnb/handler.h>
#include <hbnb/fake_exchange.hpp>
#include <hbnb/fake_host.hpp>
#include <hbnb/refusals.hpp>
#include <hbnb/text.hpp>

#include <optional>
#include <string>
#include <utility>

namespace hbnb::testing {

class DrivenPlugin {
  public:
    using Entry = const hbnb_plugin *(std::uint32_t, std::uint32_t);

    // config: what the plugin's `config:` part would be, as JSON text. host: one of the test's own, which outlives
    // this.
    explicit DrivenPlugin(Entry *entry, std::string config = "{}", FakeHost *host = nullptr)
        : DrivenPlugin(entry(HBNB_ABI_MAJOR, HBNB_ABI_MINOR), std::move(config), host) {}
    explicit DrivenPlugin(const hbnb_plugin &given, std::string config = "{}", FakeHost *host = nullptr)
        : DrivenPlugin(&given, std::move(config), host) {}
    ~DrivenPlugin() { end(); }
    DrivenPlugin(const DrivenPlugin &) = delete;
    DrivenPlugin &operator=(const DrivenPlugin &) = delete;

    // Why a container would not take this plugin, or what load, start or create said (the sentence's end, behind
    // "unable to … plugin FILE: "); empty: it serves. A plugin that is refused answers every request with HBNB_FAILED.
    const std::string &refusal() const { return refusal_; }
    bool serves() const { return create_status_ == HBNB_OK; }
    hbnb_status load_status() const { return load_status_; }      // HBNB_FAILED where it was not called
    hbnb_status start_status() const { return start_status_; }    // likewise; HBNB_OK where the plugin has no start
    hbnb_status create_status() const { return create_status_; }  // likewise
    FakeHost &host() { return *host_; }
    const hbnb_plugin &table() const { return table_; }

    hbnb_status handle(FakeExchange &exchange);

    // destroy, stop and unload; what the destructor does otherwise.
    void end() {
        if (std::exchange(create_status_, HBNB_FAILED) == HBNB_OK) table_.destroy(instance_);
        if (std::exchange(start_status_, HBNB_FAILED) == HBNB_OK && process_ != nullptr) process_->stop(state_);
        if (std::exchange(load_status_, HBNB_FAILED) == HBNB_OK) table_.unload(state_);
    }

  private:
    DrivenPlugin(const hbnb_plugin *given, std::string config, FakeHost *host);
    void start();
    bool has_succeeded(hbnb_status status);
    std::string reason(hbnb_status status) const;

    FakeHost own_host_;
    FakeHost *host_;
    std::string config_, refusal_;
    hbnb_plugin table_{};
    void *state_ = nullptr, *instance_ = nullptr;
    const hbnb_process *process_ = nullptr;
    hbnb_status load_status_ = HBNB_FAILED, start_status_ = HBNB_FAILED, create_status_ = HBNB_FAILED;
};

inline DrivenPlugin::DrivenPlugin(const hbnb_plugin *given, std::string config, FakeHost *host)
    : host_(host == nullptr ? &own_host_ : host), config_(std::move(config)) {
    if (given == nullptr) {
        refusal_ = sdk::refusal_by_entry();
    } else if (const auto why = sdk::refusal_of_table(*given)) {
        refusal_ = *why;
    } else {
        table_ = sdk::known_part(*given);
        if (!sdk::mount_problem(table_.default_mount).empty()) refusal_ = sdk::refusal_of_mount(table_.default_mount);
    }
    if (refusal_.empty()) start();
}

inline void DrivenPlugin::start() {
    process_ = sdk::process_of(table_);
    if (const auto why = sdk::refusal_of_process(process_)) {
        refusal_ = *why;
        return;
    }
    load_status_ = table_.load(host_->get(), sdk::to_text(config_), &state_);
    if (!has_succeeded(load_status_)) return;
    start_status_ = process_ == nullptr ? HBNB_OK : process_->start(state_);
    if (!has_succeeded(start_status_)) return;
    create_status_ = table_.create(state_, &instance_);
    has_succeeded(create_status_);
}

inline bool DrivenPlugin::has_succeeded(hbnb_status status) {
    if (status != HBNB_OK) refusal_ = reason(status);
    return status == HBNB_OK;
}

inline std::string DrivenPlugin::reason(hbnb_status status) const {
    const std::string said = host_->error();
    return said.empty() ? "it returned " + std::to_string(status) + " without a reason" : said;
}

inline hbnb_status DrivenPlugin::handle(FakeExchange &exchange) {
    host_->forget_error();
    return exchange.during([&] { return serves() ? table_.handle(instance_, exchange.get()) : HBNB_FAILED; });
}

}  // namespace hbnb::testing
