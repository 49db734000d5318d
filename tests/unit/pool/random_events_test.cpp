// Thousands of random events from a world of unreliable workers. After each: the invariants (timeline.cpp), and what
// every reader of commands relies on. Then the world calms down, and the pool must find back to what it promises.
#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "unit/pool/timeline.hpp"

using namespace hbnb;
using namespace hbnb::pool;

namespace {

enum class Process { loading, serving, leaving, killed };

// What the manager and its workers would be: commands in, events out.
class World {
  public:
    World(unsigned seed, const Settings &settings) : random_(seed), line_(settings), settings_(settings) {
        line_.hold_commits();
    }

    void start() { tell(Start{generation_}); }

    // Something happens: mostly to workers, sometimes to the operator.
    void step() {
        line_.jump(std::chrono::microseconds(roll(40000)));
        if (roll(400) == 0) line_.jump(std::chrono::milliseconds(roll(20000)));
        switch (roll(12)) {
            case 0:
            case 1:
            case 2: return happen(&World::load_ends);
            case 3:
            case 4: return happen(&World::leave);
            case 5:
            case 6: return happen(&World::reap);
            case 7: return roll(4) == 0 ? happen(roll(2) == 0 ? &World::crash : &World::overdue) : tell(Tick{});
            case 8: return roll(60) == 0 ? reload() : tell(Tick{});
            case 9: return roll(300) == 0 ? override_bounds() : answer_reload();
            default: return sample(true);
        }
    }

    // Time passes in which every worker does what it is told; nobody crashes, nobody is slow, nothing waits.
    void calm(Duration time) {
        for (const Moment end = line_.now() + time; line_.now() < end;) {
            std::vector<WorkerId> ids;
            for (const auto &[id, process] : processes_) ids.push_back(id);
            for (const WorkerId id : ids) obey(id);
            if (proven_) commit(*proven_);
            Moment next = line_.now() + 50ms;
            if (const auto wakeup = line_.pool().next_wakeup()) next = std::min(next, *wakeup);
            line_.jump(next - line_.now());
            sample(false);
        }
    }

    void reload() {
        Settings of = settings_;
        of.min = 1 + roll(5);
        of.max = of.min + roll(6);
        of.threads = 1 + roll(4);
        ++generation_;
        open_reloads_.insert(generation_);
        tell(Reload{generation_, of});
    }

    void tell(const Event &event) {
        const Generation before = line_.pool().view().generation;
        for (const Command &command : line_.tell(event)) carry_out(command);
        const bool may_change = std::holds_alternative<CommitReload>(event) || std::holds_alternative<Start>(event);
        REQUIRE((may_change || line_.pool().view().generation == before));
        REQUIRE(line_.pool().view().proven == proven_);
        REQUIRE(line_.pool().view().workers.size() == processes_.size());
    }

    Timeline &line() { return line_; }
    const std::map<WorkerId, Process> &processes() const { return processes_; }
    const std::set<Generation> &open_reloads() const { return open_reloads_; }
    bool start_failed() const { return start_failed_; }
    bool stopped() const { return stopped_; }

  private:
    unsigned roll(unsigned sides) { return static_cast<unsigned>(random_() % sides); }

    void carry_out(const Command &command) {
        REQUIRE_FALSE(stopped_);
        if (const auto *spawn = std::get_if<Spawn>(&command)) {
            REQUIRE(ever_.insert(spawn->worker).second);
            processes_[spawn->worker] = Process::loading;
        } else if (const auto *drain = std::get_if<Drain>(&command)) {
            REQUIRE(processes_.at(drain->worker) == Process::serving);
            processes_[drain->worker] = Process::leaving;
        } else if (const auto *kill = std::get_if<Kill>(&command)) {
            REQUIRE(processes_.at(kill->worker) != Process::killed);
            processes_[kill->worker] = Process::killed;
        } else if (const auto *gone = std::get_if<WorkerGone>(&command)) {
            REQUIRE(processes_.erase(gone->worker) == 1);
        } else if (const auto *proven = std::get_if<ReloadProven>(&command)) {
            REQUIRE(open_reloads_.count(proven->generation) == 1);
            REQUIRE_FALSE(proven_);
            proven_ = proven->generation;
        } else if (const auto *done = std::get_if<ReloadDone>(&command)) {
            REQUIRE(committed_.count(done->generation) == 1);
            end_reload(done->generation);
        } else if (const auto *failed = std::get_if<ReloadFailed>(&command)) {
            end_reload(failed->generation);
            REQUIRE_FALSE(failed->sentence.empty());
        } else if (const auto *superseded = std::get_if<ReloadSuperseded>(&command)) {
            end_reload(superseded->generation);
        } else if (std::holds_alternative<StartFailed>(command)) {
            start_failed_ = true;
        } else if (std::holds_alternative<Stopped>(command)) {
            stopped_ = true;
        }
    }

