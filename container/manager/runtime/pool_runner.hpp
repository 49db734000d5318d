// The machinery round the rules of one pool: tells pool::Pool what happened, and does what it says. It decides nothing.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "manager/control/control_api.hpp"
#include "manager/deploy/generation.hpp"
#include "manager/host/error_log.hpp"
#include "manager/host/log_writer.hpp"
#include "manager/host/loop.hpp"
#include "manager/process/worker_link.hpp"
#include "manager/sockets/backlog.hpp"
#include "manager/sockets/backlog_pause.hpp"
#include "pool/admission/admission.hpp"
#include "pool/pool.hpp"
#include "wire/status.hpp"

namespace hbnb::manager {

// What all pools share; owned by Manager, outlives them.
struct PoolSupplies {
    std::string worker_program;
    Fd dev_null;
    std::optional<Backlog> backlog;            // none: this system does not offer it
    pool::WorkerId next_worker = 1;            // of all pools: a number is handed out once
    std::uint64_t ticks = 0;                   // samples taken
    BacklogPause backlog_pause;                // of all pools: it is one kernel
    std::optional<pool::Generation> unproven;  // a reload on which not every pool has agreed
    std::unique_ptr<LogWriter> access_log = std::make_unique<LogWriter>();  // of all workers whose generation has one
    std::uint64_t error_lines_of_gone = 0;  // lines of the error log that workers which have gone could not send

    bool is_unproven(pool::Generation generation) const { return unproven == generation; }
};

class PoolRunner;

// How a pool's affairs end. Called from the loop, never from inside a call into the runner.
struct PoolOutcomes {
    std::function<void()> ready;
    std::function<void(const std::string &)> start_failed;
    std::function<void()> reload_advanced;  // is_proven() or serves() says more now
    std::function<void(pool::Generation, const std::string &)> reload_failed;
    std::function<void(PoolRunner &)> stopped;
};

using SharedGeneration = std::shared_ptr<const PoolGeneration>;

// Owned by Manager, as long as the pool is configured or has a worker.
class PoolRunner {
  public:
    PoolRunner(Loop &loop, ErrorLog &log, PoolSupplies &supplies, SharedGeneration first, PoolOutcomes outcomes);
    PoolRunner(const PoolRunner &) = delete;
    PoolRunner &operator=(const PoolRunner &) = delete;

    void start() { feed(pool::Start{in_force_}); }
    void reload(SharedGeneration generation, bool keeps_bounds = false);  // bounds: those set by hand
    void commit(pool::Generation generation);                             // one that is_proven()
    void abandon(pool::Generation generation) { feed(pool::AbandonReload{generation}); }
    void stop();  // serves who waits in its sockets (nobody new finds their files), then drains
    void stop_now() { feed(pool::StopNow{}); }
    void sample(Moment now);
    Result<Bounds> scale(const ScaleOrder &order);  // until the next reload

    const std::string &name() const { return name_; }
    const PoolGeneration &in_force() const { return *generations_.at(in_force_).shared; }
    bool is_proven(pool::Generation generation) const;  // it would be in force after a commit, or is
    bool serves(pool::Generation generation) const;     // it is in force, and nobody serves of another
    bool is_leaving() const;                            // it stops, or could not be started
    bool owns(pid_t pid) const;
    std::size_t processes() const { return workers_.size(); }
    wire::PoolStatus status(Moment now) const;
    std::string summary() const;  // "hbnb: 4 workers (2 to 16), overloaded": what does not change with every request

  private:
    struct Known {
        SharedGeneration shared;                  // never null
        std::vector<wire::ServedPlugin> plugins;  // as its newest ready worker says
    };

    struct Held {
        pool::Generation generation = 0;
        std::unique_ptr<WorkerLink> link;  // never null
        std::uint64_t memory = 0;          // as last measured
        std::uint64_t measured_at = 0;     // requests answered by then
        std::uint64_t accepted = 0;        // connections, as last seen
        std::uint64_t shed = 0;            // as last seen
        bool is_ready = false;
        unsigned held_back = 0, unmoved = 0;  // connections, as last seen
        Duration longest_wait{};              // of these
    };

    void feed(pool::Event event);
    void act(const pool::Command &command);
    WorkerLink *told(pool::WorkerId worker, const std::string &what) const;  // nullptr: it could not be started
    void carry_out(const pool::Spawn &command);
    void carry_out(const pool::Drain &command);
    void carry_out(const pool::Kill &command);
    void carry_out(const pool::WorkerGone &command);
    void carry_out(const pool::TargetChanged &command);
    void carry_out(const pool::BackingOff &command);
    void carry_out(const pool::PoolReady &command);
    void carry_out(const pool::StartFailed &command);
    void carry_out(const pool::ReloadProven &command);
    void carry_out(const pool::ReloadDone &command);
    void carry_out(const pool::ReloadFailed &command);
    void carry_out(const pool::ReloadSuperseded &command);
    void carry_out(const pool::Stopped &command);

    void on_message(pool::WorkerId worker, const wire::Message &message);
    void on_exit(pool::WorkerId worker, pool::ExitStatus status);
    void set_wakeup();
    pool::LoadSample take_sample(Moment now);
    std::optional<pool::QueueSample> look_at_queue(Moment now) const;
    static void note_waiting(Held &held, const wire::ScoreboardSnapshot &board, Moment now);
    unsigned count_at_doors();
    unsigned ask_backlog(Backlog &backlog, const Listener &listener);  // 0 where it cannot be known
    bool hands_off() const;                                            // connections move between its workers
    void look_after_queues(Moment now);
    void start_queues_over();
    void carry_out(const pool::AdmissionDecision &decision, Moment now);
    void watch_room();
    pool::WorkerSample sample_worker(pool::WorkerId id, Held &held, Moment now);
    bool is_memory_due(pool::WorkerId id, const Held &held, std::uint64_t requests) const;
    wire::WorkerStatus worker_status(const pool::Worker &worker, Moment now) const;
    void tell_end(const pool::WorkerGone &gone);
    void tell_overload(const pool::OverloadChange &change);
    void say(LogLevel level, const std::string &text) { log_.write(level, "pool " + name_ + ": " + text); }
    void say_seldom(const char *kind, unsigned a_second, LogLevel level, const std::string &text);

    Loop &loop_;
    ErrorLog &log_;
    PoolSupplies &supplies_;
    std::string name_;
    PoolOutcomes outcomes_;
    std::map<pool::Generation, Known> generations_;  // those that workers are, or may be, started from
    pool::Generation in_force_;
    pool::Pool pool_;
    std::map<pool::WorkerId, Held> workers_;
    std::deque<pool::Event> events_;  // told while an event is in hand
    bool in_hand_ = false;
    Timer wakeup_;

    std::uint64_t requests_of_gone_ = 0, accepted_of_gone_ = 0, shed_of_gone_ = 0, started_ = 0, crashed_ = 0;
    pool::Admission admission_;
    unsigned waiting_ = 0, held_ = 0;  // connections, at the last sample
    Fd room_end_;       // of our own, as another runner may watch the same room: a pool that comes back while it leaves
    Watch room_watch_;  // while the room is empty
    std::uint64_t queues_edition_ = 1;  // that the workers have been told of
};

}  // namespace hbnb::manager
