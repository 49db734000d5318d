// One living worker as the driver of its pool deals with it, and what starts one. Two seams: WorkerLink and PoolRunner
// are the real ones, and unit tests have their own, without a process. What a worker tells comes to the driver from
// outside: Driver::said, broken and exited, the last after all others.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/moment.hpp"
#include "pool/worker.hpp"
#include "wire/scoreboard.hpp"
#include "wire/status.hpp"

namespace hbnb::manager {

struct PoolGeneration;

class Link {
  public:
    Link() = default;
    Link(const Link &) = delete;
    Link &operator=(const Link &) = delete;
    virtual ~Link() = default;

    virtual void drain(bool hand_over) = 0;
    virtual void send_queues(const std::vector<int> &ends) = 0;  // HandOff::ends()
    virtual void kill() = 0;

    virtual pid_t pid() const = 0;                      // where a wrapper runs the worker as its child: the wrapper's
    virtual std::string wrapper() const { return {}; }  // its program; empty: none
    // What counts of what it says, with its texts; and what counts from now on, without them.
    virtual wire::ScoreboardSnapshot look(Moment now) const = 0;
    virtual wire::ScoreboardSnapshot note(Moment now) = 0;
    virtual std::vector<wire::MountStatus> note_mounts(
        Moment now) = 0;                       // the same at its mounts, of each with something
    virtual std::uint64_t memory() const = 0;  // resident bytes; 0: not known
    virtual bool is_stopped() const = 0;       // by a signal
    virtual bool is_traced() const = 0;        // by a debugger or the like
    virtual std::string last_words() const = 0;
    virtual void check_lost(
        Moment now) = 0;  // from time to time: tells `broken` of one that closed its channel and lives on
};

class WorkerStarter {
  public:
    WorkerStarter() = default;
    WorkerStarter(const WorkerStarter &) = delete;
    WorkerStarter &operator=(const WorkerStarter &) = delete;
    virtual ~WorkerStarter() = default;

    // proves: its generation is not taken yet. Tells the driver nothing before it has returned.
    virtual Result<std::unique_ptr<Link>> start(const PoolGeneration &generation, pool::WorkerId worker,
                                                bool proves) = 0;
};

}  // namespace hbnb::manager
