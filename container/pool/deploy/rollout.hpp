// One deployment over all pools, as a state machine: all of them take a generation or none does. Told how the pools
// stand, it answers what is to be done. Pure, as all of pool/; manager/deploy/deployment carries it out.
//
//   state       meaning                                               leaves by
//   idle        nothing is deployed                                   offer -> candidate
//   candidate   the pools have been told of the generation; what ran  every pool has proven it: Commit -> committed ·
//               before is in force                                    fail: Drop -> idle
//   committed   it is in force; the workers of before are replaced    every pool serves it alone: Finish -> idle ·
//                                                                     a newer one begins, fail -> idle
//
// Asking: any number of requests while one is a candidate make one more after it. One that is committed is no reason to
// wait: its last workers may never start, and a newer deployment is the cure.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "pool/worker.hpp"

namespace hbnb::pool {

// How one pool stands to the generation that is deployed. Asked anew each time instead of counted: between a pool's
// answer and now its worker may have died.
struct PoolStanding {
    bool proven = false;  // it would be in force after a commit, or is
    bool serves = false;  // it is in force, and no worker of another serves
};

struct Commit {  // take it, in these pools
    Generation generation = 0;
    std::vector<std::string> pools;
    bool operator==(const Commit &) const = default;
};

struct Finish {
    Generation generation = 0;
    bool operator==(const Finish &) const = default;
};

struct Drop {  // go back: abandon it where it was a reload, stop the pools that it has added
    Generation generation = 0;
    std::vector<std::string> reloaded, added;
    bool operator==(const Drop &) const = default;
};

class Rollout {
  public:
    void ask() { asked_ = true; }
    bool is_due() const { return asked_ && !is_candidate(); }
    // Forgets what is committed, and what was asked for is being done. The generation that it will be.
    Generation begin();
    Generation next();  // one that nobody asked for

    // The pools have been told: those that run already, and those that start with it.
    void offer(std::vector<std::string> reloaded, std::vector<std::string> added);
    const std::vector<std::string> &reloaded() const { return reloaded_; }
    const std::vector<std::string> &added() const { return added_; }

    // standings: of all pools of the offer; nullopt: the pool is not here, or leaving.
    std::optional<std::variant<Commit, Finish>> advance(const std::vector<std::optional<PoolStanding>> &standings);
    std::optional<Drop> fail();  // nullopt: nothing has to be undone

    bool is_idle() const { return state_ == State::idle; }
    bool is_candidate() const { return state_ == State::candidate; }
    bool is_of(Generation generation) const { return !is_idle() && generation == generation_; }
    Generation generation() const { return generation_; }  // handed out last
    Generation in_force() const { return in_force_; }      // committed last

  private:
    enum class State { idle, candidate, committed };

    State state_ = State::idle;
    Generation generation_ = 1, in_force_ = 1;  // the first is that of the start
    bool asked_ = false;
    std::vector<std::string> reloaded_, added_;
};

}  // namespace hbnb::pool