    void end_reload(Generation generation) {
        REQUIRE(open_reloads_.erase(generation) == 1);
        if (proven_ == generation) proven_.reset();
    }

    // The manager's word: about what waits for it, rarely about what does not, or not yet.
    void answer_reload() {
        if (roll(15) == 0) return tell(AbandonReload{generation_ - roll(2)});
        if (roll(10) == 0) return commit(generation_ - roll(2));
        if (!proven_ || roll(3) > 0) return tell(Tick{});
        roll(4) == 0 ? tell(AbandonReload{*proven_}) : commit(*proven_);
    }

    void commit(Generation generation) {
        const bool waited = proven_ == generation;
        const Generation before = line_.pool().view().generation;
        if (waited) {
            committed_.insert(generation);
            proven_.reset();
        }
        tell(CommitReload{generation});
        REQUIRE(line_.pool().view().generation == (waited ? generation : before));
    }

    void happen(void (World::*what)(WorkerId)) {
        if (processes_.empty()) return tell(Tick{});
        (this->*what)(std::next(processes_.begin(), roll(static_cast<unsigned>(processes_.size())))->first);
    }

    void load_ends(WorkerId id) {
        if (processes_.at(id) != Process::loading) return;
        const bool never_ready = !line_.pool().view().ready;  // a start that fails is a short story: tell it rarely
        const unsigned luck = never_ready ? 5 + roll(400) : roll(20);
        if (luck == 5) return tell(WorkerRefused{id, "unable to load"});
        if (luck == 1) return tell(WorkerRefused{id, "unable to load"});
        if (luck == 2) return tell(SpawnFailed{id, "unable to fork"});
        if (luck == 3) return tell(WorkerBroken{id});
        if (luck == 4) return crash(id);
        processes_[id] = Process::serving;
        tell(WorkerReady{id, 1 + roll(4)});
    }
    void leave(WorkerId id) {
        if (processes_.at(id) == Process::leaving) tell(WorkerExited{id, {ExitStatus::Kind::exited, 0}});
    }
    void reap(WorkerId id) {
        if (processes_.at(id) == Process::killed) crash(id);
    }
    void overdue(WorkerId id) {
        if (processes_.at(id) == Process::serving) tell(WorkerOverdue{id});
    }
    void crash(WorkerId id) {
        if (processes_.at(id) == Process::loading && !line_.pool().view().ready) return;
        tell(WorkerExited{id, {ExitStatus::Kind::signalled, 9}});
    }
    void obey(WorkerId id) {
        const auto found = processes_.find(id);
        if (found == processes_.end()) return;
        if (found->second == Process::loading) {
            found->second = Process::serving;
            tell(WorkerReady{id, 4});
        } else if (found->second == Process::leaving) {
            tell(WorkerExited{id, {ExitStatus::Kind::exited, 0}});
        } else if (found->second == Process::killed) {
            tell(WorkerExited{id, {ExitStatus::Kind::signalled, 9}});
        }
    }

    void override_bounds() {
        const unsigned min = roll(6);
        tell(Override{min, min + roll(6)});
    }

