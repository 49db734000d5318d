// Whatever the logs are written to, and whatever becomes of it and of the workers: every request is answered, and each
// line is whole in the log, or counted.
#include <doctest/doctest.h>

#include <fcntl.h>
#include <pty.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <regex>
#include <sstream>
#include <thread>

#include "support/container.hpp"
#include "support/fastcgi_client.hpp"
#include "support/invariants.hpp"
#include "support/root.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

constexpr unsigned kRequests = 4000;  // their lines are twice of what is kept for a reader that stands still
const std::string kAgent(600, 'u');

struct Ends {
    Fd read, write;
};

Ends make_pipe(int flags = 0) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC | flags) == 0);
    return {Fd(ends[0]), Fd(ends[1])};
}

Ends make_socket() {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    return {Fd(ends[0]), Fd(ends[1])};
}

Ends make_terminal() {
    int master = -1, slave = -1;
    REQUIRE(::openpty(&master, &slave, nullptr, nullptr, nullptr) == 0);
    ::fcntl(master, F_SETFD, FD_CLOEXEC);
    ::fcntl(slave, F_SETFD, FD_CLOEXEC);
    return {Fd(master), Fd(slave)};
}

// Numbered, so that each line can be found again; how many were answered.
unsigned ask(const std::string &socket, unsigned from, unsigned count) {
    FastcgiConnection client(socket);
    unsigned answered = 0;
    for (unsigned i = from; i < from + count; ++i) {
        auto request = fastcgi_get("/demo/hello?n=" + std::to_string(i), true);
        request.params.emplace_back("HTTP_USER_AGENT", kAgent);
        const auto answer = client.ask(request);
        if (answer && answer->http_status() == 200) ++answered;
    }
    return answered;
}

// Reads on what a reader that stands still has left.
class Reader {
  public:
    explicit Reader(int descriptor) : descriptor_(descriptor) {
        REQUIRE(::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0);
    }
    const std::string &text() {
        std::array<char, 65536> piece{};
        for (ssize_t got = 0; (got = ::read(descriptor_, piece.data(), piece.size())) > 0;)
            text_.append(piece.data(), static_cast<std::size_t>(got));
        return text_;
    }
    void add(std::string_view piece) { text_ += piece; }

  private:
    int descriptor_;
    std::string text_;
};

// Reads a third of what is written, as long as clients ask: a living reader that is too slow. Then all that there is.
class SlowReader {
  public:
    SlowReader(int descriptor, const std::atomic<unsigned> &answered) : reader_(descriptor) {
        thread_ = std::thread([this, descriptor, &answered] {
            std::array<char, 1024> piece{};
            for (std::size_t read = 0; !is_over_;) {
                const bool is_ahead = read > answered * (kAgent.size() / 3);
                const ssize_t got = is_ahead ? 0 : ::read(descriptor, piece.data(), piece.size());
                if (got <= 0) {
                    std::this_thread::yield();
                    continue;
                }
                reader_.add({piece.data(), static_cast<std::size_t>(got)});
                read += static_cast<std::size_t>(got);
            }
        });
    }
    SlowReader(const SlowReader &) = delete;
    SlowReader &operator=(const SlowReader &) = delete;
    ~SlowReader() { end(); }
    Reader &end() {
        is_over_ = true;
        if (thread_.joinable()) thread_.join();
        return reader_;
    }

  private:
    Reader reader_;
    std::atomic<bool> is_over_{false};
    std::thread thread_;
};

