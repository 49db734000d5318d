#include "config/settings/loader.hpp"

#include <hbnb/mount.hpp>
#include <hbnb/nearest.hpp>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <system_error>
#include <utility>

#include "config/language/limits.hpp"
#include "config/language/subtree.hpp"
#include "config/settings/value.hpp"

namespace hbnb::config {

namespace {

std::string directory_of(const std::string &file) {
    std::error_code error;
    const auto absolute = std::filesystem::absolute(file, error);
    return error ? std::string("/") : absolute.parent_path().string();
}

bool is_file(Type type) {
    return type == Type::path || type == Type::socket || type == Type::error_log || type == Type::access_log;
}

bool stays_as_written(Type type, const std::string &text) {
    return text.empty() || (type == Type::error_log && text == "stderr") || (type == Type::access_log && text == "off");
}

bool is_pool_name(std::string_view name) {
    const auto fits = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-'; };
    return !name.empty() && name.size() <= kPoolNameMax && name.front() != '-' &&
           std::all_of(name.begin(), name.end(), fits);
}

std::string list_of(const std::vector<std::string> &words) {
    std::string list;
    for (const auto &word : words) list += (list.empty() ? "" : ", ") + word;
    return list;
}

// A key of ours with this last word, but elsewhere: people forget the section. The own scope's come first.
std::string elsewhere(Scope scope, std::string_view word) {
    std::string other;
    for (const Setting &row : settings()) {
        if (row.key.substr(row.key.rfind('.') + 1) != word) continue;
        if (row.scope == scope) return pattern(row);
        if (other.empty()) other = pattern(row);
    }
    return other;
}

}  // namespace

Loader::Loader(std::string file, Findings &findings)
    : file_(std::move(file)), directory_(directory_of(file_)), findings_(findings) {}

Config Loader::read(const Node &root) {
    Config config;
    config.file = file_;
    if (root.kind == Node::Kind::nothing)
        findings_.add({}, {}, "found nothing; allowed a mapping of " + list_of(keys_below(Scope::root, "")));
    else
        read_scope({Scope::root, &config, ""}, root);
    return config;
}

void Loader::read_scope(const Visit &visit, const Node &node) {
    read_section(visit, "", node);
    if (node.kind == Node::Kind::mapping || node.kind == Node::Kind::nothing) require(visit, node);
}

// A section without keys (all of them commented out) is like no section.
void Loader::read_section(const Visit &visit, const std::string &section, const Node &node) {
    if (node.kind == Node::Kind::nothing) return;
    if (node.kind != Node::Kind::mapping) {
        findings_.add(
            node.place, section.empty() ? visit.key : join_key(visit.key, section),
            "found " + found_text(node) + "; allowed a mapping of " + list_of(keys_below(visit.scope, section)));
        return;
    }
    for (const Entry &entry : node.entries) read_entry(visit, section, entry);
}

void Loader::read_entry(const Visit &visit, const std::string &section, const Entry &entry) {
    const auto known = keys_below(visit.scope, section);
    if (std::find(known.begin(), known.end(), entry.key) == known.end()) return unknown_key(visit, section, entry);
    const std::string key = join_key(section, entry.key);
    const std::string full = join_key(visit.key, key);
    places_.remember(full, entry.value.kind == Node::Kind::nothing ? entry.place : entry.value.place);
    const Setting *setting = find_setting(visit.scope, key);
    if (setting && !(is_section(visit.scope, key) && entry.value.kind == Node::Kind::mapping))
        return read_setting(visit, *setting, entry.value);
    read_section(visit, key, entry.value);
    if (key == "log.access" && !places_.has("log.access.path"))
        findings_.add(entry.value.place, "log.access.path",
                      "missing; allowed " + allowed_text(*find_setting(Scope::root, "log.access.path")));
}

void Loader::read_setting(const Visit &visit, const Setting &setting, const Node &node) {
    const std::string key = join_key(visit.key, setting.key);
    switch (setting.type) {
        case Type::pools: return read_pools(*std::get<Config *>(visit.owner), setting, node);
        case Type::listeners: return read_listeners(*std::get<Pool *>(visit.owner), key, setting, node);
        case Type::mounts: return read_mounts(*std::get<Pool *>(visit.owner), key, setting, node);
        case Type::subtree: return read_subtree(visit, setting, node);
        default: return read_scalar(visit, setting, node);
    }
}

void Loader::read_scalar(const Visit &visit, const Setting &setting, const Node &node) {
    const std::string key = join_key(visit.key, setting.key);
    auto value = read_value(setting, node);
    if (!value) return findings_.add(node.place, key, value.error().message);
    if (auto *text = std::get_if<std::string>(&*value);
        text && is_file(setting.type) && !stays_as_written(setting.type, *text)) {
        *text = resolved(*text);
        if (setting.type == Type::socket && text->size() > kSocketPathMax)
            return findings_.add(node.place, key,
                                 "found a path of " + std::to_string(text->size()) + " bytes, " + in_quotes(*text) +
                                     "; allowed at most " + std::to_string(kSocketPathMax) +
                                     " (the address of a Unix socket holds 108 with its closing NUL)");
    }
    setting.access.store(visit.owner, *value);
}

void Loader::read_subtree(const Visit &visit, const Setting &setting, const Node &node) {
    const std::string key = join_key(visit.key, setting.key);
    if (node.kind == Node::Kind::nothing) return;
    if (node.kind != Node::Kind::mapping)
        return findings_.add(node.place, key, "found " + found_text(node) + "; allowed " + allowed_text(setting));
    setting.access.store(visit.owner, to_json(node, key, findings_).dump());
}

void Loader::read_pools(Config &config, const Setting &setting, const Node &node) {
    if (node.kind != Node::Kind::mapping || node.entries.empty()) {
        const std::string found = node.kind == Node::Kind::mapping ? "no pool" : found_text(node);
        return findings_.add(node.place, "pools",
                             "found " + found + "; allowed " + allowed_text(setting) + ", at least one");
    }
    for (const auto &[name, place, value] : node.entries) {
        const std::string key = join_key("pools", name);
        if (!is_pool_name(name)) {
            findings_.add(place, key,
                          "found the pool name " + in_quotes(name) + "; allowed 1 to " + std::to_string(kPoolNameMax) +
                              " letters, digits, '_' and '-', not a '-' first");
            continue;
        }
        if (!value.place.set.empty() && !value.find("listen")) {
            unknown_pool(name, value.place, node);
            continue;
        }
        places_.remember(key, place);
        Pool pool;
        pool.name = name;
        read_scope({Scope::pool, &pool, key}, value);
        find_plugin_files(pool, key);
        config.pools.push_back(std::move(pool));
    }
}

// An override of a pool that the file does not have would make one without sockets: it is a misspelt name.
void Loader::unknown_pool(const std::string &name, const Place &place, const Node &pools) {
    std::vector<std::string> names;
    for (const Entry &entry : pools.entries)
        if (entry.value.place.set.empty()) names.push_back(entry.key);
    findings_.add(place, join_key("pools", name),
                  "there is no such pool in " + file_ + (names.empty() ? "" : "; allowed " + list_of(names)) +
                      sdk::did_you_mean(sdk::nearest(name, names)));
}

void Loader::read_listeners(Pool &pool, const std::string &key, const Setting &setting, const Node &node) {
    if (node.kind != Node::Kind::list || node.items.empty()) {
        const std::string found = node.kind == Node::Kind::list ? "an empty list" : found_text(node);
        return findings_.add(node.place, key,
                             "found " + found + "; allowed " + allowed_text(setting) + ", at least one");
    }
    if (node.items.size() > kListMax)
        return findings_.add(
            node.place, key,
            "found " + std::to_string(node.items.size()) + " listeners; allowed at most " + std::to_string(kListMax));
    for (std::size_t i = 0; i < node.items.size(); ++i) read_listener(pool, join_index(key, i), node.items[i]);
}

void Loader::read_listener(Pool &pool, const std::string &key, const Node &item) {
    places_.remember(key, item.place);
    const bool is_unix = item.find("unix") != nullptr, is_tcp = item.find("tcp") != nullptr;
    if (is_unix && is_tcp) return findings_.add(item.place, key, "found both unix and tcp; allowed one of them");
    if (is_unix) {
        read_scope({Scope::unix_listener, &std::get<UnixListener>(pool.listen.emplace_back(UnixListener{})), key},
                   item);
    } else if (is_tcp) {
        read_scope({Scope::tcp_listener, &std::get<TcpListener>(pool.listen.emplace_back(TcpListener{})), key}, item);
    } else if (item.kind != Node::Kind::mapping) {
        findings_.add(item.place, key,
                      "found " + found_text(item) + "; allowed { unix: PATH } or { tcp: ADDRESS:PORT }");
    } else {
        std::string meant;
        for (const Entry &entry : item.entries)
            if (meant.empty()) meant = sdk::nearest(entry.key, {"unix", "tcp"});
        findings_.add(
            item.place, key,
            "found neither unix nor tcp; allowed { unix: PATH } or { tcp: ADDRESS:PORT }" + sdk::did_you_mean(meant));
    }
}

void Loader::read_mounts(Pool &pool, const std::string &key, const Setting &setting, const Node &node) {
    if (node.kind == Node::Kind::nothing) return;
    if (node.kind != Node::Kind::mapping)
        return findings_.add(node.place, key, "found " + found_text(node) + "; allowed " + allowed_text(setting));
    for (const auto &[mount, place, value] : node.entries) {
        const std::string mount_key = join_key(key, mount);
        places_.remember(mount_key, place);
        if (const std::string problem = sdk::mount_problem(mount); !problem.empty()) {
            findings_.add(
                place, key,
                "found the mount " + in_quotes(mount) + ": " + problem + "; allowed a path such as / or /api/v1");
            continue;
        }
        Plugin plugin;
        plugin.mount = mount;
        read_scope({Scope::mount, &plugin, mount_key}, value);
        plugin.where = place_text(file_, places_.of(mount_key + ".plugin"));
        pool.plugins.push_back(std::move(plugin));
    }
}

void Loader::require(const Visit &visit, const Node &node) {
    for (const Setting &row : settings()) {
        const std::string key = join_key(visit.key, row.key);
        if (row.scope != visit.scope || !row.is_required || places_.has(key)) continue;
        const Place place = visit.key.empty() ? node.place : places_.of(visit.key);
        findings_.add(place, key, "missing; allowed " + allowed_text(row));
    }
}

void Loader::unknown_key(const Visit &visit, const std::string &section, const Entry &entry) {
    const auto known = keys_below(visit.scope, section);
    std::string meant = sdk::nearest(entry.key, known);
    if (meant.empty()) meant = elsewhere(visit.scope, entry.key);
    const std::string key = join_key(section.empty() ? visit.key : join_key(visit.key, section), entry.key);
    findings_.add(entry.place, key, "unknown key; allowed " + list_of(known) + sdk::did_you_mean(meant));
}

// The directory may stand behind the mounts in the file: so this waits until the pool is read.
void Loader::find_plugin_files(Pool &pool, const std::string &key) {
    for (Plugin &plugin : pool.plugins) {
        if (plugin.file.empty()) continue;  // a finding already
        const std::string plugin_key = key + ".handlers.mounts." + plugin.mount + ".plugin";
        if (plugin.file.find('/') != std::string::npos)
            plugin.file = resolved(plugin.file);
        else if (!pool.handlers_directory.empty())
            plugin.file = pool.handlers_directory + "/" + plugin.file;
        else if (!findings_.is_about(key + ".handlers.directory"))
            findings_.add(places_.of(plugin_key), plugin_key,
                          "found " + in_quotes(plugin.file) +
                              ", a name without a slash, and no handlers.directory to look it up in; "
                              "set that, or write a path such as ./" +
                              plugin.file);
    }
}

std::string Loader::resolved(const std::string &path) const {
    std::string normal = (std::filesystem::path(directory_) / path).lexically_normal().string();
    if (normal.size() > 1 && normal.ends_with('/')) normal.pop_back();
    return normal;
}

}  // namespace hbnb::config
