#include "manager/host/log_sink.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>

#include "unit/manager/sandbox.hpp"

using namespace hbnb;
using namespace hbnb::manager;
using namespace hbnb::test;

namespace {

constexpr auto kNone = LogSink::Patience::none;

std::string lines(std::size_t count, std::size_t size) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string number = std::to_string(i) + " ";
        text += number + std::string(size - number.size() - 1, 'x') + "\n";
    }
    return text;
}

Fd append_to(const std::string &path) {
    return Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
}

// Files of this process end at so many bytes: what a full disk does, for whoever runs the test.
class Limit {
  public:
    explicit Limit(rlim_t bytes) {
        ::signal(SIGXFSZ, SIG_IGN);
        REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
        set(bytes);
    }
    void set(rlim_t bytes) {
        const rlimit limit{bytes, before_.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
    }
    ~Limit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

  private:
    rlimit before_{};
};

struct Ends {
    Fd read, write;
};

Ends make_pipe(int flags) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), flags | O_CLOEXEC) == 0);
    return {Fd(ends[0]), Fd(ends[1])};
}

std::string drain(int fd) {
    std::string all;
    std::array<char, 65536> piece{};
    REQUIRE(::fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    for (ssize_t got = 0; (got = ::read(fd, piece.data(), piece.size())) > 0;)
        all.append(piece.data(), static_cast<std::size_t>(got));
    return all;
}

}  // namespace

TEST_CASE("a file that becomes full in the middle of a line keeps whole lines, and the rest is counted") {
    const Sandbox sandbox;
    LogSink sink(append_to(sandbox / "log"));
    Limit limit(10'050);
    const std::string batch = lines(200, 100);
    CHECK(sink.write(batch, kNone) == 100);
    CHECK(read_file(sandbox / "log") == batch.substr(0, 10'000));
    CHECK(sink.write("short\n", kNone) == 0);  // it fits where the torn line has been
    CHECK(sink.write(batch, kNone) == 200);
    limit.set(1 << 20);
    CHECK(sink.write("back\n", kNone) == 0);
    CHECK(read_file(sandbox / "log") == batch.substr(0, 10'000) + "short\nback\n");
}

TEST_CASE("what another process has appended behind a torn line stays, and the next line begins on its own") {
    const Sandbox sandbox;
    const std::string log = sandbox / "log";
    Fd file = append_to(log);
    const int descriptor = file.get();
    LogSink sink(std::move(file));
    {
        Limit limit(150);
        // The position that the sink compares with the end is moved on, as by a writer between its two looks.
        CHECK(sink.write(lines(1, 100), kNone) == 0);
        CHECK(::write(append_to(log).get(), "theirs\n", 7) == 7);
        CHECK(::lseek(descriptor, 0, SEEK_CUR) == 100);
        CHECK(sink.write(lines(1, 100), kNone) == 1);
    }
    CHECK(sink.write("next\n", kNone) == 0);
    CHECK(read_file(log) == lines(1, 100) + "theirs\nnext\n");
}

TEST_CASE("a pipe that is full gets pieces of whole lines, and what is not in it is counted") {
    for (const int flags : {0, O_NONBLOCK}) {
        Ends pipe = make_pipe(flags);
        LogSink sink(std::move(pipe.write));
        const std::string batch = lines(2000, 150);
        const std::uint64_t lost = sink.write(batch, kNone);
        const std::string there = drain(pipe.read.get());
        CHECK(lost > 0);
        CHECK(there.back() == '\n');
        CHECK(static_cast<std::uint64_t>(std::count(there.begin(), there.end(), '\n')) + lost == 2000);
        CHECK((there == batch.substr(0, there.size())));
    }
}

TEST_CASE("a socket, a terminal's kind and a full device take lines or have them counted") {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    const Fd reader(ends[0]);
    LogSink socket{Fd(ends[1])};
    const std::uint64_t lost = socket.write(lines(20'000, 100), kNone);
    const std::string there = drain(reader.get());
    CHECK(lost > 0);
    CHECK(static_cast<std::uint64_t>(std::count(there.begin(), there.end(), '\n')) + lost == 20'000);
    CHECK(there.back() == '\n');

    LogSink full{append_to("/dev/full")};
    CHECK(full.write(lines(100, 100), kNone) == 100);
    LogSink null{append_to("/dev/null")};
    CHECK(null.write(lines(100, 100), kNone) == 0);
    CHECK(LogSink().write(lines(3, 100), kNone) == 3);
}

TEST_CASE("a reader that has gone costs its lines and no signal") {
    ::signal(SIGPIPE, SIG_IGN);
    Ends pipe = make_pipe(O_NONBLOCK);
    pipe.read.reset();
    LogSink sink(std::move(pipe.write));
    CHECK(sink.write(lines(5, 100), LogSink::Patience::waits) == 5);
}
