// A reload that is proven waits for the word: committed, abandoned, or something comes in between.
#include "unit/pool/timeline.hpp"

using namespace hbnb;
using namespace hbnb::pool;

namespace {

constexpr WorkerId kSuccessor = 4;

// Three workers of generation 1, and the successor of generation 2, which is ready.
Timeline proven(const Settings &before, const Settings &after) {
    Timeline line = Timeline::ready(before);
    line.hold_commits();
    line.tell(Reload{2, after});
    REQUIRE(line.ready(kSuccessor) == Commands{ReloadProven{2}});
    line.forget();
    return line;
}

Timeline proven() { return proven(settings(3, 6), settings(3, 6)); }

std::vector<WorkerId> serving(const Timeline &line) { return line.in(WorkerState::serving); }

void check_nothing_has_changed(const Timeline &line) {
    const View view = line.pool().view();
    CHECK(view.generation == 1);
    CHECK(view.min == 3);
    CHECK(view.max == 6);
    CHECK(view.target == 3);
    CHECK_FALSE(view.reloading);
    CHECK_FALSE(view.proven);
}

}  // namespace

TEST_CASE("a proven generation changes nothing for as long as nobody commits it") {
    Timeline line = proven(settings(3, 6), settings(5, 9));
    CHECK(line.pool().view().proven == Generation{2});
    CHECK(line.pool().view().reloading == Generation{2});
    line.pass(2min);
    line.stay(20s, 0);
    CHECK(line.said<Spawn>().empty());
    CHECK(line.said<Drain>().empty());
    CHECK(line.said<TargetChanged>().empty());
    CHECK(serving(line) == std::vector<WorkerId>{1, 2, 3, kSuccessor});
    CHECK(line.pool().view().generation == 1);
    CHECK(line.pool().view().max == 6);
}

TEST_CASE("the commit makes a proven generation the one in force") {
    Timeline line = proven(settings(3, 6), settings(5, 9));
    line.tell(CommitReload{2});
    CHECK(line.pool().view().generation == 2);
    CHECK_FALSE(line.pool().view().proven);
    CHECK(line.target() == 5);
    line.all_ready();
    CHECK(line.said<ReloadDone>() == std::vector<ReloadDone>{{2}});
    for (const WorkerId id : serving(line)) CHECK(line.worker(id).generation == 2);
}

TEST_CASE("the commit takes the threads that the successor has said it runs") {
    Timeline line = Timeline::ready(with_threads(settings(2, 9), 4));
    line.hold_commits();
    line.tell(Reload{2, with_threads(settings(2, 9), 4)});
    line.tell(WorkerReady{3, 1});
    SUBCASE("not before it") {
        line.load(2, 10);
        CHECK(line.target() == 3);
    }
    SUBCASE("then") {
        line.tell(CommitReload{2});
        line.load(2, 5);
        CHECK(line.target() == 7);
    }
}

TEST_CASE("an abandoned reload takes its successor along and leaves everything as it was") {
    Timeline line = proven(settings(3, 6), settings(5, 9));
    CHECK(line.tell(AbandonReload{2}) ==
          Commands{ReloadFailed{2, "the reload was abandoned"}, Drain{kSuccessor, ExitReason::superseded}});
    check_nothing_has_changed(line);
    CHECK(the<WorkerGone>(line.exits(kSuccessor)).reason == ExitReason::superseded);
    line.pass(30s);
    CHECK(serving(line) == std::vector<WorkerId>{1, 2, 3});
    CHECK(line.said<Spawn>().empty());
    CHECK(line.said<BackingOff>().empty());
}

TEST_CASE("a reload is abandoned before it is proven, too") {
    Timeline line(settings(3, 6));
    line.tell(Start{1});
    SUBCASE("while its successor starts") {
        line.all_ready();
        line.tell(Reload{2, settings(5, 9)});
        CHECK(line.tell(AbandonReload{2}) ==
              Commands{ReloadFailed{2, "the reload was abandoned"}, Kill{kSuccessor, ExitReason::superseded}});
        line.crashes(kSuccessor, 9);
    }
    SUBCASE("before its successor is started") {
        line.tell(Reload{2, settings(5, 9)});
        CHECK(line.tell(AbandonReload{2}) == Commands{ReloadFailed{2, "the reload was abandoned"}});
        line.all_ready();
    }
    check_nothing_has_changed(line);
    CHECK(serving(line) == std::vector<WorkerId>{1, 2, 3});
}

TEST_CASE("a word about a generation that does not wait for it changes nothing") {
    Timeline line = Timeline::ready(settings(3, 6));
    line.hold_commits();
    CHECK(line.tell(CommitReload{2}).empty());
    CHECK(line.tell(AbandonReload{1}).empty());
    line.tell(Reload{2, settings(3, 6)});
    CHECK(line.tell(CommitReload{2}).empty());
    CHECK(line.pool().view().generation == 1);
    CHECK(line.ready(kSuccessor) == Commands{ReloadProven{2}});
    CHECK(line.tell(CommitReload{3}).empty());
    CHECK(line.tell(AbandonReload{3}).empty());
    line.tell(CommitReload{2});
    CHECK(line.pool().view().generation == 2);
    CHECK(line.tell(AbandonReload{2}).empty());
    CHECK(line.tell(CommitReload{2}).empty());
}

