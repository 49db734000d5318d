// One living worker as the manager holds it: its process, its channel, its log pipes, its log ring and its scoreboard.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/moment.hpp"
#include "manager/host/log_writer.hpp"
#include "manager/host/loop.hpp"
#include "manager/process/link.hpp"
#include "manager/process/process.hpp"
#include "manager/process/worker_log.hpp"
#include "pool/worker.hpp"
#include "wire/believed.hpp"
#include "wire/messages.hpp"
#include "wire/scoreboard.hpp"
#include "wire/worker_setup.hpp"
#include "wire/worker_words.hpp"

namespace hbnb::manager {

// What a new worker is made from. Descriptors are borrowed for the length of the start.
struct WorkerPlan {
    std::string program;
    std::vector<std::string> wrapper;                 // words before it, as find_wrapper gives them; empty: none
    wire::WorkerSetup setup;                          // descriptor numbers in it are filled in by start
    std::vector<int> listeners;                       // beside setup.listeners
    std::vector<int> plugins;                         // beside setup.plugins
    std::array<int, 5> hand_off{-1, -1, -1, -1, -1};  // as wire::HandOffSetup's descriptors; -1: the pool has none
    LogWriter *access_log = nullptr;                  // reads the worker's ring; null: off. Outlives the worker
    int dev_null = -1;
};

// What a worker tells. Called from the loop; `exited` comes last, after every message and line it has sent.
struct WorkerCallbacks {
    std::function<void(const wire::Message &)> said;
    std::function<void(const std::string &why)>
        broken;  // nonsense on the channel, or the channel closed while it lives on
    std::function<void(pool::ExitStatus)> exited;
};

// Owned by Driver, from Spawn to WorkerGone.
class WorkerLink final : public Link {
  public:
    static Result<std::unique_ptr<WorkerLink>> start(Loop &loop, ErrorLog &log, WorkerPlan plan,
                                                     WorkerCallbacks callbacks);

    ~WorkerLink() override;

    void drain(bool hand_over) override;
    void send_queues(const std::vector<int> &ends) override;
    void kill() override { process_->kill(); }

    pid_t pid() const override { return process_->pid(); }
    std::string wrapper() const override { return wrapper_; }
    wire::ScoreboardSnapshot look(Moment now) const override {
        return believed_.of(scoreboard_.snapshot(now, true), now);
    }
    wire::ScoreboardSnapshot note(Moment now) override { return believed_.note(scoreboard_.snapshot(now, false), now); }
    std::vector<wire::MountStatus> note_mounts(Moment now) override;
    std::uint64_t memory() const override;
    bool is_stopped() const override { return process_->is_stopped(); }
    bool is_traced() const override;
    std::string last_words() const override { return worker_log_->last_words(); }
    void check_lost(Moment now) override;

  private:
    WorkerLink(Loop &loop, ErrorLog &log, const wire::WorkerSetup &setup, wire::ScoreboardMapping scoreboard,
               WorkerCallbacks callbacks);
    void listen(Fd channel, WorkerLog::Pipes pipes, Process process);
    void send(const wire::Message &message, std::span<const int> descriptors);
    void read_channel();
    void refuse(const std::string &why);
    void on_exit(pool::ExitStatus status);
    void lost();

    Loop &loop_;
    ErrorLog &log_;
    wire::ScoreboardMapping scoreboard_;
    wire::Believed believed_;
    wire::BelievedMounts believed_mounts_;
    std::vector<std::string> mounts_;  // as it said when it was ready, in its setup's order
    wire::WorkerWords words_;
    WorkerCallbacks callbacks_;
    std::string wrapper_;
    LogWriter *access_log_ = nullptr;
    std::shared_ptr<LogWriter::Ring> ring_;  // null: the access log is off
    std::optional<Process> process_;
    Fd channel_;
    std::optional<WorkerLog> worker_log_;
    Watch channel_watch_;
    std::optional<Moment> lost_since_;
    bool is_heard_ = true;  // until it has said nonsense
};

}  // namespace hbnb::manager
