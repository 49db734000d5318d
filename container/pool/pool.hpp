// THE RULES of one pool of workers: how many there are, which start, which leave, and when one is given up.
// Pure: events and moments in, commands out. No clock, no system call, no thread, no file.
// manager/runtime/driver carries the commands out and reports what happened as events.
//
// A worker's life (held by worker_table; every end has an ExitReason):
//
//   state      meaning                                  leaves by
//   starting   spawned, loading plugins                 ready -> serving · exited, or could not be spawned -> gone ·
//                                                       refused, nonsense, timeouts.start, unwanted, stopped by a
//                                                       signal -> Kill, ending
//   serving    answers requests                         told to drain -> draining · exited -> gone ·
//                                                       request over its deadline about which the worker says
//                                                       nothing, nonsense, stopped by a signal, stop now
//                                                       -> Kill, ending
//   draining   finishes what it has, takes nothing new  exited -> gone ·
//                                                       timeouts.drain, a request, nonsense, stopped by a signal,
//                                                       stop now -> Kill, ending
//   ending     killed; its exit has not been seen yet   exited, or could not be spawned -> gone
//
// A worker lives by the numbers (timeouts, retirement) of the generation it was started from. What is told of a worker
// that is not here, or that its state has no use for, changes nothing; `ready` or `refused` from one that already
// serves is nonsense, and so is `overdue` from one that starts.
//
// How many: `target` is what the ScalingPolicy wants, within [min, max]. Workers that are starting or serving count
// towards it, whatever their generation; draining and ending ones do not, nor does a candidate's successor (see
// Reload). Each change of the target has a TargetReason. Beside it stands the reason of now, with the moment it began:
// why the target is still where it is, decided anew at every sample, override and commit.
// Until the pool was ready once the target is `min`: a generation that nobody has seen working is not started in
// numbers. More serve than the target: overdue ones drain first, then outdated, then those due to retire, then the
// least used (fewest busy threads, longest without a request, fewest requests, youngest): load stays packed. Never does
// a worker drain that would leave fewer serving than the target.
//
// Restarts: a worker that served a second and dies is replaced at once, or when a delay that runs is over. One that
// dies while starting, or within a second of it, delays the next start (10 ms doubling to 1 s, back to nothing after a
// worker has served a second, or ten seconds after the last step); a pool with fewer than `min` serving workers is the
// reason to start, never a reason to give up. (Only where kLeavingTimesMax x `max` workers have not left yet, starting
// waits for them, and at most kStartingMax start at a time.) The back-off belongs to the generation: a reload may be
// the cure, so its first successor never waits for it.
//
// Replacing (reload, retirement): the successor is started first and the old worker drains when its successor is ready;
// at most one replacement at a time (above `max` by one). There is no pairing: while a worker is to be replaced one
// worker more than the target is wanted; when it serves, one more serves than the target, and the rule above chooses
// which one drains. So a worker that dies in between is simply missing.
// Overdue workers (a thread of theirs is stuck, as they say, or nothing has been heard of their control thread for
// kUnheardMax) are replaced in the same way, but before all others and all at once, as each of them lacks a thread
// already. What is stuck may take timeouts.drain then, like anything else; a deadline that has passed kills only a
// worker that is not overdue.
//
// Reload, in two steps, so that several pools take one or none does:
//
//   the new generation is   meaning                                      becomes
//   candidate               its first successor is not ready yet         ready -> proven: ReloadProven · AbandonReload,
//                                                                        the successor fails -> dropped: ReloadFailed
//   proven                  still a candidate: its successor serves,     CommitReload -> in force · AbandonReload, the
//                           and it waits for the word                    successor leaves -> dropped: ReloadFailed
//   in force                its settings hold, every worker started from everybody live is of it: ReloadDone · a newer
//                           now on is of it, all others are outdated     one is committed -> outdated: ReloadSuperseded
//                           and are replaced one by one
//
// Until it is in force nothing else has changed: a worker that dies is replaced from the generation in force before,
// and the successor, starting or serving, is the one replacement there may be. It does not count towards the target,
// nobody drains for it, and it is never surplus. (It does answer requests as soon as it is ready.)
// - The first successor fails (refuses, dies, is late, cannot be spawned; or leaves for whatever reason before the
//   commit): ReloadFailed says why. A candidate that is dropped for another reason takes its successor along
//   (superseded): killed while it starts, drained once it serves.
// - A later successor fails: tried again with back-off, for as long as it takes. Bounded in rate, not in number: the
//   outdated ones still serve, giving up would leave a mixture all the same, and going back is the operator's decision
//   (another reload).
// - A newer Reload comes: the newest wins. A candidate, proven or not, is dropped: ReloadSuperseded. A generation that
//   is in force but not everywhere yet stays so until the newer one is committed; then it is outdated.
// - Before the pool is ready the candidate waits to be started; while the pool stops every reload fails.
//
// Stopping: graceful drains those that serve and kills those that start; at timeouts.drain Kill. Nothing is started any
// more, and after Stopped nothing is answered any more. A worker of the first generation that fails to start before
// PoolReady: StartFailed, and the pool stops itself at once.
//
// Suspended: if no event came for kGap, it was us who slept. Deadlines that were running begin anew at the first event
// after it, so nobody is killed for our absence.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "pool/backoff.hpp"
#include "pool/bounds.hpp"
#include "pool/command.hpp"
#include "pool/event.hpp"
#include "pool/scaling/scaling_policy.hpp"
#include "pool/view.hpp"
#include "pool/worker_table.hpp"

