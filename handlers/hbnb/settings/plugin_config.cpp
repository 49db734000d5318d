#include "settings/plugin_config.hpp"

#include <hbnb/nearest.hpp>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace hbnb {

namespace {

using Json = nlohmann::json;
using Keys = std::initializer_list<std::string_view>;

Refusal refusal(const std::string &reason) { return {"unable to read config: " + reason}; }

std::string list_of(Keys keys) {
    std::string list;
    for (const std::string_view key : keys) list.append(list.empty() ? "" : ", ").append(key);
    return list;
}

constexpr std::size_t kConnectionsMax = 1000;

Checked<std::size_t> read_connections(const Json &config) {
    const auto found = config.find("connections");
    if (found == config.end()) return std::size_t{0};
    const auto number = found->is_number_integer() ? found->get<std::int64_t>() : 0;
    if (number < 1 || number > static_cast<std::int64_t>(kConnectionsMax)) {
        return refusal("key connections must be a number from 1 to " + std::to_string(kConnectionsMax) + ", found " +
                       found->dump());
    }
    return static_cast<std::size_t>(number);
}

Checked<void> check_keys(const Json &config, Keys known) {
    for (const auto &[key, value] : config.items()) {
        if (std::find(known.begin(), known.end(), key) == known.end()) {
            const std::vector<std::string> words(known.begin(), known.end());
            return refusal("key " + key + " is unknown; known: " + list_of(known) +
                           sdk::did_you_mean(sdk::nearest(key, words)));
        }
        if (key == "connections") continue;
        if (!value.is_string()) return refusal("key " + key + " must be a string, found " + value.dump());
        if (value.get_ref<const std::string &>().empty()) return refusal("key " + key + " is empty");
    }
    return {};
}

}  // namespace

Checked<PluginConfig> parse_plugin_config(std::string_view json, Keys known_keys) {
    const Json config = Json::parse(json, nullptr, false);
    if (!config.is_object()) return refusal("no JSON object");
    if (Checked<void> checked = check_keys(config, known_keys); !checked) return checked.error();
    if (!config.contains("database")) {
        return refusal("key database is missing; it names the data, such as sqlite:///var/lib/hbnb/hbnb.db");
    }
    Checked<DatabaseUrl> database = parse_database_url(config["database"].get_ref<const std::string &>());
    if (!database) return database.error();
    const Checked<std::size_t> connections = read_connections(config);
    if (!connections) return connections.error();
    return PluginConfig{*database, *connections, config.value("templates", "")};
}

}  // namespace hbnb