// Whole lines of ask()'s requests, none twice. A terminal ends its lines with \r\n.
std::uint64_t whole_lines(const std::string &log) {
    static const std::string begin = "] \"GET /demo/hello?n=", end = " HTTP/1.1\" 200 25 \"-\" \"" + kAgent + "\"";
    std::istringstream lines(log);
    std::vector<bool> seen(10 * kRequests);
    std::uint64_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        if (lines.eof()) return count;  // what is still to come
        if (line.ends_with('\r')) line.pop_back();
        const auto at = line.find(begin);
        REQUIRE_MESSAGE((at != std::string::npos && at < 60 && line.ends_with(end)), line.substr(0, 200));
        std::size_t digits = 0;
        const auto number = std::stoul(line.substr(at + begin.size()), &digits);
        REQUIRE_MESSAGE(at + begin.size() + digits + end.size() == line.size(), line.substr(0, 200));
        CHECK_FALSE(seen.at(number));
        seen.at(number) = true;
    }
    return count;
}

void check_each_is_there_or_counted(const Container &container, Reader &reader, std::uint64_t answered) {
    std::uint64_t there = 0, lost = 0;
    CHECK_MESSAGE(eventually([&] {
                      there = whole_lines(reader.text());
                      lost = container.status().access_lines_lost;
                      return there + lost == answered;
                  }),
                  there << " lines are there, " << lost << " counted, " << answered << " answered");
}

bool is_at_rest(const Container &container) {
    const auto workers = container.pool().workers;
    return std::all_of(workers.begin(), workers.end(), [](const auto &one) { return one.busy == 0; });
}

bool in_log(const Container &container, const std::string &text) {
    return eventually([&] { return container.error_log().find(text) != std::string::npos; });
}

}  // namespace

TEST_CASE("a reader that stands still holds up no request, and each line is whole or counted") {
    Ends ends;
    ContainerSettings settings{.min = 2, .max = 2};
    settings.access_path = "/dev/stdout";
    SUBCASE("a pipe that can be opened again") { ends = make_pipe(); }
    SUBCASE("a pipe of another user, which the container's may not open") {
        if (!is_root_or_skipped()) return;
        settings.user = "nobody";
        ends = make_pipe();
    }
    SUBCASE("a non-blocking pipe") { ends = make_pipe(O_NONBLOCK); }
    SUBCASE("a stream socket") { ends = make_socket(); }
    SUBCASE("a terminal") { ends = make_terminal(); }
    settings.around.standard_output = ends.write.get();
    Container container(settings);
    container.expect_in_log("of the access log were lost");
    unsigned answered = ask(container.socket(), 0, kRequests);
    CHECK(answered == kRequests);
    CHECK(eventually([&] { return container.status().access_lines_lost > 0; }));
    CHECK(in_log(container, " lines of the access log were lost, "));
    for (const int number : {SIGUSR1, SIGHUP}) {
        container.signal(number);
        CHECK(in_log(container, number == SIGUSR1 ? "logs opened anew" : "reload: generation 2 serves"));
        answered += ask(container.socket(), answered, kRequests);
    }
    CHECK(answered == 3 * kRequests);
    const Outcome told = run({control_program(), "--control", container.dir() / "control.sock", "status"});
    CHECK_MESSAGE(std::regex_search(told.output, std::regex("lines lost: [1-9]\\d* of the access log")), told.output);
    Reader reader(ends.read.get());
    check_each_is_there_or_counted(container, reader, answered);
    answered += ask(container.socket(), answered, 50);
    check_each_is_there_or_counted(container, reader, answered);
}

