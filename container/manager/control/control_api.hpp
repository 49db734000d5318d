// What the control socket can be asked, as routes; hbnbctl is its client. Bodies are JSON objects; a key that is not
// named here, or a value out of range, is answered 400 with a sentence, and nothing is changed.
//
//   GET  /status                                       wire::Status
//   GET  /config                                       {"yaml": what is in force, every key}
//   POST /reload                                       202 {"generation": the one that is tried}; last_reload in
//                                                      /status tells how it ends
//   POST /scale  {"pool": NAME, "min": N, "max": M}    bounds by hand until the next reload: {"pool", "min", "max"};
//                                                      what is allowed is what workers.min and workers.max allow
//                {"pool": NAME, "change": +-N}         so many workers more or fewer than now (pool::moved tells which
//                                                      bounds those are); "pool" may be left out where there is one
//   POST /stop   {"now": false}                        202 {}; now: true is INT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "manager/control/control_server.hpp"
#include "wire/status.hpp"

namespace hbnb::manager {

struct ScaleOrder {
    std::string pool;  // empty: the only one
    std::optional<unsigned> min, max;
    int change = 0;  // of the target, where min and max are absent
};

struct Bounds {
    std::string pool;
    unsigned min = 0, max = 0;
};

// What the manager can be told to do. Called in the loop.
struct ControlActions {
    std::function<wire::Status()> status;
    std::function<std::string()> config;    // YAML
    std::function<std::uint64_t()> reload;  // the generation that will be tried
    std::function<Result<Bounds>(const ScaleOrder &)> scale;
    std::function<void(bool now)> stop;
};

std::vector<ControlRoute> control_routes(ControlActions actions);

}  // namespace hbnb::manager
