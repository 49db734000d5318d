// What load_client is asked for: one JSON object on its standard input. A value; plan_of() checks it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hbnb::bench {

inline constexpr std::uint64_t kConnectionsMax = 16'384;
inline constexpr std::uint64_t kRequestsMax = 20'000'000;  // of one run
inline constexpr std::uint64_t kBodyBytesMax = 64 << 20;

struct Target {
    std::string name;      // what the report calls it
    double weight = 1;     // how often, in proportion to the others
    std::string message;   // the whole HTTP request, as it is sent
    bool is_head = false;  // its answer has no body
};

struct Plan {
    std::uint16_t port = 0;  // on 127.0.0.1
    std::uint64_t connections = 1;
    double rate =
        0;  // arrivals a second, evenly spaced; 0: closed loop, each connection asks again once it is answered
    double seconds = 1;  // how long requests arrive
    double skip_seconds =
        0;  // from the start: these are sent and counted, but are not in the latencies and the goodput
    double patience_seconds = 10;           // after the last arrival; who has no answer then is counted as unanswered
    std::uint64_t requests = kRequestsMax;  // at most
    bool kept = true;                       // false: a connection for each request
    std::vector<Target> targets;

    bool is_open() const { return rate > 0; }
};

// Throws std::runtime_error with a sentence that names the key.
Plan plan_of(const std::string &json);

}  // namespace hbnb::bench
