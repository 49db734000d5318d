// One worker as the rules see it. Owned by WorkerTable; only Pool changes it. See pool.hpp for the states.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/moment.hpp"
#include "pool/exit_reason.hpp"
#include "pool/settings.hpp"

namespace hbnb::pool {

using WorkerId = std::uint32_t;  // never reused; see Pool's constructor
using Generation = std::uint64_t;

enum class WorkerState { starting, serving, draining, ending };

std::string_view to_string(WorkerState state);  // the enumerator's own word

struct Worker {
    WorkerId id = 0;
    Generation generation = 0;
    Settings settings;  // of its generation: a worker lives by the numbers it was started with
    WorkerState state = WorkerState::starting;
    Moment spawned;
    Moment since;                       // when it entered its state
    std::optional<Moment> ready;        // when it began to serve
    std::optional<ExitReason> leaving;  // draining, ending: why
    std::string sentence;               // load_failed: its own words; suspended, protocol: why
    bool overdue = false;               // it said so, or is unheard: it is to be replaced
    unsigned threads = 1;

    // As last sampled.
    unsigned busy = 0;  // handler threads, at most `threads`
    std::uint64_t requests = 0;
    std::uint64_t memory = 0;
    Moment active;          // when it was last seen to do anything
    Duration suspended{0};  // for so long it has been seen stopped by a signal; see kSuspendedMax
    Duration unheard{0};    // for so long nothing has been heard of its control thread; see kUnheardMax

    bool is_live() const { return state == WorkerState::starting || state == WorkerState::serving; }
    unsigned idle() const { return threads - busy; }
};

}  // namespace hbnb::pool
