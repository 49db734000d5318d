// A pool's waiting room as the manager keeps it: both ends of both rooms for the pool's life, over all its generations,
// and the door that the workers look at. It touches no connection: it looks at the head, counts, and nudges.
//
// Any worker can break the queues for all, as their ends are shared (wire/hand_off_queue.hpp). States: on; off, until
// start_over(). Broken queues are ended and others made, which take over what lies in the old ones. That happens at
// most kRenewalsMax times in kRenewalsWithin; at the next time, or where no others can be made, hand-off is off: the
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
#include "wire/hand_off_queue.hpp"

namespace hbnb::manager {

class WaitingRoom {
  public:
    // Before privileges are dropped, as the buffer for `length` messages may have to be forced.
    static Result<std::shared_ptr<WaitingRoom>> make(unsigned length);

    static constexpr unsigned kRenewalsMax = 3;
    static constexpr Duration kRenewalsWithin = std::chrono::seconds(10);

    void lend_to(WorkerPlan &plan) const;
    std::vector<int> ends() const;  // as a worker is told of them in `queues`; empty: off
    // Looks whether the queues are as they were made, and sees to others. The sentence says what was done and why.
    std::optional<std::string> look_after(Moment now);
    Result<void> start_over(Moment now);  // on again, where it was off; how often is counted anew
    bool is_on() const { return is_on_; }
    std::uint64_t edition() const { return edition_; }
    std::uint64_t renewed() const { return renewed_; }  // times that others were made for broken ones

    unsigned capacity() const { return is_on_ ? waiting_.capacity : 0; }
    unsigned depth() const { return waiting_.room().depth(); }  // connections whose requests wait in it
    Duration longest_wait(Moment now) const;
    bool has_connection() const { return waiting_.room().has_connection(); }
    bool is_empty() const { return waiting_.room().is_empty(); }  // of nudges, too
    void nudge(Moment now, unsigned times) const { waiting_.room().nudge(now, times); }
    void set_door(unsigned depth) { board_.set_depth_max(depth); }
    unsigned door() const { return board_.board().depth_max; }
    Result<Fd> reading_end() const;  // one more, to watch

  private:
    WaitingRoom(unsigned length, wire::RoomEnds waiting, wire::RoomEnds kept, wire::RoomBoardMapping board,
                Fd board_file)
        : length_(length),
          waiting_(std::move(waiting)),
          kept_(std::move(kept)),
          board_(std::move(board)),
          board_file_(std::move(board_file)) {}

    std::optional<std::string> damage() const;
    Result<void> renew(Moment now);
    void give_up();

    unsigned length_;
    wire::RoomEnds waiting_, kept_;
    wire::RoomBoardMapping board_;
    Fd board_file_;
    bool is_on_ = true;
    std::uint64_t edition_ = 1, renewed_ = 0;
    std::vector<Moment> renewals_;  // within kRenewalsWithin
};

using WaitingRooms = std::map<std::string, std::shared_ptr<WaitingRoom>>;  // by pool; none for those without one

Result<WaitingRooms> make_rooms(const config::Config &config);

}  // namespace hbnb::manager
