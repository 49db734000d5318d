// A pool's queues: the kernel's, asked by sock_diag or the socket itself, and the hand-off queue (hand_off.hpp).
#pragma once

#include <functional>
#include <set>

#include "manager/host/error_log.hpp"
#include "manager/host/loop.hpp"
#include "manager/sockets/backlog.hpp"
#include "manager/sockets/queues.hpp"
#include "pool/admission/backlog_pause.hpp"

namespace hbnb::manager {

// The kernel's answer about Unix sockets, for all pools. Owned by Manager, outlives them.
struct BacklogSource {
    std::optional<Backlog> backlog;  // none: this system does not offer it
    pool::BacklogPause pause;
};

// Owned by PoolRunner. [the loop]
class PoolQueues final : public Queues {
  public:
    // ticks: the samples taken so far. sample_due is called from the loop.
    PoolQueues(Loop &loop, ErrorLog &log, std::string pool, BacklogSource &source, const std::uint64_t &ticks,
               std::function<void()> sample_due);

    void use(Listeners listeners, std::shared_ptr<HandOff> hand_off) override;
    QueuesSeen look(Moment now) override;
    void set_limit(unsigned connections) override;
    void wake(unsigned workers, Moment now) override;
    void watch() override;
    bool is_on() const override { return hand_off_ && hand_off_->is_on(); }
    Result<void> start_over(Moment now) override;

  private:
    void put_right(Moment now);  // listening sockets that a worker has changed
    unsigned backlog();
    unsigned ask(const Listener &listener);  // 0 where it cannot be known
    std::optional<pool::QueueSample> queue(Moment now) const;

    Loop &loop_;
    ErrorLog &log_;
    std::string pool_;
    BacklogSource &source_;
    const std::uint64_t &ticks_;
    std::function<void()> sample_due_;
    std::set<std::shared_ptr<Listener>> listeners_;  // one that several generations share counts once
    std::shared_ptr<HandOff> hand_off_;
    std::uint64_t edition_ = 1;  // that the workers have been told of
    Fd end_;       // of our own, as another pool may watch the same queue: one that comes back while it leaves
    Watch watch_;  // while the queue is empty
};

}  // namespace hbnb::manager
