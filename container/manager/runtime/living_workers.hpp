// The workers of a pool that have a process, as the manager knows them. Values with their links.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

#include "manager/process/link.hpp"
#include "pool/worker.hpp"

namespace hbnb::manager {

struct LivingWorker {
    pool::Generation generation = 0;
    unsigned threads = 0;        // handler threads that its generation gives it
    std::unique_ptr<Link> link;  // never null
    Moment started;
    std::optional<Duration> start_time;  // until it was ready
    bool is_ready() const { return start_time.has_value(); }

    // As last sampled.
    std::uint64_t memory = 0;              // resident bytes; 0: not measured
    std::uint64_t measured_at = 0;         // requests answered by then
    std::uint64_t accepted = 0, shed = 0;  // connections, requests
    unsigned held = 0, unmoved = 0;        // connections
    Duration longest_wait{};               // of these two
    std::uint32_t beats = 0;               // of its control thread
    unsigned unheard = 0;                  // samples since the beats were others
};

using LivingWorkers = std::map<pool::WorkerId, LivingWorker>;

}  // namespace hbnb::manager
