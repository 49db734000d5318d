#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <string>
#include <variant>

#include "config/settings/config.hpp"
#include "config/settings/settings.hpp"
#include "config/settings/value.hpp"

namespace hbnb::config {

namespace {

// A plugin's own settings: what a key is for is only known by its name. Prefers to hide too much.
bool is_secret(std::string key) {
    std::transform(key.begin(), key.end(), key.begin(), [](unsigned char c) { return std::tolower(c); });
    const auto has = [&](const char *word) { return key.find(word) != std::string::npos; };
    return has("passw") || has("passphrase") || has("secret") || has("token") || has("credential") ||
           key.ends_with("key");
}

// JSON is nearly YAML: in flow style, with a blank behind each colon, yaml-cpp reads it back as it was. hidden: a text
// in it is a secret.
std::string flow_text(const nlohmann::json &value, bool hidden = false) {
    std::string items;
    if (value.is_object()) {
        for (const auto &[key, item] : value.items())
            items += (items.empty() ? "" : ", ") +
                     yaml_string(key).append(": ").append(flow_text(item, hidden || is_secret(key)));
        return items.empty() ? "{}" : std::string("{ ").append(items).append(" }");
    }
    if (value.is_array()) {
        for (const auto &item : value) items += (items.empty() ? "" : ", ") + flow_text(item, hidden);
        return std::string("[").append(items).append("]");
    }
    if (value.is_string() && hidden) return yaml_string("***");
    return value.is_string() ? yaml_string(without_passwords(value.get<std::string>())) : value.dump();
}

// As a plain key this name would be nothing.
bool is_null(std::string_view name) { return name == "null" || name == "Null" || name == "NULL"; }

class Printer {
  public:
    std::string text() && { return std::move(text_); }

    void print(Config config) {
        print_rows(Scope::root, "", &config, 0);
        line(0, "pools:");
        for (Pool &pool : config.pools) print_pool(pool);
    }

  private:
    void line(int depth, const std::string &content) {
        text_.append(static_cast<std::size_t>(depth) * 2, ' ').append(content).append("\n");
    }

    void print_pool(Pool &pool) {
        line(1, (is_null(pool.name) ? yaml_string(pool.name) : pool.name) + ":");
        line(2, "listen:");
        for (Listener &listener : pool.listen) print_listener(listener);
        print_rows(Scope::pool, "", &pool, 2);
        // handlers is the last section: what follows is still in it.
        line(3, pool.plugins.empty() ? "mounts: {}" : "mounts:");
        for (Plugin &plugin : pool.plugins) {
            line(4, yaml_string(plugin.mount) + ":");
            print_rows(Scope::mount, "", &plugin, 5);
        }
    }

    void print_listener(Listener &listener) {
        const std::size_t begin = text_.size();
        if (auto *local = std::get_if<UnixListener>(&listener))
            print_rows(Scope::unix_listener, "", local, 4);
        else
            print_rows(Scope::tcp_listener, "", &std::get<TcpListener>(listener), 4);
        text_[begin + 6] = '-';  // the item's mark stands before its first key
    }

    void print_rows(Scope scope, const std::string &section, const Owner &owner, int depth) {
        for (const std::string &word : keys_below(scope, section)) {
            const std::string key = section.empty() ? word : section + "." + word;
            const Setting *row = find_setting(scope, key);
            if (row && !row->access.show && row->type != Type::subtree) continue;  // pools, listeners, mounts: not rows
            const bool has_rows = is_section(scope, key);
            const bool is_leaf = row && (!has_rows || value_of(*row, owner) == "off");
            if (is_leaf) {
                print_leaf(*row, word, owner, depth);
            } else if (has_rows) {
                line(depth, word + ":");
                print_rows(scope, key, owner, depth + 1);
            }
        }
    }

    void print_leaf(const Setting &row, const std::string &word, const Owner &owner, int depth) {
        const auto *const *local = std::get_if<UnixListener *>(&owner);
        if (row.type == Type::uids && local && (*local)->any_peer)
            return line(depth, "# allow_uids: not set, so whoever the file mode lets in");
        const auto *const *mounted = std::get_if<Plugin *>(&owner);
        if (row.type == Type::duration && mounted && !(*mounted)->timeout_request)
            return line(depth, "# request: not set, so the pool's timeouts.request");
        const std::string value = value_of(row, owner);
        const bool is_default = !row.is_required && value == default_text(row);
        line(depth, word + ": " + value + (is_default ? mark_of(row) : ""));
    }

    static std::string mark_of(const Setting &row) {
        return std::string("  # default").append(row.unset.empty() ? "" : ": ").append(row.unset);
    }

    static std::string value_of(const Setting &row, const Owner &owner) {
        const Value value = row.access.show(owner);
        if (row.type == Type::subtree) return flow_text(nlohmann::json::parse(std::get<std::string>(value)));
        return value_text(row, value);
    }

    std::string text_;
};

}  // namespace

std::string print_config(const Config &config) {
    Printer printer;
    printer.print(config);
    return std::move(printer).text();
}

}  // namespace hbnb::config
