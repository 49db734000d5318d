// A worker's side of its pool's hand-off queues: the two queues' read ends in epoll (EPOLLEXCLUSIVE, like the listening
// sockets), what is sent and taken, and the pool's admission. A queue that has ended (any worker can do that) is not
// waited for, or its end would be reported for ever; the manager sends others. All functions: any thread; register,
// unregister and replace are serialised by the caller.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/fd.hpp"
#include "wire/hand_off_queue.hpp"
#include "wire/worker_setup.hpp"
#include "worker/io/epoll.hpp"

namespace hbnb::worker {

enum class QueueKind { waiting, idle };

class HandOffQueues {
  public:
    HandOffQueues(const wire::HandOffSetup &setup, std::uint32_t worker);
    Result<void> open();  // maps the board

    bool are_on() const { return setup_.is_on(); }
    Duration age_max() const { return setup_.age_max; }

    // epoll's tags of the two.
    static constexpr Tag kWaitingTag = Epoll::kNothing - 1, kIdleTag = Epoll::kNothing - 2;
    Result<void> register_all(const Epoll &epoll) const;
    void unregister_all(const Epoll &epoll) const;
    void unregister_ended(const Epoll &epoll) const;
    // The manager's new queues, in place of the old ones' numbers: four ends as in HandOffSetup, moved in by their
    // order. Only while none is registered. An error: they are no queues' ends, and nothing has changed.
    Result<void> replace(const std::vector<Fd> &ends) const;

    const wire::HandOffQueue &of(QueueKind kind) const { return kind == QueueKind::waiting ? waiting_ : idle_; }
    [[nodiscard]] bool send(QueueKind kind, int connection,
                            wire::HandOffQueue::Entry entry) const;  // its sender is this worker
    // One more would wait too long: so many wait already (PoolBoard::depth_max, the manager's forecast), or what is
    // next has waited so long that age_max is near, and not few are behind. The second sees what a forecast cannot:
    // that others are served beside the queue.
    bool is_admission_closed(Moment now) const;
    // Some worker has shut `waiting`, or made its buffer smaller than it was: what is refused there is not for want of
    // queue.
    bool is_broken() const;
    bool has_connection_waiting() const { return are_on() && (waiting_.has_connection() || idle_.has_connection()); }
    void send_wake_tokens(Moment now, unsigned times) const { waiting_.send_wake_tokens(now, times); }

  private:
    wire::HandOffSetup setup_;
    std::uint32_t worker_;
    wire::HandOffQueue waiting_, idle_;
    std::optional<wire::PoolBoardMapping> board_;
    mutable std::atomic<int> buffer_{0};  // of `waiting`, as it came
};

}  // namespace hbnb::worker
