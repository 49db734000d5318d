// What happened: told to a Pool by manager/runtime/driver. Values.
#pragma once

#include <string>
#include <variant>

#include "pool/exit_reason.hpp"
#include "pool/scaling/load_sample.hpp"
#include "pool/settings.hpp"
#include "pool/worker.hpp"

namespace hbnb::pool {

// Once, first. The constructor's settings are this generation's.
struct Start {
    Generation generation = 0;
};

// It said `ready`.
struct WorkerReady {
    WorkerId worker = 0;
    unsigned threads = 1;  // handler threads it runs
};

// Its process has been waited for.
struct WorkerExited {
    WorkerId worker = 0;
    ExitStatus status;
};

// It said `load_failed`.
struct WorkerRefused {
    WorkerId worker = 0;
    std::string sentence;
};

// It sent nonsense over its channel, or closed it and lives.
struct WorkerBroken {
    WorkerId worker = 0;
    std::string sentence = {};  // which message, and what is wrong with it
};

// It said `overdue`: a handler thread of it is stuck, in a request that has been ended for its client or outside of
// one.
struct WorkerOverdue {
    WorkerId worker = 0;
};

// Answer to Spawn: there is no process, and there will be no WorkerExited.
struct SpawnFailed {
    WorkerId worker = 0;
    std::string sentence;
};

// Every 50 ms, and at once when the manager has seen a change (manager/runtime/sampler.hpp).
struct Sampled {
    LoadSample sample;
};

// Time has passed: at next_wakeup(), and at least every second (a Sampled will do as well).
struct Tick {};

// Answered, sooner or later and unless the pool has stopped, by exactly one of ReloadDone, ReloadFailed,
// ReloadSuperseded; and before ReloadDone by ReloadProven, which wants to be answered by CommitReload or AbandonReload.
struct Reload {
    Generation generation = 0;  // not the one in force; an earlier one again is a roll-back
    Settings settings;
    bool keeps_bounds = false;  // those set by hand: nobody asked for a reload, the manager needs one
};

// Answer to ReloadProven: take it. Of a generation that does not wait for it (any more) it changes nothing.
struct CommitReload {
    Generation generation = 0;
};

// Drop it, proven or not: it fails. Of a generation that is in force, or not here, it changes nothing.
struct AbandonReload {
    Generation generation = 0;
};

// Bounds set by hand, instead of the settings' min and max until a reload is taken that does not keep them.
struct Override {
    unsigned min = 1, max = 1;
};

struct Stop {};     // QUIT, TERM: drain those that serve, kill those that start
struct StopNow {};  // INT: kill all

using Event = std::variant<Start, WorkerReady, WorkerExited, WorkerRefused, WorkerBroken, WorkerOverdue, SpawnFailed,
                           Sampled, Tick, Reload, CommitReload, AbandonReload, Override, Stop, StopNow>;

}  // namespace hbnb::pool
