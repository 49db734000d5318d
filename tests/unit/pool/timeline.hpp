// A Pool and a hand on its clock: a test tells what happens when, and looks at the commands. After every event the
// pool's invariants are checked, and that the same events told to a copy give the same commands. A proven reload is
// committed at once, as where there is one pool only; unless the test wants to say so itself.
#pragma once

#include <doctest/doctest.h>

#include <initializer_list>
#include <ostream>
#include <string>
#include <type_traits>
#include <vector>

#include "pool/pool.hpp"
#include "unit/pool/printing.hpp"

namespace hbnb::pool {

using namespace std::chrono_literals;

// "Spawn 3 of 1", "Kill 2 request_timeout": what a failed CHECK prints.
std::ostream &operator<<(std::ostream &out, const Command &command);

constexpr Generation kFirstGeneration = 1;

Settings settings(unsigned min, unsigned max);  // threads 1, spare 0, retirement off, shrink_after 10 s
Settings with_threads(Settings settings, unsigned threads);

class Timeline {
  public:
    explicit Timeline(const Settings &settings);
    static Timeline ready(
        const Settings &settings);  // started, `min` workers serving since 10 s, their commands forgotten

    const Commands &tell(const Event &event);  // now; what came of it is also in last()
    const Commands &last() const { return last_; }
    void hold_commits() { commits_ = false; }

    void pass(Duration time);  // ticks every 50 ms (longer ones: at least every second) and at each next_wakeup()
    void jump(Duration time);  // nothing is told meanwhile: suspended

    // Shorthands of tell().
    const Commands &ready(WorkerId worker);
    const Commands &exits(WorkerId worker, int code = 0);
    const Commands &crashes(WorkerId worker, int signal = 11);
    const Commands &load(unsigned busy, unsigned waiting = 0);  // the first `busy` handler threads of serving workers
    const Commands &sample(const std::vector<WorkerSample> &workers, unsigned waiting = 0);
    void stay(Duration time, unsigned busy, unsigned waiting = 0);  // load() every 50 ms; starting workers get ready
    void all_ready();                                               // whoever is starting, until nobody is

    // Since forget(): commands of one kind, in order.
    template <class Kind>
    std::vector<Kind> said() const {
        std::vector<Kind> found;
        for (const Command &command : log_)
            if (const auto *kind = std::get_if<Kind>(&command)) found.push_back(*kind);
        return found;
    }
    void forget() { log_.clear(); }

    std::vector<WorkerId> in(WorkerState state) const;
    unsigned count(WorkerState state) const { return static_cast<unsigned>(in(state).size()); }
    const Worker &worker(WorkerId id) const;  // it must be there
    unsigned target() const { return pool_.view().target; }

    Moment now() const { return now_; }
    const Pool &pool() const { return pool_; }

  private:
    void tell_pool(const Event &event);

    Moment now_ = Moment{1h};
    Pool pool_;
    Commands last_, log_;
    bool commits_ = true;
    mutable View view_;
};

// Those of `kind` that came of one event.
template <class Kind>
std::vector<Kind> only(const Commands &commands) {
    std::vector<Kind> found;
    for (const Command &command : commands)
        if (const auto *kind = std::get_if<Kind>(&command)) found.push_back(*kind);
    return found;
}

// The one of this kind; there must be exactly one.
template <class Kind>
Kind the(const Commands &commands) {
    const auto found = only<Kind>(commands);
    REQUIRE(found.size() == 1);
    return found.front();
}

}  // namespace hbnb::pool

namespace doctest {
template <>
struct StringMaker<hbnb::pool::Commands> {
    static String convert(const hbnb::pool::Commands &commands);
};
}  // namespace doctest