TEST_CASE("a FIFO whose reader stands still, and one whose reader goes and comes back, hold up no request") {
    TempDir dir;
    const std::string fifo = dir / "access.fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    Fd reading(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    ContainerSettings settings{.min = 2, .max = 2};
    settings.access_path = fifo;
    Container container(settings);
    container.expect_in_log("of the access log were lost");
    CHECK(ask(container.socket(), 0, kRequests) == kRequests);
    {
        Reader reader(reading.get());
        check_each_is_there_or_counted(container, reader, kRequests);
    }
    const std::uint64_t before = container.status().access_lines_lost;
    reading.reset();
    CHECK(ask(container.socket(), 0, 100) == 100);
    CHECK(eventually([&] { return container.status().access_lines_lost == before + 100; }));
    reading = Fd(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    CHECK(ask(container.socket(), 0, 100) == 100);
    Reader reader(reading.get());
    CHECK(eventually([&] { return whole_lines(reader.text()) == 100; }));
}

TEST_CASE("an access log that takes nothing has every line counted, and no request waits") {
    ContainerSettings settings{.min = 2, .max = 2};
    settings.access_path = "/dev/full";
    Container container(settings);
    container.expect_in_log("of the access log were lost");
    CHECK(ask(container.socket(), 0, 300) == 300);
    CHECK(eventually([&] { return container.status().access_lines_lost == 300; }));
    CHECK(in_log(container, "300 since the start"));
}

TEST_CASE("a disk that becomes full has whole lines and an exact count, and goes on when there is room") {
    if (!is_root_or_skipped()) return;
    const TempDir dir;
    if (::mount("tmpfs", dir.path().c_str(), "tmpfs", 0, "size=256k") != 0) {
        MESSAGE("skipped: a file system cannot be mounted here");
        return;
    }
    const std::string log = dir / "access.log", filling = dir / "filling";
    {
        ContainerSettings settings{.min = 2, .max = 2};
        settings.access_path = log;
        Container container(settings);
        container.expect_in_log("of the access log were lost");
        write_file(filling, std::string(100'000, 'x'));
        unsigned answered = ask(container.socket(), 0, 1000);
        CHECK(eventually([&] { return container.status().access_lines_lost > 0; }));
        CHECK(
            eventually([&] { return whole_lines(read_file(log)) + container.status().access_lines_lost == answered; }));
        std::filesystem::remove(filling);
        answered += ask(container.socket(), answered, 20);
        CHECK(
            eventually([&] { return whole_lines(read_file(log)) + container.status().access_lines_lost == answered; }));
        CHECK(answered == 1020);
        const std::string text = read_file(log);
        CHECK(text.find("?n=1019 ") != std::string::npos);
        CHECK(text.back() == '\n');
    }
    CHECK(::umount(dir.path().c_str()) == 0);
}

TEST_CASE(
    "lines that a killed worker had in hand are in the log, all of them, also behind a reader that stands still") {
    Ends ends = make_pipe();
    ContainerSettings settings{.min = 2, .max = 2};
    settings.access_path = "/dev/stdout";
    settings.around.standard_output = ends.write.get();
    Container container(settings);
    for (const char *what : {"signal 9", "die young", "of the access log were lost"}) container.expect_in_log(what);
    unsigned answered = 0;
    for (int round = 0; round < 3; ++round) {
        answered += ask(container.socket(), answered, 700);
        REQUIRE(eventually([&] { return is_at_rest(container); }));  // the last one's line is put behind its answer
        for (const pid_t worker : container.worker_pids()) ::kill(worker, SIGKILL);
        CHECK(eventually([&] {
            const auto pool = container.pool();
            return pool.workers_crashed >= 2U * static_cast<unsigned>(round + 1) && pool.serving == 2;
        }));
    }
    CHECK(answered == 2100);
    Reader reader(ends.read.get());
    check_each_is_there_or_counted(container, reader, answered);
}

TEST_CASE(
    "behind a slow reader under load each line is whole or counted, also those that a killed worker had in hand") {
    constexpr unsigned kClients = 4;
    Ends ends = make_pipe();
    ContainerSettings settings{.min = 2, .max = 2};
    settings.access_path = "/dev/stdout";
    settings.around.standard_output = ends.write.get();
    Container container(settings);
    for (const char *what : {"signal 9", "die young", "of the access log were lost"}) container.expect_in_log(what);
    std::atomic<unsigned> next{0}, answered{0};
    SlowReader slow(ends.read.get(), answered);
    for (unsigned round = 1; round <= 2; ++round) {
        std::vector<std::thread> clients;
        for (unsigned i = 0; i < kClients; ++i)
            clients.emplace_back([&] {
                for (unsigned asked = 0; asked < kRequests; asked += 100)
                    answered += ask(container.socket(), next.fetch_add(100), 100);
            });
        for (auto &one : clients) one.join();
        CHECK(eventually([&] { return container.status().access_lines_lost > 0; }));
        REQUIRE(eventually([&] { return is_at_rest(container); }));  // each line is put behind its answer
        for (const pid_t worker : container.worker_pids()) ::kill(worker, SIGKILL);
        CHECK(eventually([&] {
            const auto pool = container.pool();
            return pool.workers_crashed == 2 * round && pool.serving == 2;
        }));
    }
    CHECK(answered == 2 * kClients * kRequests);
    check_each_is_there_or_counted(container, slow.end(), answered);
}

TEST_CASE("workers killed under load lose no line but those of the requests in their hands") {
    Container container({.min = 2, .max = 2});
    container.expect_in_log("signal 9");
    container.expect_in_log("die young");
    std::uint64_t answered = 0;
    for (unsigned kills = 0; kills < 10; ++kills) {
        const auto workers = container.worker_pids();
        FastcgiConnection client(container.socket());
        for (unsigned i = 0; i < 200; ++i) {
            if (i == 100 && !workers.empty()) ::kill(workers.front(), SIGKILL);
            auto request = fastcgi_get("/demo/hello?n=" + std::to_string(answered), true);
            request.params.emplace_back("HTTP_USER_AGENT", kAgent);
            if (!client.ask(request)) break;  // it was this worker's
            ++answered;
        }
        REQUIRE(
            eventually([&] { return container.pool().workers_crashed == kills + 1 && container.pool().serving == 2; }));
    }
    std::uint64_t there = 0;
    const std::regex open_request("\\(request ");
    const std::string errors = container.error_log();
    const auto open = static_cast<std::uint64_t>(
        std::distance(std::sregex_iterator(errors.begin(), errors.end(), open_request), std::sregex_iterator()));
    CHECK(eventually([&] {
        there = whole_lines(container.access_log()) + container.status().access_lines_lost;
        return there + open >= answered;
    }));
    CHECK(there <= answered);
}

TEST_CASE("an error log whose reader stands still holds up neither a request nor the manager") {
    TempDir dir;
    const std::string fifo = dir / "error.fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    const Fd reading(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    ContainerSettings settings{.min = 2, .max = 2, .mounts = {{"/demo", "demo"}, {"/prints", test_plugin("prints")}}};
    settings.error_log = fifo;
    Container container(settings);
    FastcgiConnection client(container.socket());
    CHECK(eventually([&] {  // until nothing more goes in: some thousand lines are kept
        for (int i = 0; i < 500; ++i) {
            const auto answer = client.ask(fastcgi_get("/prints/lines?" + std::string(1500, 'q'), true));
            if (!answer || answer->http_status() != 200) return true;
        }
        return container.status().log_lines_dropped > 0;
    }));
    const auto answer = client.ask(fastcgi_get("/demo/hello", true));
    REQUIRE(answer);
    CHECK(answer->http_status() == 200);
    CHECK(container.status().log_lines_dropped > 0);
    Reader reader(reading.get());
    CHECK(eventually([&] { return reader.text().find(" log lines ") != std::string::npos; }));
}

TEST_CASE("a worker holds no descriptor of a log, and what it holds cannot truncate one") {
    Container container({.min = 1, .max = 1});
    const std::string directory = "/proc/" + std::to_string(container.worker_pids().at(0)) + "/fd";
    for (const auto &entry : std::filesystem::directory_iterator(directory)) {
        const std::string target = std::filesystem::read_symlink(entry.path());
        CHECK_MESSAGE(target.find(".log") == std::string::npos, target);
        CHECK_MESSAGE(target.find(container.dir().path()) == std::string::npos, target);
    }
}
