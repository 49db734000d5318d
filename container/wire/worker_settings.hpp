// What the keys of a configuration say to a worker. The table of config/settings fills these structs, the manager hands
// them on, the worker goes by them: a new key of a worker is a row of that table and a member here. The manager reads
// only what it bounds or provides for itself: connections, memory, core, request. Numbers only: they cross to the
// worker as their bytes, both ends being the same build. Their ranges stand in the table.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "base/moment.hpp"

namespace hbnb::wire {

struct RequestLimits {
    std::size_t params_bytes = 64 << 10;  // of one request's PARAMS stream
    std::size_t body_bytes = 16 << 20;
    std::size_t connections = 1024;                 // a worker holds at most so many
    std::uint64_t memory = std::uint64_t{4} << 30;  // of its own, RLIMIT_DATA; 0: no limit
    std::size_t response_head_bytes = 15 << 10;     // of the headers that a handler gives
    std::uint64_t core = 0;                         // of a core file, RLIMIT_CORE; 0: none. Above 0: debuggable, too
    bool operator==(const RequestLimits &) const = default;
};

struct RequestTimeouts {
    Duration request = std::chrono::seconds(30);  // whole request, head to last byte; 0: none
    Duration read = std::chrono::seconds(10);     // longest wait for the rest of a head, or for the next byte of a body
    Duration write = std::chrono::seconds(30);    // longest wait for a peer to take a byte
    Duration idle = std::chrono::seconds(75);     // a kept connection without a request
    bool operator==(const RequestTimeouts &) const = default;
};

struct WorkerSettings {
    RequestLimits limits;
    RequestTimeouts timeouts;
    bool debuggable = false;  // processes of the same user may look into a worker
    bool operator==(const WorkerSettings &) const = default;
};
static_assert(std::is_trivially_copyable_v<WorkerSettings>);

}  // namespace hbnb::wire
