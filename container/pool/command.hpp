// What is to be done, or told: carried out by manager/runtime/driver in the order given. Values that compare.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "pool/exit_reason.hpp"
#include "pool/scaling/scaling_policy.hpp"
#include "pool/worker.hpp"

namespace hbnb::pool {

// To be done.

// Answered by WorkerReady, WorkerRefused, WorkerExited or SpawnFailed.
struct Spawn {
    WorkerId worker = 0;
    Generation generation = 0;
    bool operator==(const Spawn &) const = default;
};

// Say `drain` to it.
struct Drain {
    WorkerId worker = 0;
    ExitReason reason{};
    bool operator==(const Drain &) const = default;
};

// SIGKILL by its pidfd; answered by WorkerExited.
struct Kill {
    WorkerId worker = 0;
    ExitReason reason{};
    bool operator==(const Kill &) const = default;
};

// To be told: logged, journalled, waited for. Nothing is lost if nobody listens.

// One for every Spawn, sooner or later.
struct WorkerGone {
    WorkerId worker = 0;
    Generation generation = 0;
    ExitReason reason{};
    ExitStatus status;           // meaningless for spawn_failed
    std::string sentence;        // load_failed, spawn_failed, suspended, protocol: why; else empty
    Duration lived{0};           // since Spawn
    std::uint64_t requests = 0;  // as last sampled
    bool operator==(const WorkerGone &) const = default;
};

// Nothing has been heard of its control thread for kUnheardMax; it is replaced as one that has said `overdue`.
struct WorkerUnheard {
    WorkerId worker = 0;
    bool operator==(const WorkerUnheard &) const = default;
};

// One journal record.
struct TargetChanged {
    unsigned from = 0, to = 0;
    TargetReason reason{};
    Seen seen;  // what it was decided on: the last sample's figures
    bool operator==(const TargetChanged &) const = default;
};

// Workers die young; nothing is started before `delay` has passed. One a step, so in the end one a second.
struct BackingOff {
    Duration delay{0};
    bool operator==(const BackingOff &) const = default;
};

// Once: all `min` workers serve.
struct PoolReady {
    bool operator==(const PoolReady &) const = default;
};

// Instead of PoolReady: the pool stops itself (Kills follow, then Stopped). At the container's start the container
// exits 1; of a pool that a reload adds the reload fails.
struct StartFailed {
    std::string sentence;
    bool operator==(const StartFailed &) const = default;
};

// Its first successor is ready; nothing changes until CommitReload or AbandonReload.
struct ReloadProven {
    Generation generation = 0;
    bool operator==(const ReloadProven &) const = default;
};

// No worker of another generation starts or serves any more, but a candidate's successor (some may still drain).
struct ReloadDone {
    Generation generation = 0;
    bool operator==(const ReloadDone &) const = default;
};

// The workers of before stay, with the settings of before, unless the pool stops; the sentence has the reason.
struct ReloadFailed {
    Generation generation = 0;
    std::string sentence;
    bool operator==(const ReloadFailed &) const = default;
};

// A newer Reload has taken this one's place.
struct ReloadSuperseded {
    Generation generation = 0, by = 0;
    bool operator==(const ReloadSuperseded &) const = default;
};

// Once: stopping, and no worker is left.
struct Stopped {
    bool operator==(const Stopped &) const = default;
};

using Command = std::variant<Spawn, Drain, Kill, WorkerGone, WorkerUnheard, TargetChanged, BackingOff, PoolReady,
                             StartFailed, ReloadProven, ReloadDone, ReloadFailed, ReloadSuperseded, Stopped>;
using Commands = std::vector<Command>;

}  // namespace hbnb::pool
