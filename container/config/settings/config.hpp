// One configuration file, parsed once per generation, in the manager, into this immutable value. Only config/ knows
// YAML. Every key, its type, range and help stands once, in settings.cpp's table; its default stands with its member.
// All paths are absolute, but `file` and a wrapper's program that is looked up in PATH.
//
// What a pool's rules and its workers go by are structs of their own (pool/settings.hpp, wire/worker_settings.hpp),
// which the table fills: a new key is a row there and a member, wherever it acts. Their defaults stand with them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/moment.hpp"
#include "pool/settings.hpp"
#include "wire/worker_settings.hpp"

namespace hbnb::config {

struct UnixListener {
    std::string path;   // fits sun_path
    std::string owner;  // empty: left as created
    std::string group;  // empty: left as created
    std::uint32_t mode = 0660;
    int backlog = 4096;
    bool any_peer = true;  // no allow_uids key: each peer that the file mode lets in
    std::vector<std::uint32_t> allow_uids;
    bool operator==(const UnixListener &) const = default;
};

struct TcpListener {
    std::string address;  // in 127.0.0.0/8, or "::1"; others only with allow_remote
    std::uint16_t port = 0;
    int backlog = 4096;
    bool allow_remote = false;
    bool dual_stack = false;         // "::" alone: takes IPv4 too
    std::vector<std::string> allow;  // peers' addresses, an IPv4 one as IPv4; empty: loopback only
    bool operator==(const TcpListener &) const = default;
};

std::string address_text(const TcpListener &listener);  // "127.0.0.1:9000", "[::1]:9000"

using Listener = std::variant<UnixListener, TcpListener>;

struct Waiting {
    unsigned length_max = 1024;                  // requests in the hand-off queue; 0: there is none
    Duration age_max = std::chrono::seconds(5);  // of a waiting request: beyond it the pool is overloaded
    bool operator==(const Waiting &) const = default;
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
    pool::Settings rules;              // but timeout_request, which follows from the keys of pool and mounts
    wire::WorkerSettings worker;       // what each worker is told as it stands
    std::vector<std::string> wrapper;  // words before the worker program, which it runs; empty: none. The first is an
                                       // absolute path, or a name to be looked up in PATH
    Waiting waiting;
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

// What may be meant and seldom is, each a sentence: a timeouts.drain shorter than timeouts.request, the pool's or
// a mount's.
std::vector<std::string> warnings(const Config &config);

// What is in force, as YAML with every key; load() of it gives the same but for `file` and `where`, except that
// passwords in URLs are "***".
std::string print_config(const Config &config);

}  // namespace hbnb::config
