// What waits for a pool's workers in the kernel's queues and in the hand-off queue, as the driver of the pool deals
// with it. A seam: PoolQueues is the real one, and unit tests have their own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/moment.hpp"
#include "manager/sockets/hand_off.hpp"
#include "manager/sockets/listener.hpp"
#include "pool/scaling/load_sample.hpp"

namespace hbnb::manager {

// One look.
struct QueuesSeen {
    unsigned backlog = 0;                    // connections in the kernel's queues
    std::optional<pool::QueueSample> queue;  // nullopt: the pool has none
    std::optional<std::string> damage;       // workers have broken the hand-off queues: what was done about it
    std::optional<std::vector<int>> ends;    // others than before: each worker is to be told of them
};

class Queues {
  public:
    Queues() = default;
    Queues(const Queues &) = delete;
    Queues &operator=(const Queues &) = delete;
    virtual ~Queues() = default;

    // What to look at from now on. listeners: of all generations that have workers, maybe twice; hand_off: null for
    // none.
    virtual void use(Listeners listeners, std::shared_ptr<HandOff> hand_off) = 0;

    virtual QueuesSeen look(Moment now) = 0;
    virtual void set_limit(unsigned connections) = 0;     // that may wait in the hand-off queue
    virtual void wake(unsigned workers, Moment now) = 0;  // each looks once at all that may wait
    virtual void watch() = 0;                             // a sample is due once something lies in the empty queue
    virtual bool is_on() const = 0;                       // connections move between the workers
    virtual Result<void> start_over(Moment now) = 0;      // on again, where it was off
};

}  // namespace hbnb::manager
