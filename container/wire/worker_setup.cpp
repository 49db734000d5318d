#include "wire/worker_setup.hpp"

#include <array>
#include <bit>
#include <nlohmann/json.hpp>

namespace hbnb {

// Times travel as whole nanoseconds.
NLOHMANN_JSON_SERIALIZE_ENUM(LogLevel, {{LogLevel::debug, "debug"},
                                        {LogLevel::info, "info"},
                                        {LogLevel::warning, "warning"},
                                        {LogLevel::error, "error"}})

}  // namespace hbnb

namespace nlohmann {
template <>
struct adl_serializer<hbnb::Duration> {
    static void to_json(json &out, const hbnb::Duration &value) { out = value.count(); }
    static void from_json(const json &in, hbnb::Duration &value) { value = hbnb::Duration(in.get<std::int64_t>()); }
};
template <>
struct adl_serializer<std::optional<hbnb::Duration>> {
    static void to_json(json &out, const std::optional<hbnb::Duration> &value) {
        out = value ? json(*value) : json(nullptr);
    }
    static void from_json(const json &in, std::optional<hbnb::Duration> &value) {
        if (!in.is_null()) value = in.get<hbnb::Duration>();
    }
};
}  // namespace nlohmann

namespace hbnb::wire {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PluginSetup, file, hash, mount, config, descriptor, timeout_request)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ListenerSetup, descriptor, name, any_uid, allowed_uids, allowed_addresses)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(HandOffSetup, waiting_in, waiting_out, idle_in, idle_out, board, age_max)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(WorkerSetup, pool, generation, worker, threads, purpose, by_file, log_level,
                                   log_ring, access_log, error_log, hand_off, listeners, plugins)

namespace {

using SettingsBytes = std::array<std::uint8_t, sizeof(WorkerSettings)>;  // a new setting needs no line here

}  // namespace

std::vector<int> WorkerSetup::descriptors() const {
    std::vector<int> all{log_ring,         hand_off.waiting_in, hand_off.waiting_out,
                         hand_off.idle_in, hand_off.idle_out,   hand_off.board};
    for (const auto &listener : listeners) all.push_back(listener.descriptor);
    for (const auto &plugin : plugins) all.push_back(plugin.descriptor);
    std::erase(all, -1);
    return all;
}

std::string encode(const WorkerSetup &setup) {
    nlohmann::json document = setup;
    document["version"] = kSetupVersion;
    document["settings"] = std::bit_cast<SettingsBytes>(static_cast<const WorkerSettings &>(setup));
    return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<WorkerSetup> decode_worker_setup(const std::string &json) {
    try {
        const auto document = nlohmann::json::parse(json);
        if (const int version = document.at("version"); version != kSetupVersion) {
            return Error{"unable to read the worker's setup: it has version " + std::to_string(version) +
                         ", this worker reads version " + std::to_string(kSetupVersion)};
        }
        auto setup = document.get<WorkerSetup>();
        static_cast<WorkerSettings &>(setup) =
            std::bit_cast<WorkerSettings>(document.at("settings").get<SettingsBytes>());
        return setup;
    } catch (const nlohmann::json::exception &error) {
        return Error{std::string("unable to read the worker's setup: ") + error.what()};
    }
}

}  // namespace hbnb::wire
