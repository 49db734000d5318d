// What the manager tells a new worker: one JSON document in a sealed memfd (descriptor kSetup), written for each
// worker, of at most kSetupBytesMax bytes. Both ends are the same build; the version is checked all the same.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/moment.hpp"
#include "wire/worker_settings.hpp"

namespace hbnb::wire {

inline constexpr int kSetupVersion = 1;
inline constexpr std::size_t kSetupBytesMax = 4 << 20;

struct PluginSetup {
    std::string file;                              // where it was copied from, for people
    std::string hash;                              // SHA-256 of the copy, hexadecimal
    std::string mount;                             // empty: the plugin's default mount
    std::string config;                            // JSON text
    int descriptor = -1;                           // sealed memfd with the copy
    std::optional<Duration> timeout_request = {};  // its requests' deadline; nullopt: RequestTimeouts::request

    bool operator==(const PluginSetup &) const = default;
};

struct ListenerSetup {
    int descriptor = -1;
    std::string name;     // "unix:/run/hbnb.sock" or "tcp:127.0.0.1:9000", for people
    bool any_uid = true;  // Unix: each peer that the file mode lets in; else only allowed_uids, root and our own
    std::vector<std::uint32_t> allowed_uids;
    std::vector<std::string> allowed_addresses;  // TCP: empty = loopback only; else these addresses

    bool operator==(const ListenerSetup &) const = default;
};

// The pool's hand-off queue (wire/hand_off_queue.hpp); -1: the pool has none.
struct HandOffSetup {
    int waiting_in = -1, waiting_out = -1;
    int idle_in = -1, idle_out = -1;
    int board = -1;
    Duration age_max = std::chrono::seconds(5);  // a request that has waited longer is answered 503

    bool is_on() const { return board >= 0; }
    bool operator==(const HandOffSetup &) const = default;
};

// What a worker loads its plugins for; the numbers are handler.h's HBNB_PURPOSE_….
enum class Purpose : std::uint64_t { serve = 0, prove = 1, check = 2 };

struct WorkerSetup : WorkerSettings {
    std::string pool;
    std::uint64_t generation = 0;
    std::uint32_t worker = 0;
    unsigned threads = 1;
    Purpose purpose = Purpose::serve;
    bool by_file = false;  // plugins are loaded from their own files, as long as these are what was copied
    LogLevel log_level = LogLevel::info;
    int log_ring =
        -1;  // memfd of a LogRing (wire/log_ring.hpp), shared with the manager only; -1: the access log is off
    // Paths of the logs, for what is to be written once the manager has gone; empty: no file.
    std::string access_log, error_log;
    HandOffSetup hand_off;
    std::vector<ListenerSetup> listeners;
    std::vector<PluginSetup> plugins;

    std::vector<int> descriptors() const;  // all that it names
    bool operator==(const WorkerSetup &) const = default;
};

std::string encode(const WorkerSetup &setup);
Result<WorkerSetup> decode_worker_setup(const std::string &json);

}  // namespace hbnb::wire
