// One worker process: plugins loaded, handler threads running, and the control thread, which is the process's first
// thread and never runs handler code once requests come in. It listens to the manager, sees to the hand-off queue
// (worker/watch/rebalancer) and to requests over their deadlines (worker/watch/deadlines), closes what is overdue,
// drains and leaves. Stopped by message, never by a signal: signals are blocked in all threads, but for the one that
// asks for a stack.
#pragma once

#include <atomic>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "worker/request/handler_thread.hpp"
#include "worker/watch/deadlines.hpp"
#include "worker/watch/memory_account.hpp"
#include "worker/watch/rebalancer.hpp"

namespace hbnb::worker {

class Worker {
  public:
    // ring: none where the access log is off.
    Worker(wire::WorkerSetup setup, wire::ScoreboardMapping scoreboard, std::optional<wire::LogRing> ring, int channel);
    ~Worker();

    int run();       // the process's exit status: wire/messages.hpp
    void on_exit();  // the process ends by exit(): answers that have begun are shown as cut

  private:
    void close_in_child();
    Result<void> start();  // until it is ready to be released
    Result<void> load_plugins();
    Result<void> start_plugins();  // hbnb.process/1
    void stop_plugins();
    Result<void> start_threads();
    Result<void> start_handler_threads();
    Result<std::vector<void *>> create_instances(bool on_handler_thread);
    void handler_thread(unsigned number);
    int refuse(const std::string &reason);
    int attend();             // the control thread's loop
    bool read_channel();      // false: the manager has gone
    bool wait_for_manager();  // until it has said something: true; or until something is due
    int milliseconds_to_wait() const;
    void rest();
    void chores(Moment now);
    void look_at_deadlines(Moment now);
    [[noreturn]] void leave_stuck_threads();
    void drain(Moment now, bool hands_over);
    void empty_backlog();
    void finish();
    std::vector<wire::ServedPlugin> served() const;

    wire::WorkerSetup setup_;
    wire::ScoreboardMapping scoreboard_;
    int channel_;
    ErrorLog error_log_;
    AccessLog access_log_;
    MemoryAccount memory_;
    std::optional<Application> application_;
    std::optional<WorkerIo> io_;
    std::optional<Rebalancer> rebalancer_;  // absent: the pool has no hand-off queue
    std::optional<Deadlines> deadlines_;
    bool overdue_said_ = false;
    bool rebalancer_rests_ = true;
    Moment next_chores_;
    bool manager_is_there_ = true;
    unsigned threads_count_ = 1;
    std::vector<void *> shared_instances_;                         // by plugin; null where each thread has its own
    std::vector<std::unique_ptr<HandlerThread>> handler_threads_;  // each made by its thread
    std::vector<std::thread> threads_;
    std::optional<std::latch> created_;   // counted down by each handler thread, instances or not
    std::optional<std::latch> released_;  // by the control thread: serve, or leave
    std::mutex refusal_mutex_;
    std::string refusal_;
    std::atomic<bool> given_up_{false};
};

}  // namespace hbnb::worker
