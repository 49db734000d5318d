#include "settings/plugin_config.hpp"

#include <hbnb/nearest.hpp>

#include <algorithm>
#include <charconv>
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

// A value for a sentence.
std::string shown(const Json &value) {
    constexpr std::size_t kMost = 300;
    std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
    if (text.size() > kMost) text.replace(kMost, std::string::npos, "...");
    return text;
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

constexpr std::size_t kOriginsMax = 32;
constexpr std::size_t kOriginBytesMax = 255;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_host(std::string_view host) {
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-' || c == '.';
    };
    if (host == "*") return true;
    if (host.starts_with("*.")) host.remove_prefix(2);
    const bool has_edge = host.starts_with('.') || host.ends_with('.') || host.find("..") != std::string_view::npos;
    return !host.empty() && !has_edge && std::all_of(host.begin(), host.end(), is_plain);
}

bool is_port(std::string_view port) {
    constexpr int kPortMax = 65535;
    int number = 0;
    const auto [rest, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    const bool is_number = error == std::errc() && rest == port.data() + port.size() && is_digit(port.front());
    return port == "*" || (is_number && number >= 1 && number <= kPortMax);
}

// As the header Content-Security-Policy takes it: it goes there as it is.
bool is_origin(std::string_view text) {
    if (text.size() > kOriginBytesMax) return false;
    const std::size_t scheme = text.starts_with("http://") ? 7 : text.starts_with("https://") ? 8 : 0;
    if (scheme == 0) return false;
    text.remove_prefix(scheme);
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return is_host(text);
    return is_host(text.substr(0, colon)) && is_port(text.substr(colon + 1));
}

Checked<std::vector<std::string>> read_origins(const Json &config) {
    std::vector<std::string> origins;
    const auto found = config.find("api_origins");
    if (found == config.end()) return origins;
    if (!found->is_array() || found->size() > kOriginsMax) {
        return refusal("key api_origins must be a list of at most " + std::to_string(kOriginsMax) +
                       " origins such as http://localhost:5001, found " + shown(*found));
    }
    for (const Json &one : *found) {
        if (!one.is_string() || !is_origin(one.get_ref<const std::string &>())) {
            return refusal("key api_origins[" + std::to_string(origins.size()) +
                           "] must be http:// or https://, a host name or IPv4 address (or *), and perhaps a port (or "
                           ":*), such as http://localhost:5001, without a path or a slash behind it; found " +
                           shown(one));
        }
        origins.push_back(one.get<std::string>());
    }
    return origins;
}

Checked<void> check_keys(const Json &config, Keys known) {
    for (const auto &[key, value] : config.items()) {
        if (std::find(known.begin(), known.end(), key) == known.end()) {
            const std::vector<std::string> words(known.begin(), known.end());
            return refusal("key " + key + " is unknown; known: " + list_of(known) +
                           sdk::did_you_mean(sdk::nearest(key, words)));
        }
        if (key == "connections" || key == "api_origins") continue;
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
    Checked<std::vector<std::string>> origins = read_origins(config);
    if (!origins) return origins.error();
    return PluginConfig{*database, *connections, config.value("templates", ""), std::move(*origins)};
}

}  // namespace hbnb
