// The table of settings: every key once, with its type, range, help and the member of Config it sets. The loader, its
// sentences, --print-config, the reference page and the JSON Schema all come from it: a new key is one row here and one
// member, wherever it acts (config.hpp, pool/settings.hpp, wire/worker_settings.hpp). A default stands once too: it is
// what a default-constructed Config holds.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/settings/config.hpp"

namespace hbnb::config {

// How a value is written in YAML; value.hpp reads and writes each.
enum class Type {
    flag,        // true or false
    count,       // a whole number
    percent,     // 10%
    size,        // bytes: 64KiB
    duration,    // 30s
    mode,        // "0660"
    account,     // user or group, name or number
    path,        // of a file or directory; a relative one starts at the YAML file's directory
    socket,      // a path that fits a Unix socket's address
    error_log,   // stderr or a path
    access_log,  // off or a path
    choice,      // one of some words
    address,     // 127.0.0.1:9000 or [::1]:9000
    uids,        // [0, 33]
    peers,       // [10.0.0.5, "::1"]
    words,       // [valgrind, -q]: a program and its arguments
    plugin,      // file name in handlers.directory, or a path
    subtree,     // a mapping handed on as it is
    pools,       // a mapping from name to rows of Scope::pool
    listeners,   // a list of rows of Scope::unix_listener or Scope::tcp_listener
    mounts,      // a mapping from path to rows of Scope::mount
};

// What a row belongs to: there is one root, but there are many pools, listeners and mounts.
enum class Scope { root, pool, unix_listener, tcp_listener, mount };

// Durations in nanoseconds, sizes in bytes, both ends included.
struct Range {
    std::uint64_t min = 0;
    std::uint64_t max = 0;
    std::string_view zero = {};  // what 0 means where it is allowed outside min..max
};

// A value between YAML and Config.
using Value =
    std::variant<bool, std::uint64_t, Duration, std::string, std::vector<std::uint32_t>, std::vector<std::string>>;

// The object of a row's scope.
using Owner = std::variant<Config *, Pool *, UnixListener *, TcpListener *, Plugin *>;

// How a row reaches its member; both null for pools, listeners and mounts, which are read row by row.
struct Access {
    void (*store)(const Owner &, const Value &) = nullptr;
    Value (*show)(const Owner &) = nullptr;
};

struct Setting {
    Scope scope = Scope::root;
    std::string_view key;  // within the scope: "workers.min"
    Type type = Type::flag;
    Range range = {};
    std::span<const std::string_view> choices = {};
    bool is_required = false;
    bool may_be_empty = false;    // "" is allowed, and the default
    std::string_view unset = {};  // what it means to leave the key out, where no value says it
    Access access = {};
    std::string_view help;          // one sentence without full stop
    std::string_view example = {};  // for the reference page, where there is no default
};

std::span<const Setting> settings();                             // in the order of the reference page
const Setting *find_setting(Scope scope, std::string_view key);  // null: no such row

// The next words below a section of a scope: keys_below(Scope::pool, "workers") is min, max, spare, threads.
std::vector<std::string> keys_below(Scope scope, std::string_view section);
bool is_section(Scope scope, std::string_view key);  // some row's key goes on below it

std::string_view scope_pattern(Scope scope);  // "", "pools.<name>", "pools.<name>.listen[]" ...
std::string pattern(const Setting &setting);  // "pools.<name>.workers.min"

Value default_value(const Setting &setting);  // what a default-constructed owner holds

}  // namespace hbnb::config
