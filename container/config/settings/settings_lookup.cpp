#include <algorithm>

#include "config/settings/settings.hpp"

namespace hbnb::config {

const Setting *find_setting(Scope scope, std::string_view key) {
    const auto rows = settings();
    const auto found = std::find_if(rows.begin(), rows.end(),
                                    [&](const Setting &row) { return row.scope == scope && row.key == key; });
    return found == rows.end() ? nullptr : &*found;
}

std::vector<std::string> keys_below(Scope scope, std::string_view section) {
    const std::string prefix = section.empty() ? "" : std::string(section) + ".";
    std::vector<std::string> keys;
    for (const Setting &row : settings()) {
        if (row.scope != scope || !row.key.starts_with(prefix)) continue;
        const std::string_view rest = row.key.substr(prefix.size());
        const std::string word(rest.substr(0, rest.find('.')));
        if (std::find(keys.begin(), keys.end(), word) == keys.end()) keys.push_back(word);
    }
    return keys;
}

bool is_section(Scope scope, std::string_view key) { return !keys_below(scope, key).empty(); }

std::string_view scope_pattern(Scope scope) {
    switch (scope) {
        case Scope::pool: return "pools.<name>";
        case Scope::unix_listener:
        case Scope::tcp_listener: return "pools.<name>.listen[]";
        case Scope::mount: return "pools.<name>.handlers.mounts.<path>";
        case Scope::root: break;
    }
    return "";
}

std::string pattern(const Setting &setting) {
    const std::string_view scope = scope_pattern(setting.scope);
    return std::string(scope) + (scope.empty() ? "" : ".") + std::string(setting.key);
}

Value default_value(const Setting &setting) {
    Config config;
    Pool pool;
    UnixListener unix_listener;
    TcpListener tcp_listener;
    Plugin plugin;
    switch (setting.scope) {
        case Scope::root: return setting.access.show(&config);
        case Scope::pool: return setting.access.show(&pool);
        case Scope::unix_listener: return setting.access.show(&unix_listener);
        case Scope::tcp_listener: return setting.access.show(&tcp_listener);
        case Scope::mount: break;
    }
    return setting.access.show(&plugin);
}

}  // namespace hbnb::config
