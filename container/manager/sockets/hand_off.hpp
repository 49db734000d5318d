// A pool's hand-off queues as the manager keeps them: both ends of both for the pool's life, over all its
// generations, and the limit that the workers look at. It touches no connection: it looks at the head, counts, and
// sends wake tokens.
//
// Any worker can break the queues for all, as their ends are shared (wire/hand_off_queue.hpp). States: on; off, until
// start_over(). Broken queues are ended and others made, which take over what lies in the old ones. That happens as
// often as pool/admission/renewals.hpp allows; at the next time, or where no others can be made, hand-off is off: the
// queues are ended, and requests wait at their workers. Each change is another edition; the workers have to be told of
// it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings/config.hpp"
#include "manager/process/worker_link.hpp"
#include "pool/admission/renewals.hpp"
#include "wire/hand_off_queue.hpp"

namespace hbnb::manager {

class HandOff {
  public:
    // Before privileges are dropped, as the buffer for `length` messages may have to be forced.
    static Result<std::shared_ptr<HandOff>> make(unsigned length);

    void lend_to(WorkerPlan &plan) const;
    std::vector<int> ends() const;  // as a worker is told of them in `queues`; empty: off
    // Looks whether the queues are as they were made, and sees to others. The sentence says what was done and why.
    std::optional<std::string> look_after(Moment now);
    Result<void> start_over(Moment now);  // on again, where it was off; how often is counted anew
    bool is_on() const { return is_on_; }
    std::uint64_t edition() const { return edition_; }
    std::uint64_t renewed() const { return renewed_; }  // times that others were made for broken ones

    unsigned capacity() const { return is_on_ ? waiting_.capacity : 0; }
    unsigned depth() const { return waiting_.queue().depth(); }  // connections whose requests wait in it
    Duration longest_wait(Moment now) const;
    bool has_connection() const { return waiting_.queue().has_connection(); }
    bool is_empty() const { return waiting_.queue().is_empty(); }  // of wake tokens, too
    void send_wake_tokens(Moment now, unsigned times) const { waiting_.queue().send_wake_tokens(now, times); }
    void set_limit(unsigned depth) { board_.set_depth_max(depth); }
    unsigned limit() const { return board_.board().depth_max; }
    Result<Fd> reading_end() const;  // one more, to watch

  private:
    HandOff(unsigned length, wire::HandOffQueueEnds waiting, wire::HandOffQueueEnds idle, wire::PoolBoardMapping board,
            Fd board_file)
        : length_(length),
          waiting_(std::move(waiting)),
          idle_(std::move(idle)),
          board_(std::move(board)),
          board_file_(std::move(board_file)) {}

    std::optional<std::string> damage() const;
    Result<void> renew(Moment now);
    void give_up();

    unsigned length_;
    wire::HandOffQueueEnds waiting_, idle_;
    wire::PoolBoardMapping board_;
    Fd board_file_;
    bool is_on_ = true;
    std::uint64_t edition_ = 1, renewed_ = 0;
    pool::Renewals renewals_;
};

using HandOffs = std::map<std::string, std::shared_ptr<HandOff>>;  // by pool; none for those without one

Result<HandOffs> make_hand_offs(const config::Config &config);

}  // namespace hbnb::manager
