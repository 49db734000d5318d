// Drives the rules of one pool: samples it, tells pool::Pool and pool::Admission what happened, and carries out what
// they say. It decides nothing, and it knows no clock, process or socket: moments are told, and the rest is behind
// WorkerStarter and Queues. So unit tests run it under virtual time.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "manager/control/control_api.hpp"
#include "manager/deploy/generation.hpp"
#include "manager/process/link.hpp"
#include "manager/runtime/pool_log.hpp"
#include "manager/runtime/sampler.hpp"
#include "manager/sockets/queues.hpp"
#include "pool/pool.hpp"

namespace hbnb::manager {

// What the drivers of all pools share; owned by Manager, outlives them.
struct Shared {
    pool::WorkerId next_worker = 1;            // a number is handed out once
    std::uint64_t ticks = 0;                   // samples taken by the manager's clock
    std::optional<pool::Generation> unproven;  // a reload on which not every pool has agreed
    std::uint64_t error_lines_of_gone = 0;     // lines of the error log that workers which have gone could not send
};

// What the driver is made with; they outlive it. Neither function calls back into the driver.
struct DriverParts {
    ErrorLog &log;
    Shared &shared;
    WorkerStarter &starter;
    Queues &queues;
    std::function<void(std::optional<Moment>)> wake_at;  // tick() is due then; nullopt: not before another event
    std::function<void(const pool::Command &)> tell;     // PoolReady and all after it in pool/command.hpp
};

// What status tells of a pool beside its view and its workers. Borrowed: for the moment.
struct PoolFacts {
    const pool::Admission &admission;
    const PoolCounts &counts;                        // of workers that have gone, and of starts
    const std::vector<wire::ServedPlugin> &plugins;  // as its newest ready worker says
    unsigned held = 0;                               // connections that wait at busy workers and cannot move
};

// Owned by PoolRunner. `now` does not go back.
class Driver {
  public:
    Driver(DriverParts parts, SharedGeneration first, Moment now);
    Driver(const Driver &) = delete;
    Driver &operator=(const Driver &) = delete;

    void start(Moment now) { feed(pool::Start{in_force_}, now); }
    void reload(SharedGeneration generation, bool keeps_bounds, Moment now);  // bounds: those set by hand
    void commit(pool::Generation generation, Moment now);                     // one that is_proven()
    void abandon(pool::Generation generation, Moment now) { feed(pool::AbandonReload{generation}, now); }
    void stop(Moment now) { admission_.stop(now); }  // serves what waits in its sockets, then drains
    void stop_now(Moment now) { feed(pool::StopNow{}, now); }
    Result<Bounds> scale(const ScaleOrder &order, Moment now);  // until the next reload

    void tick(Moment now) { feed(pool::Tick{}, now); }
    void sample(Moment now);  // every 50 ms, and at once when something comes into the empty hand-off queue
    void said(pool::WorkerId worker, const wire::Message &message, Moment now);
    void broken(pool::WorkerId worker, const std::string &why, Moment now) {
        feed(pool::WorkerBroken{worker, why}, now);
    }
    void exited(pool::WorkerId worker, pool::ExitStatus status, Moment now);

    const std::string &name() const { return name_; }
    const PoolGeneration &in_force() const { return *generations_.at(in_force_).shared; }
    bool is_proven(pool::Generation generation) const;  // it would be in force after a commit, or is
    bool serves(pool::Generation generation) const;     // it is in force, and nobody serves of another
    bool is_leaving() const { return admission_.is_stopping() || pool_.view().stopping; }  // or could not be started

    pool::View view() const { return pool_.view(); }
    const LivingWorkers &workers() const { return workers_; }
    PoolFacts facts() const {
        return {admission_, sampler_.counts(), generations_.at(in_force_).plugins, sample_.held};
    }

  private:
    struct Known {
        SharedGeneration shared;                  // never null
        std::vector<wire::ServedPlugin> plugins;  // as its newest ready worker says
    };

    void feed(pool::Event event, Moment now);
    void carry_out(const pool::Spawn &command);
    void carry_out(const pool::Drain &command);
    void carry_out(const pool::Kill &command);
    void carry_out(const pool::WorkerGone &command);
    void carry_out(const pool::WorkerUnheard &command);
    void carry_out(const pool::TargetChanged &command) { log_.target_changed(command); }
    void carry_out(const pool::BackingOff &command) { log_.backing_off(command, now_); }
    void carry_out(const pool::ReloadDone &command);
    void carry_out(const pool::ReloadFailed &command);
    template <class Told>
    void carry_out(const Told &command) {
        parts_.tell(command);
    }
    void carry_out(const pool::AdmissionDecision &decision);
    Link *told(pool::WorkerId worker, const std::string &what);  // nullptr: it could not be started
    void share_queues();

    DriverParts parts_;
    std::string name_;
    PoolLog log_;
    std::map<pool::Generation, Known> generations_;  // those that workers are, or may be, started from
    pool::Generation in_force_;
    pool::Pool pool_;
    pool::Admission admission_;
    Sampler sampler_;
    LivingWorkers workers_;
    std::deque<pool::Event> events_;  // told while an event is in hand
    bool in_hand_ = false;
    Moment now_;               // of the event in hand
    pool::LoadSample sample_;  // the last
};

}  // namespace hbnb::manager
