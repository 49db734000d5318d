#include "manager/worker_log.hpp"

#include <fcntl.h>

#include <algorithm>

#include "unit/manager/sandbox.hpp"

using namespace hbnb;
using namespace hbnb::manager;
using namespace hbnb::test;

namespace {

struct Fixture {
    Sandbox sandbox;
    Loop loop;
    ErrorLog log{LogLevel::debug};
    Fd writer;
    std::optional<WorkerLog> worker_log;

    Fixture() {
        REQUIRE(log.use(sandbox / "log", ::geteuid()));
        std::array<int, 2> ends{};
        REQUIRE(::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) == 0);
        writer = Fd(ends[1]);
        worker_log.emplace(loop, log, Fd(ends[0]), 77);
    }

    void say(const std::string &text) {
        REQUIRE(::write(writer.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }
    std::string text() const { return read_file(sandbox / "log"); }
    long lines() const {
        const std::string all = text();
        return std::count(all.begin(), all.end(), '\n');
    }
};

}  // namespace

TEST_CASE("a worker's line gets its pid and the level of its prefix") {
    Fixture fixture;
    fixture.say("<3>bad\n<6>fine\nprinted\n");
    fixture.worker_log->read();
    CHECK(fixture.text().find(" error worker[77]: bad\n") != std::string::npos);
    CHECK(fixture.text().find(" info worker[77]: fine\n") != std::string::npos);
    CHECK(fixture.text().find(" info worker[77]: printed\n") != std::string::npos);
}

TEST_CASE("a line that comes in pieces is one line") {
    Fixture fixture;
    for (const char c : std::string("<4>hello")) {
        fixture.say(std::string(1, c));
        fixture.worker_log->read();
    }
    CHECK(fixture.lines() == 0);
    fixture.say("\n");
    fixture.worker_log->read();
    CHECK(fixture.lines() == 1);
    CHECK(fixture.text().find(" warning worker[77]: hello\n") != std::string::npos);
}

TEST_CASE("no worker can forge another's line or move a terminal's cursor") {
    Fixture fixture;
    fixture.say("a\r2026 error manager[1]: forged\x1b[2J\n");
    fixture.worker_log->read();
    CHECK(fixture.lines() == 1);
    CHECK(fixture.text().find("worker[77]: a\\x0d2026 error manager[1]: forged\\x1b[2J\n") != std::string::npos);
}

TEST_CASE("a line without an end is cut, not kept in memory") {
    Fixture fixture;
    for (int i = 0; i < 50; ++i) {
        fixture.say(std::string(4000, 'x'));
        fixture.worker_log->read();
    }
    fixture.say("\nnext\n");
    fixture.worker_log->read();
    CHECK(fixture.lines() == 2);
    CHECK(fixture.text().size() < 2 * kLogLineMax);
    CHECK(fixture.text().find("worker[77]: next\n") != std::string::npos);
}

TEST_CASE("a worker that floods the log is cut off for the second, and what was lost is told") {
    Fixture fixture;
    std::string flood;
    for (unsigned i = 0; i < WorkerLog::kLinesPerSecond + 50; ++i) flood += "x\n";
    fixture.say(flood);
    fixture.worker_log->read();
    CHECK(fixture.lines() == WorkerLog::kLinesPerSecond);
    fixture.worker_log->report_dropped(monotonic_now() + std::chrono::seconds(2));
    CHECK(fixture.text().find("50 log lines of worker[77] were dropped: more than 200 a second") != std::string::npos);
    fixture.say("again\n");
    fixture.worker_log->read();
    CHECK(fixture.text().find("worker[77]: again\n") != std::string::npos);
}

TEST_CASE("the last words of a dead worker are kept, also without a newline") {
    Fixture fixture;
    fixture.say("first\nterminate called after");
    fixture.writer.reset();
    fixture.worker_log->finish();
    CHECK(fixture.text().find("worker[77]: terminate called after\n") != std::string::npos);
    CHECK(fixture.lines() == 2);
}
