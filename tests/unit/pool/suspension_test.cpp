// A gap in time: the manager slept (SIGSTOP, a suspended machine). Nobody dies of it.
#include "unit/pool/timeline.hpp"

using namespace hbnb;
using namespace hbnb::pool;

TEST_CASE("a gap does not make starting workers late") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.load(2, 3);
    line.pass(9s);
    line.jump(1h);
    line.tell(Tick{});
    CHECK(line.last().empty());
    line.pass(10s - 1ns);
    CHECK(line.said<Kill>().empty());
    line.pass(1ns);
    CHECK(line.said<Kill>().size() == 3);
}

TEST_CASE("a gap does not make draining workers late") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.tell(Stop{});
    line.jump(1h);
    line.tell(Tick{});
    CHECK(line.last().empty());
    line.pass(30s);
    CHECK(line.said<Kill>().size() == 2);
}

TEST_CASE("a gap does not make requests late") {
    Timeline line = Timeline::ready(settings(2, 8));
    const Moment began = line.now();
    line.jump(1h);
    line.sample({{1, 1, 0, 0, began}, {2, 1, 0, 0, began}});
    CHECK(line.said<Kill>().empty());
    line.pass(31s + 1ns);
    line.sample({{1, 1, 0, 0, began}, {2, 0, 0, 0, {}}});
    CHECK(line.said<Kill>() == std::vector<Kill>{{1, ExitReason::request_timeout}});
}

TEST_CASE("whatever event is first after a gap ends it") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.load(2, 3);
    line.jump(1h);
    line.exits(77);
    line.tell(Tick{});
    CHECK(line.said<Kill>().empty());
}

TEST_CASE("a delay of up to five seconds is no gap and deadlines hold") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.load(2, 1);
    line.pass(8s);
    line.jump(5s);
    line.tell(Tick{});
    CHECK(the<Kill>(line.last()).reason == ExitReason::start_timeout);
}

TEST_CASE("a gap is no surplus") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.load(2, 4);
    line.all_ready();
    line.jump(1h);
    line.load(0);
    line.stay(9s, 0);
    CHECK(line.said<Drain>().empty());
}

TEST_CASE("a worker that died during a gap is replaced after it") {
    Timeline line = Timeline::ready(settings(2, 8));
    line.jump(1h);
    CHECK(only<Spawn>(line.crashes(1)).size() == 1);
}