    void sample(bool wild) {
        LoadSample sample{line_.now(), wild && roll(4) == 0 ? roll(12) : 0, {}};
        for (const auto &[id, process] : processes_) {
            if (process == Process::loading || (wild && roll(10) == 0)) continue;
            const bool busy = wild && roll(2) == 0;
            requests_[id] += wild ? roll(30) : 0;
            const bool lies = wild && roll(100) == 0;
            sample.workers.push_back({id, busy ? 1 + roll(6) : 0, requests_[id], lies ? ~std::uint64_t{0} : 1000,
                                      wild && roll(200) == 0 ? Moment{} : line_.now(), wild && id % 5 == 0});
        }
        tell(Sampled{sample});
    }

    std::mt19937 random_;
    Timeline line_;
    Settings settings_;
    Generation generation_ = 1;
    std::map<WorkerId, Process> processes_;
    std::map<WorkerId, std::uint64_t> requests_;
    std::set<WorkerId> ever_;
    std::set<Generation> open_reloads_, committed_;
    std::optional<Generation> proven_;
    bool start_failed_ = false, stopped_ = false;
};

Settings unruly() {
    Settings of;
    of.min = 2;
    of.max = 6;
    of.threads = 4;
    of.shrink_after = 2s;
    of.retire_requests = 2000;
    of.retire_memory = 1 << 20;
    of.timeout_start = 500ms;
    of.timeout_request = 5s;
    of.timeout_drain = 2s;
    return of;
}

void be_unruly(World &world, int steps) {
    world.start();
    for (int i = 0; i < steps && !world.stopped(); ++i) {
        world.step();
        world.line().forget();
    }
}

}  // namespace

TEST_CASE("whatever happens the invariants hold and when it is over the pool is whole again") {
    unsigned whole_again = 0;
    for (unsigned seed = 1; seed <= 12; ++seed) {
        CAPTURE(seed);
        World world(seed, unruly());
        be_unruly(world, 3000);
        if (world.start_failed()) continue;
        world.calm(30s);
        const View view = world.line().pool().view();
        CHECK(view.ready);
        CHECK(world.open_reloads().empty());
        CHECK(view.target >= view.min);
        CHECK(view.target <= view.max);
        CHECK(view.backing_off == 0s);
        CHECK(world.line().count(WorkerState::serving) == view.target);
        CHECK(view.workers.size() == view.target);
        // Nothing is asked for any more: the least that min and spare allow.
        const unsigned for_spare = (unruly().spare + 3) / 4;
        CHECK(view.target == std::max(view.min, for_spare));
        for (const Worker &worker : view.workers) CHECK(worker.generation == view.generation);
        ++whole_again;
    }
    CHECK(whole_again >= 8);
}

TEST_CASE("whatever happened before a stop ends with nobody left") {
    for (unsigned seed = 101; seed <= 112; ++seed) {
        CAPTURE(seed);
        World world(seed, unruly());
        be_unruly(world, static_cast<int>(seed) * 10 - 900);
        if (world.stopped()) continue;
        world.reload();
        world.tell(Stop{});
        for (int i = 0; i < 200 && !world.stopped(); ++i) world.step();
        if (!world.stopped()) world.calm(5s);
        CHECK(world.stopped());
        CHECK(world.processes().empty());
        CHECK(world.open_reloads().empty());
    }
}

TEST_CASE("workers that ignore their drain do not keep a stop from ending") {
    World world(7, unruly());
    be_unruly(world, 500);
    REQUIRE_FALSE(world.stopped());
    world.tell(Stop{});
    for (int i = 0; i < 60; ++i) {
        world.line().jump(50ms);
        world.tell(Tick{});
    }
    for (const auto &[id, process] : world.processes()) CHECK(process == Process::killed);
}

TEST_CASE("the same events give the same commands") {
    const auto told = [] {
        World world(42, unruly());
        Commands all;
        world.start();
        for (int i = 0; i < 2000 && !world.stopped(); ++i) {
            world.step();
            all.insert(all.end(), world.line().last().begin(), world.line().last().end());
        }
        return all;
    };
    const Commands once = told();
    CHECK(once.size() > 200);
    CHECK(once == told());
}
