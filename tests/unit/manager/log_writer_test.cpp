#include "manager/host/log_writer.hpp"

#include <fcntl.h>

#include <algorithm>
#include <atomic>
#include <sstream>
#include <thread>
#include <utility>

#include "base/log.hpp"
#include "support/eventually.hpp"
#include "unit/manager/sandbox.hpp"

using namespace hbnb;
using namespace hbnb::manager;
using namespace hbnb::test;

namespace {

constexpr std::string_view kLine = "::1 - - [x] \"GET / HTTP/1.1\" 200 1 \"-\" \"-\"\n";

std::uint64_t count(const std::string &text) {
    return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

LogSink sink_of(const std::string &path) {
    return LogSink(Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)));
}

// A worker with its ring, in this process.
struct Worker {
    explicit Worker(LogWriter &writer)
        : ring(writer.add(wire::LogRing::create(memfd).value())), end(wire::LogRing::open(memfd.get()).value()) {}
    Fd memfd;
    std::shared_ptr<LogWriter::Ring> ring;
    wire::LogRing end;
};

// A pipe that nobody reads until somebody does.
struct StoppedReader {
    Fd read, write;
    StoppedReader() {
        std::array<int, 2> ends{};
        REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
        read = Fd(ends[0]);
        write = Fd(ends[1]);
    }
    std::string text;
    void go_on() {
        std::array<char, 65536> piece{};
        REQUIRE(::fcntl(read.get(), F_SETFL, O_NONBLOCK) == 0);
        for (ssize_t got = 0; (got = ::read(read.get(), piece.data(), piece.size())) > 0;)
            text.append(piece.data(), static_cast<std::size_t>(got));
    }
};

}  // namespace

TEST_CASE("lines that are given and those of workers are written, with a thread and without") {
    for (const bool with_thread : {false, true}) {
        const Sandbox sandbox;
        LogWriter writer;
        if (with_thread) REQUIRE(writer.start());
        writer.use(sink_of(sandbox / "log"));
        Worker worker(writer);
        for (int i = 0; i < 1000; ++i) REQUIRE(worker.end.put(kLine));
        writer.write("given\n");
        writer.look();
        CHECK(eventually([&] { return count(read_file(sandbox / "log")) == 1001; }));
        CHECK(writer.lost() == 0);
        CHECK(writer.finish() == 0);
    }
}

TEST_CASE("what a dead worker has left is written, all of it") {
    const Sandbox sandbox;
    LogWriter writer;
    REQUIRE(writer.start());
    writer.use(sink_of(sandbox / "log"));
    std::uint64_t put = 0;
    for (int i = 0; i < 20; ++i) {
        Worker worker(writer);
        while (worker.end.put(kLine) && put % 5'000 != 4'999) ++put;
        ++put;
        writer.has_gone(worker.ring);
    }
    CHECK(writer.finish() == 0);
    CHECK(count(read_file(sandbox / "log")) + writer.lost() == put);
    CHECK(writer.lost() == 0);
}

TEST_CASE("a reader that stands still stops nobody, and when it goes on each line is there or counted") {
    StoppedReader reader;
    LogWriter writer;
    REQUIRE(writer.start());
    writer.use(LogSink(std::move(reader.write)));
    Worker worker(writer);
    std::uint64_t said = 0;
    std::thread busy([&] {
        for (; said < 100'000; ++said) worker.end.put(kLine);
    });
    busy.join();  // it comes back though nobody reads
    const std::string given = std::string(2000, 'x') + "\n";
    for (int i = 0; i < 2000; ++i) writer.write(given);
    said += 2000;
    writer.look();
    CHECK(eventually([&] {
        reader.go_on();
        writer.look();
        return count(reader.text) + writer.lost() == said;
    }));
    CHECK(writer.lost() > 0);
    CHECK(writer.finish() == 0);
}

TEST_CASE("rings of dead workers do not gather without a limit while a reader stands still") {
    StoppedReader reader;
    LogWriter writer;
    REQUIRE(writer.start());
    writer.use(LogSink(std::move(reader.write)));
    std::uint64_t said = 0;
    for (std::size_t i = 0; i < 3 * LogWriter::kRingsOfGone; ++i) {
        Worker worker(writer);
        for (int line = 0; line < 5000; ++line, ++said) worker.end.put(kLine);
        writer.look();
        writer.has_gone(worker.ring);
    }
    CHECK(writer.lost() >= LogWriter::kRingsOfGone * 5000);
    std::uint64_t seen = 0;
    CHECK(eventually([&] {
        reader.go_on();
        seen += count(std::exchange(reader.text, {}));
        return seen + writer.lost() == said;
    }));
}

TEST_CASE("a writer ends though its reader never goes on, and says what is left") {
    StoppedReader reader;
    LogWriter writer;
    REQUIRE(writer.start());
    writer.use(LogSink(std::move(reader.write)));
    Worker worker(writer);
    for (int i = 0; i < 5000; ++i) worker.end.put(kLine);
    writer.look();
    writer.has_gone(worker.ring);
    CHECK(writer.finish() > 0);
}

TEST_CASE("while workers write and the log is rotated, each line is whole in one of the files, once") {
    constexpr int kFiles = 20;
    const Sandbox sandbox;
    const auto name = [&](int i) { return sandbox / "log" + std::to_string(i); };
    LogWriter writer;
    REQUIRE(writer.start());
    writer.use(sink_of(name(0)));
    Worker worker(writer);
    std::atomic<bool> is_over{false};
    std::uint64_t said = kFiles - 1;
    std::atomic<int> allowed{0};  // lines; a file is read again and again until what is waited for is in it
    std::thread busy([&] {
        while (!is_over) {
            if (allowed > 0 && worker.end.put(kLine)) {
                ++said;
                --allowed;
            } else {
                std::this_thread::yield();
            }
        }
    });
    for (int i = 1; i < kFiles; ++i) {
        allowed += 2000;
        writer.use(sink_of(name(i)));
        writer.write("given\n");
        CHECK(eventually([&] {
            writer.look();
            return read_file(name(i)).find("given\n") != std::string::npos;
        }));
    }
    is_over = true;
    busy.join();
    writer.has_gone(worker.ring);
    CHECK(writer.finish() == 0);
    std::string all;
    for (int i = 0; i < kFiles; ++i) all += read_file(name(i));
    CHECK(count(all) == said);
    std::istringstream each(all);
    for (std::string line; std::getline(each, line);) REQUIRE((line == "given" || line + "\n" == kLine));
}