TEST_CASE("a successor that leaves before the commit takes its reload along, and the sentence says how") {
    Settings hasty = settings(3, 6);
    hasty.timeout_request = 1s;
    Timeline line = proven(settings(3, 6), hasty);
    std::string how;
    SUBCASE("it dies") {
        line.crashes(kSuccessor);
        how = "it died with signal 11 before its generation was taken";
    }
    SUBCASE("it leaves by itself") {
        line.exits(kSuccessor);
        how = "it died with exit code 0 before its generation was taken";
    }
    SUBCASE("it sends nonsense") {
        SUBCASE("of which nothing can be read") { line.tell(WorkerBroken{kSuccessor}); }
        SUBCASE("ready, again") { line.tell(WorkerReady{kSuccessor, 1}); }
        SUBCASE("that it cannot load") { line.tell(WorkerRefused{kSuccessor, "no"}); }
        how = "it sent nonsense over its channel before its generation was taken";
    }
    SUBCASE("a request is stuck in it") {
        const Moment began = line.now();
        line.pass(7s);
        line.sample({{kSuccessor, 1, 0, 0, began}});
        how = "a request was over its deadline before its generation was taken";
    }
    SUBCASE("a signal stops it") {
        for (int i = 0; i < 10 && line.said<ReloadFailed>().empty(); ++i) {
            line.pass(50ms);
            line.sample({{kSuccessor, 0, 0, 0, {}, true}});
        }
        how = "it was stopped by a signal, SIGSTOP or the like";
    }
    CHECK(line.said<ReloadFailed>() == std::vector<ReloadFailed>{{2, "unable to start worker 4: " + how}});
    CHECK(line.tell(CommitReload{2}).empty());
    check_nothing_has_changed(line);
    line.pass(5s);
    CHECK(serving(line) == std::vector<WorkerId>{1, 2, 3});
    CHECK(line.said<Spawn>().empty());
    CHECK(line.said<BackingOff>().empty());
}

TEST_CASE("who dies while a successor waits is replaced by the generation in force") {
    Timeline line = proven();
    line.crashes(1);
    CHECK(the<Spawn>(line.last()) == Spawn{5, 1});
    line.ready(5);
    CHECK(only<Drain>(line.last()).empty());
    CHECK(serving(line) == std::vector<WorkerId>{2, 3, kSuccessor, 5});
}

TEST_CASE("the pool grows and shrinks round a successor that waits") {
    Timeline line = proven();
    line.load(4, 2);
    CHECK(line.target() == 6);
    line.all_ready();
    CHECK(serving(line).size() == 7);
    line.stay(1min, 0);
    CHECK(line.target() == 3);
    CHECK(line.said<Drain>().size() == 3);
    CHECK(line.worker(kSuccessor).state == WorkerState::serving);
    line.tell(Override{1, 1});
    CHECK(line.worker(kSuccessor).state == WorkerState::serving);
    CHECK(serving(line).size() == 2);
}

TEST_CASE("nobody retires while a successor waits, for it is the one replacement there may be") {
    Settings of = settings(3, 6);
    of.retire_requests = 10;
    Timeline line = proven(of, of);
    line.sample({{1, 0, 100, 0, {}}});
    CHECK(line.said<Spawn>().empty());
    line.tell(AbandonReload{2});
    CHECK(the<Spawn>(line.last()) == Spawn{5, 1});
}

TEST_CASE("a newer reload supersedes one that is proven and not committed") {
    Timeline line = proven();
    CHECK(line.tell(Reload{3, settings(3, 6)}) ==
          Commands{ReloadSuperseded{2, 3}, Drain{kSuccessor, ExitReason::superseded}, Spawn{5, 3}});
    CHECK(line.ready(5) == Commands{ReloadProven{3}});
    CHECK(line.tell(CommitReload{2}).empty());
    line.tell(CommitReload{3});
    line.all_ready();
    CHECK(line.said<ReloadDone>() == std::vector<ReloadDone>{{3}});
}

TEST_CASE("a reload that waits for its commit lets the one before it go on being replaced from") {
    Timeline line = proven();
    line.tell(CommitReload{2});
    line.tell(Reload{3, settings(3, 6)});
    line.ready(5);
    line.ready(6);
    CHECK(line.pool().view().proven == Generation{3});
    CHECK(line.pool().view().generation == 2);
    SUBCASE("abandoned, the one before goes on to its end") {
        line.tell(AbandonReload{3});
        line.all_ready();
        CHECK(line.said<ReloadDone>() == std::vector<ReloadDone>{{2}});
    }
    SUBCASE("committed, it takes its place") {
        line.tell(CommitReload{3});
        CHECK(the<ReloadSuperseded>(line.last()) == ReloadSuperseded{2, 3});
        line.all_ready();
        CHECK(line.said<ReloadDone>() == std::vector<ReloadDone>{{3}});
    }
}

TEST_CASE("a successor that waits leaves with a stop, and its reload fails") {
    Timeline line = proven();
    SUBCASE("graceful") {
        line.tell(Stop{});
        CHECK(only<Drain>(line.last()).size() == 4);
    }
    SUBCASE("now") {
        line.tell(StopNow{});
        CHECK(only<Kill>(line.last()).size() == 4);
    }
    CHECK(the<ReloadFailed>(line.last()) == ReloadFailed{2, "the pool is stopping"});
    CHECK(line.tell(CommitReload{2}).empty());
    CHECK(line.tell(AbandonReload{2}).empty());
}

TEST_CASE("a successor that serves well does not end the back-off of the generation in force") {
    Timeline line = Timeline::ready(settings(3, 6));
    line.hold_commits();
    line.crashes(1);
    line.crashes(4);
    REQUIRE(line.pool().view().backing_off == 10ms);
    line.pass(5ms);
    line.tell(Reload{2, settings(3, 6)});
    line.ready(the<Spawn>(line.last()).worker);
    line.pass(2s);
    CHECK(line.pool().view().backing_off == 10ms);
}
