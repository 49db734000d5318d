// The `config:` part of the YAML that api.so and pages.so get, as JSON text.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "model/refusal.hpp"
#include "storage/database_url.hpp"

namespace hbnb {

struct PluginConfig {
    DatabaseUrl database;
    std::size_t connections = 0;             // of one worker to a server, at most; 0: one for each of its threads
    std::string templates;                   // a directory; "": the one beside the plugin
    std::vector<std::string> api_origins{};  // beside the page's own, those that its scripts may ask
};

// `database` must be there, whatever else is there must be one of the known keys; all values but `connections` and
// `api_origins` are strings.
Checked<PluginConfig> parse_plugin_config(std::string_view json, std::initializer_list<std::string_view> known_keys);

}  // namespace hbnb
