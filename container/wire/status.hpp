// What GET /status on the control socket answers: one JSON object. Made by the manager, read by hbnbctl and people.
// Members are only added; times are in the unit their name says; words are those of pool/ (states, reasons). What is
// counted is a member, and a key, for each row of its table (wire/counters.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "wire/counters.hpp"
#include "wire/messages.hpp"

namespace hbnb::wire {

// A request in progress; texts are a worker's own words, cut.
struct CurrentRequest {
    std::string method, uri, route, plugin, request_id;
    std::uint64_t since_ms = 0;
    bool operator==(const CurrentRequest &) const = default;
};

// What was counted at one mount; empty: at none, which is what no mount took, and what could not be read. Mounts beyond
// kMountsMax of a worker (wire/scoreboard.hpp), or kMountNamesMax of a pool, are counted there, too.
struct MountStatus {
    std::string mount;
    MountCounts counts;
    bool operator==(const MountStatus &) const = default;
};

struct WorkerStatus {
    std::uint32_t id = 0;
    std::int64_t pid = 0;
    std::string state;  // starting, serving, draining, ending
    std::uint64_t generation = 0;
    double age_s = 0;
    unsigned busy = 0, threads = 0;  // handler threads
    std::uint64_t memory = 0;        // resident bytes; 0: not known yet
    std::uint64_t start_ms = 0;      // from its start to ready; 0: not ready yet
    HBNB_THREAD_COUNTERS(HBNB_PLAIN_MEMBER)
    HBNB_WORKER_COUNTERS(HBNB_PLAIN_MEMBER)
    HBNB_WORKER_GAUGES(HBNB_PLAIN_MEMBER)
    HBNB_MOUNT_COUNTERS(HBNB_PLAIN_MEMBER)  // of all its mounts
    std::vector<CurrentRequest> current;
    bool operator==(const WorkerStatus &) const = default;
};

struct PoolStatus {
    std::string name;
    std::uint64_t generation = 0;  // new workers are of this one
    unsigned target = 0, min = 0, max = 0;
    bool overridden = false;            // min and max were set by hand; the next reload sets them back
    std::string reason;                 // why target is what it is, now
    std::uint64_t reason_since_ms = 0;  // it has been this reason for so long
    unsigned starting = 0, serving = 0, draining = 0, ending = 0;  // workers
    unsigned busy = 0, idle = 0;                                   // handler threads of serving workers
    // Connections in the kernel's queues and in the queue, and readable ones at workers that the queue did not take.
    unsigned waiting = 0;
    unsigned held = 0;  // connections with half a head read, and more to read, at workers all of whose threads are busy
    unsigned waiting_max = 0;  // in the hand-off queue; 0: the pool has none, or works without it (hand_off)
    // Whether connections move between the workers: on; none (waiting.length_max is 0); off: its workers have broken
    // the queues too often, and only a reload makes new ones.
    std::string hand_off;
    std::uint64_t queues_renewed = 0;  // times that the queues were made anew, as a worker had broken them
    std::uint64_t waiting_ms =
        0;                    // the oldest of these, held ones included, has waited at least so long, or the last had
    bool overloaded = false;  // that is longer than waiting.age_max
    HBNB_THREAD_COUNTERS(HBNB_PLAIN_MEMBER)  // of workers past and present
    HBNB_WORKER_COUNTERS(HBNB_PLAIN_MEMBER)  // of the same
    HBNB_MOUNT_COUNTERS(HBNB_PLAIN_MEMBER)   // of the same, at all mounts
    std::vector<MountStatus> mounts;         // of the same, each with something counted, the one of none first
    std::uint64_t workers_started = 0, workers_crashed = 0;
    std::map<std::string, std::uint64_t> ends;  // of workers, by reason; workers_crashed is one of them
    Histogram start_time;                       // of workers, from start to ready
    std::vector<std::string> listeners;         // "unix:/run/hbnb.sock"
    std::vector<ServedPlugin> plugins;          // as the newest workers say
    std::vector<WorkerStatus> workers;          // oldest first
    bool operator==(const PoolStatus &) const = default;
};

struct ReloadStatus {
    std::string result = "none";   // none, running, ok, failed
    std::string sentence;          // failed: why
    std::uint64_t generation = 0;  // which one was asked for
    bool operator==(const ReloadStatus &) const = default;
};

struct Status {
    std::string version;   // of the container
    std::int64_t pid = 0;  // of the manager
    double uptime_s = 0;
    std::string state;  // starting, ready, stopping
    std::uint64_t generation = 0;
    ReloadStatus last_reload;
    // Lines that are not in the logs, by the manager and all workers past and present. A worker's own of these: there.
    std::uint64_t access_lines_lost = 0;
    std::uint64_t log_lines_dropped = 0;  // of the error log
    std::vector<PoolStatus> pools;
    bool operator==(const Status &) const = default;
};

std::string encode(const Status &status);  // indented, with a newline at its end
Result<Status> decode_status(std::string_view json);

}  // namespace hbnb::wire
