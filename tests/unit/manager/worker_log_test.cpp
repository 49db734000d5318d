#include "manager/process/worker_log.hpp"

#include <fcntl.h>

#include <algorithm>

#include "unit/manager/sandbox.hpp"
#include "wire/log_line.hpp"

using namespace hbnb;
using namespace hbnb::manager;
using namespace hbnb::test;

namespace {

struct Fixture {
    Sandbox sandbox;
    Loop loop;
    ErrorLog log{LogLevel::debug};
    std::array<Fd, 3> writers;
    std::optional<WorkerLog> worker_log;

    Fixture() {
        REQUIRE(log.use(sandbox / "log", ::geteuid()));
        WorkerLog::Pipes readers;
        for (std::size_t i = 0; i < readers.size(); ++i) {
            std::array<int, 2> ends{};
            REQUIRE(::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) == 0);
            readers[i] = Fd(ends[0]);
            writers[i] = Fd(ends[1]);
        }
        worker_log.emplace(loop, log, std::move(readers), 77);
    }

    void say(WorkerLog::Source source, const std::string &text) {
        REQUIRE(::write(writers.at(source).get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
        worker_log->read(source);
    }
    std::string text() const { return read_file(sandbox / "log"); }
    bool holds(const std::string &part) const { return text().find(part) != std::string::npos; }
    long lines() const {
        const std::string all = text();
        return std::count(all.begin(), all.end(), '\n');
    }
};

}  // namespace

TEST_CASE("a worker's own line gets its pid and the level of its prefix") {
    Fixture fixture;
    fixture.say(WorkerLog::own, wire::encode_log_line(LogLevel::error, "bad") + "<6>fine\n");
    CHECK(fixture.holds(" error worker[77]: bad\n"));
    CHECK(fixture.holds(" info worker[77]: fine\n"));
}

TEST_CASE("what a handler prints has a handler's level, whatever it begins with") {
    Fixture fixture;
    for (const auto source : {WorkerLog::output, WorkerLog::error}) fixture.say(source, "<3>not ours\n");
    CHECK(fixture.lines() == 2);
    CHECK(fixture.text().find(" error ") == std::string::npos);
    CHECK(fixture.holds(" info worker[77]: <3>not ours\n"));
}

TEST_CASE("a newline in a worker's own text is shown as one, and other bytes as codes, once") {
    Fixture fixture;
    fixture.say(WorkerLog::own, wire::encode_log_line(LogLevel::info, "a\nb\\c\r\x9b"));
    CHECK(fixture.lines() == 1);
    CHECK(fixture.holds("worker[77]: a\\nb\\\\c\\x0D\\x9B\n"));
}

TEST_CASE("half a line is never glued to a line of another writer") {
    Fixture fixture;
    fixture.say(WorkerLog::error, "half");
    fixture.say(WorkerLog::output, "printed\n");
    fixture.say(WorkerLog::own, "<4>said\n");
    CHECK(fixture.holds("info worker[77]: printed\n"));
    CHECK(fixture.holds("warning worker[77]: said\n"));
    fixture.say(WorkerLog::error, " and half\n");
    CHECK(fixture.holds("info worker[77]: half and half\n"));
}

TEST_CASE("half a line of which nothing more comes ends after a second") {
    Fixture fixture;
    fixture.say(WorkerLog::error, "half");
    fixture.worker_log->look(monotonic_now());
    CHECK(fixture.lines() == 0);
    fixture.worker_log->look(monotonic_now() + std::chrono::seconds(2));
    CHECK(fixture.holds("worker[77]: half\n"));
}

TEST_CASE("a wake-up with nothing to read does not end the watch") {
    Fixture fixture;
    for (const auto source : {WorkerLog::own, WorkerLog::output, WorkerLog::error}) {
        fixture.worker_log->read(source);
        const std::string text = "after " + std::to_string(source) + "\n";
        REQUIRE(::write(fixture.writers.at(source).get(), text.data(), text.size()) > 0);
    }
    Timer look(fixture.loop);
    const Moment deadline = monotonic_now() + std::chrono::seconds(20);
    std::function<void()> until_there = [&] {
        if (fixture.lines() == 3 || monotonic_now() > deadline) return fixture.loop.stop();
        look.at(monotonic_now() + std::chrono::milliseconds(1), until_there);
    };
    look.at(monotonic_now(), until_there);
    fixture.loop.run();
    CHECK(fixture.lines() == 3);
}

TEST_CASE("a line that comes in pieces is one line") {
    Fixture fixture;
    for (const char c : std::string("<4>hello")) fixture.say(WorkerLog::own, std::string(1, c));
    CHECK(fixture.lines() == 0);
    fixture.say(WorkerLog::own, "\n");
    CHECK(fixture.lines() == 1);
    CHECK(fixture.holds(" warning worker[77]: hello\n"));
}

TEST_CASE("no worker can forge another's line or move a terminal's cursor") {
    Fixture fixture;
    for (const auto source : {WorkerLog::own, WorkerLog::output})
        fixture.say(source, "a\r2026 error manager[1]: forged\x1b[2J\x9b\n");
    CHECK(fixture.lines() == 2);
    CHECK(fixture.holds("info worker[77]: a\\x0D2026 error manager[1]: forged\\x1B[2J\\x9B\n"));
}

TEST_CASE("a line without an end is cut, not kept in memory") {
    Fixture fixture;
    for (int i = 0; i < 50; ++i) fixture.say(WorkerLog::output, std::string(4000, 'x'));
    fixture.say(WorkerLog::output, "\nnext\n");
    CHECK(fixture.lines() == 2);
    CHECK(fixture.text().size() < 2 * kLogLineMax);
    CHECK(fixture.holds("worker[77]: next\n"));
}

TEST_CASE("a worker that floods the log is cut off for the second, and what was lost is told and counted") {
    Fixture fixture;
    std::string flood;
    for (unsigned i = 0; i < WorkerLog::kLinesPerSecond + 50; ++i) flood += "x\n";
    fixture.say(WorkerLog::output, flood);
    CHECK(fixture.lines() == WorkerLog::kLinesPerSecond);
    fixture.worker_log->look(monotonic_now() + std::chrono::seconds(2));
    CHECK(fixture.holds("50 log lines of worker[77] were dropped: more than 200 a second"));
    CHECK(fixture.log.dropped() == 50);
    fixture.say(WorkerLog::output, "again\n");
    CHECK(fixture.holds("worker[77]: again\n"));
}

TEST_CASE("the last words of a dead worker are kept at every level, also without a newline") {
    Fixture fixture;
    fixture.log.set_level(LogLevel::error);
    fixture.say(WorkerLog::output, "not these\n");
    std::string many;
    for (int i = 0; i < 10; ++i) many += "line " + std::to_string(i) + "\n";
    fixture.say(WorkerLog::error, many + "terminate called after");
    fixture.writers = {};
    fixture.worker_log->finish();
    CHECK(fixture.lines() == 0);
    CHECK(fixture.worker_log->last_words() == "\"line 6\" \"line 7\" \"line 8\" \"line 9\" \"terminate called after\"");
}
