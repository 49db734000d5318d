// One configuration file, parsed once per generation, in the manager, into this immutable value. Only config/ knows
// YAML. Every key, its type, range and help stands once, in settings.cpp's table; its default stands here. All paths
// are absolute.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/moment.hpp"

namespace hbnb::config {

struct UnixListener {
    std::string path;   // fits sun_path
    std::string owner;  // empty: left as created
    std::string group;  // empty: left as created
    std::uint32_t mode = 0660;
    int backlog = 4096;
    bool any_peer = true;  // no allow_uids key: whoever the file mode lets in
    std::vector<std::uint32_t> allow_uids;
    bool operator==(const UnixListener &) const = default;
};

struct TcpListener {
    std::string address;  // "127.0.0.1" or "::1"; others only with allow_remote
    std::uint16_t port = 0;
    int backlog = 4096;
    bool allow_remote = false;
    bool dual_stack = false;         // "::" alone: takes IPv4 too
    std::vector<std::string> allow;  // peers' addresses, an IPv4 one as IPv4; empty: loopback only
    bool operator==(const TcpListener &) const = default;
};

std::string address_text(const TcpListener &listener);  // "127.0.0.1:9000", "[::1]:9000"

using Listener = std::variant<UnixListener, TcpListener>;

struct Workers {
    unsigned min = 2, max = 16, spare = 1, threads = 1;  // 1 <= min <= max, spare <= max * threads
    bool debuggable = false;                             // processes of the same user may look into a worker
    bool operator==(const Workers &) const = default;
};

struct Scaling {
    Duration shrink_after = std::chrono::seconds(30);
    bool operator==(const Scaling &) const = default;
};

struct Waiting {
    unsigned length_max = 1024;                  // requests in the waiting room; 0: there is none
    Duration age_max = std::chrono::seconds(5);  // of a waiting request: beyond it the pool is overloaded
    bool operator==(const Waiting &) const = default;
};

struct Retire {
    std::uint64_t requests = 0;    // 0: never
    unsigned jitter_percent = 10;  // of requests and age
    Duration age{0};               // 0: never
    std::uint64_t memory = 0;      // resident bytes; 0: never
    bool operator==(const Retire &) const = default;
};

struct Timeouts {
    Duration start = std::chrono::seconds(10), request = std::chrono::seconds(30), drain = std::chrono::seconds(30),
             read = std::chrono::seconds(10), write = std::chrono::seconds(30), idle = std::chrono::seconds(75);
    bool operator==(const Timeouts &) const = default;
};

struct Limits {
    std::uint64_t params = 64 << 10, body = 16 << 20;
    unsigned connections = 1024;
    std::uint64_t memory = std::uint64_t{4} << 30;  // of a worker's own; 0: as much as there is
    std::uint64_t response_head = 15 << 10;
    std::uint64_t core = 0;  // bytes of a worker's core file; 0: none. Above 0 its workers are debuggable
    bool operator==(const Limits &) const = default;
};

struct Plugin {
    std::string file;                         // absolute; a relative name is looked up in handlers.directory
    std::string mount;                        // empty: the plugin's default mount (a drop-in)
    std::string config = "{}";                // the `config:` subtree as JSON text
    std::optional<Duration> timeout_request;  // nullopt: the pool's
    std::string where;                        // of its `plugin` key: "hbnb.yaml:31:9" or "--set KEY", for messages
    bool operator==(const Plugin &) const = default;
};

struct Pool {
    std::string name;
    std::vector<Listener> listen;
    Workers workers;
    Scaling scaling;
    Waiting waiting;
    Retire retire;
    Timeouts timeouts;
    Limits limits;
    std::string handlers_directory;  // empty: none. Every *.so in it that no mount names is a drop-in; read by the
                                     // manager once a generation, so not listed in plugins
    std::vector<Plugin> plugins;     // those that mounts name, in the file's order
    bool operator==(const Pool &) const = default;
};

struct Log {
    LogLevel level = LogLevel::info;
    std::string error = "stderr";  // or an absolute path
    std::string access;            // absolute path; empty: off. Combined format
    bool operator==(const Log &) const = default;
};

struct Config {
    std::string file;                         // as given on the command line
    std::string user, group;                  // empty: stay who we are
    std::string control;                      // path of the control socket; empty: none
    std::vector<std::uint32_t> control_uids;  // may change the container over it, beside root
    Log log;
    std::vector<Pool> pools;  // at least one, names unique
    bool operator==(const Config &) const = default;
};

// "pools.hbnb.workers.max=8": sets or adds one key before checking, as if it stood in the file. Items of lists are
// "listen[0]"; a mount, which may contain dots, goes on to the next ".plugin", ".config" or ".timeouts":
// "pools.hbnb.handlers.mounts./api/v1.config.database=sqlite:///tmp/x.db". The last one of several for a key counts.
struct Override {
    std::string key;
    std::string value;  // YAML text
};
Result<Override> parse_override(
    const std::string &text);  // says only whether KEY=VALUE is well-formed; load() checks the rest

// Every problem found, each a sentence "file:line:column: key: found …; allowed …; did you mean …?", in the file's
// order; overrides ("--set KEY: …") follow. What cannot be read or parsed at all comes alone. At most 100, then how
// many more.
struct Problems {
    std::vector<std::string> sentences;
};
using Loaded = std::variant<Config, Problems>;

// Reads and checks the file; starts nothing, changes nothing. What it says of other files (plugins) is only that paths
// are well-formed: whether they exist and are safe is the manager's to see when it copies them.
Loaded load(const std::string &file, const std::vector<Override> &overrides);

// What may be meant and seldom is, each a sentence: a timeouts.drain shorter than timeouts.request.
std::vector<std::string> warnings(const Config &config);

// What is in force, as YAML with every key; load() of it gives the same but for `file` and `where`, except that
// passwords in URLs are "***".
std::string print_config(const Config &config);

}  // namespace hbnb::config