namespace hbnb::pool {

// Owned by manager/runtime/driver, lives as long as the pool's listening sockets. One thread. A value: a copy given the
// same events gives the same commands.
class Pool {
  public:
    // Worker ids count up from 1 and are never used again by this pool. They are unique in the container where the
    // manager tells each pool, before each event, where the others have got to.
    Pool(const Settings &settings, Moment now);

    void count_workers_from(WorkerId number) { next_id_ = std::max(next_id_, number); }
    WorkerId next_worker() const { return next_id_; }

    // What to do about it, in this order. `now` does not go back (if it does, the latest moment told counts).
    // Throws std::logic_error where an invariant is broken by then: a pool that is wrong must not go on.
    Commands on(const Event &event, Moment now);

    // Tick then at the latest. Always after the last event's moment; nullopt: nothing waits for time.
    std::optional<Moment> next_wakeup() const;

    View view() const;
    const Seen &last_seen() const { return last_seen_; }  // as view().seen
    Bounds bounds() const;                                // those in force

    // What must hold between events and does not, each a sentence; empty is well. Asked after every event.
    std::vector<std::string> broken_invariants() const;

  private:
    enum class Phase { fresh, starting, running, stopping, stopped };

    struct Candidate {  // a reload that is not in force yet
        Generation generation = 0;
        Settings settings;
        bool keeps_bounds = false;
        std::optional<WorkerId> successor = std::nullopt;  // starting; serving: it is proven
    };

    // pool.cpp: what can happen
    void take(const Start &event);
    void take(const WorkerReady &event);
    void take(const WorkerExited &event);
    void take(const WorkerRefused &event);
    void take(const WorkerBroken &event);
    void take(const WorkerOverdue &event);
    void take(const SpawnFailed &event);
    void take(const Sampled &event);
    void take(const Tick &event);
    void take(const Reload &event);
    void take(const CommitReload &event);
    void take(const AbandonReload &event);
    void take(const Override &event);
    void take(const Stop &event);
    void take(const StopNow &event);

    void note_gap(Moment now);
    void note_load(const LoadSample &sample);
    void kill_stuck_in_request(Worker &worker, Moment oldest_request);
    void kill_suspended(Worker &worker);
    void give_up_unheard(Worker &worker);
    void kill_for_nonsense(Worker &worker, const std::string &sentence);
    void gone(WorkerId worker, ExitReason reason, ExitStatus status, const std::string &sentence);
    void died_early(const Worker &worker, const std::string &sentence);
    void drop_candidate();
    void fail_reloads(const std::string &sentence);
    void stop_now();

    // pool_rules.cpp: make it so
    void settle();
    void ease_backoff();
    void end_overdue();
    void announce_ready();
    void drain_surplus();
    void cut_excess_starts();
    void start_missing();
    void announce_reload_done();
    void announce_stopped();

    WorkerId spawn(Generation generation, const Settings &settings);
    void drain(Worker &worker, ExitReason reason);
    void kill(Worker &worker, ExitReason reason);
    void enter(Worker &worker, WorkerState state);
    void set_target(unsigned target, TargetReason reason);
    void note_reason(TargetReason reason);
    void explain_target();
    Standing standing() const;
    void keep_target_within_bounds();
    Worker &least_needed();
    Worker *least_needed_start();

    Seen seen(Moment taken, unsigned waiting) const;
    bool is_candidate(const Worker &worker) const;
    bool is_proven(const Worker &worker) const;
    bool is_outdated(const Worker &worker) const;
    bool has_replacement_due() const;
    ExitReason why_drain(const Worker &worker) const;
    unsigned counted(WorkerState state) const;
    unsigned counted_live() const;
    unsigned counted_overdue() const;
    unsigned wanted() const;
    bool has_room() const;
    std::optional<Moment> deadline(const Worker &worker) const;
    void check_worker(const Worker &worker, std::vector<std::string> &broken) const;
    void check_counts(std::vector<std::string> &broken) const;

    Phase phase_ = Phase::fresh;
    Settings settings_;          // of generation_
    Generation generation_ = 0;  // in force; before PoolReady the first one
    bool replacing_ = false;     // generation_ came by a reload that is not done
    std::optional<Candidate> candidate_;
    std::optional<Bounds> override_;

    WorkerTable workers_;
    WorkerId next_id_ = 1;
    Backoff backoff_;  // of generation_

    ScalingPolicy policy_;
    unsigned threads_;  // handler threads of a worker of generation_
    unsigned target_ = 0;
    TargetReason reason_ = TargetReason::unchanged;
    Moment reason_since_;
    Moment last_shrink_;
    Seen last_seen_;

    Moment now_;      // of the last event
    Moment resumed_;  // end of the last gap
    Commands out_;    // of the event in hand
};

}  // namespace hbnb::pool
