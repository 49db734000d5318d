#include "wire/hand_off_queue.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <linux/filter.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <string>

#include "wire/passing.hpp"

using namespace hbnb;
using namespace hbnb::wire;
using namespace std::chrono_literals;

namespace {

HandOffQueueEnds make(unsigned depth = 64) {
    auto made = HandOffQueueEnds::make(depth);
    REQUIRE(made.has_value());
    return std::move(*made);
}

struct Pair {
    Pair() {
        std::array<int, 2> ends{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
        near = Fd(ends[0]);
        far = Fd(ends[1]);
    }
    Fd near, far;
};

Moment at(Duration since) { return Moment{since}; }

bool is_open(const Fd &fd) {
    pollfd one{fd.get(), POLLIN, 0};
    return ::poll(&one, 1, 0) == 0;  // its other end: nothing to read, no end of file
}

}  // namespace

TEST_CASE("connections come out in the order in which they went in, each with its moment, sender and kind") {
    const HandOffQueueEnds ends = make();
    Pair first, second;
    REQUIRE(ends.queue().send(first.far.get(), {at(5ms), 7, true}));
    REQUIRE(ends.queue().send(second.far.get(), {at(3ms), 8, false}));
    first.far.reset();
    second.far.reset();
    CHECK(ends.queue().depth() == 2);
    CHECK(ends.queue().head(at(1h)) == at(5ms));
    CHECK(is_open(first.near));  // it lives in the queue

    auto taken = ends.queue().take(at(1h));
    CHECK(taken.what == HandOffQueue::Taken::connection);
    CHECK(taken.entry == HandOffQueue::Entry{at(5ms), 7, true});
    REQUIRE(::write(taken.connection.get(), "a", 1) == 1);
    char got = 0;
    CHECK((::read(first.near.get(), &got, 1) == 1 && got == 'a'));
    CHECK((::fcntl(taken.connection.get(), F_GETFD) & FD_CLOEXEC) != 0);

    taken = ends.queue().take(at(1h));
    CHECK(taken.entry == HandOffQueue::Entry{at(3ms), 8, false});
    CHECK(ends.queue().depth() == 0);
    CHECK_FALSE(ends.queue().head(at(1h)));
    CHECK(ends.queue().take(at(1h)).what == HandOffQueue::Taken::nothing);
}

TEST_CASE("a wake token is no connection, and counts as none") {
    constexpr unsigned kTokens = kWakeTokensMax;
    const HandOffQueueEnds ends = make();
    Pair pair;
    ends.queue().send_wake_tokens(at(1ms), 10 * kTokens);  // more would be of no use, and be counted in the end
    ends.queue().send_wake_tokens(at(1ms), 1);
    CHECK(ends.queue().depth() == 0);
    CHECK_FALSE(ends.queue().is_empty());
    CHECK_FALSE(ends.queue().has_connection());
    CHECK(ends.queue().head(at(1h)) == at(1ms));
    REQUIRE(ends.queue().send(pair.far.get(), {at(2ms), 1, true}));
    CHECK(ends.queue().depth() == 1);
    for (unsigned i = 0; i < kTokens; ++i) {
        const auto taken = ends.queue().take(at(1h));
        CHECK(taken.what == HandOffQueue::Taken::wake_token);
        CHECK_FALSE(taken.connection.is_open());
    }
    CHECK(ends.queue().has_connection());
    CHECK(ends.queue().take(at(1h)).what == HandOffQueue::Taken::connection);
    CHECK(ends.queue().is_empty());
}

TEST_CASE("as many as were asked for fit, and who does not fit stays with the sender") {
    constexpr unsigned kAsked = 400;  // more than an ordinary user's buffer would hold
    const HandOffQueueEnds ends = make(kAsked);
    if (ends.capacity < kAsked) {
        MESSAGE("this user may not force a buffer: room for " << ends.capacity);
        CHECK(::geteuid() != 0);
    }
    Pair pair;
    unsigned sent = 0;
    while (sent < 10 * kAsked && ends.queue().send(pair.far.get(), {at(1ms), 1, true})) ++sent;
    CHECK(sent >= ends.capacity);
    CHECK(sent < 4 * ends.capacity);
    CHECK(ends.queue().depth() == sent);
    CHECK(is_open(pair.near));
    CHECK(ends.queue().take(at(1h)).connection.is_open());
    CHECK(ends.queue().send(pair.far.get(), {at(1ms), 1, true}));
}

TEST_CASE("what lies in a queue when it ends is closed") {
    Pair pair;
    {
        const HandOffQueueEnds ends = make();
        REQUIRE(ends.queue().send(pair.far.get(), {at(1ms), 1, true}));
        pair.far.reset();
        REQUIRE(is_open(pair.near));
    }
    CHECK_FALSE(is_open(pair.near));
}

TEST_CASE("what is no stream connection is closed and not taken for one") {
    const HandOffQueueEnds ends = make();
    Fd sent;
    SUBCASE("/dev/null") { sent = Fd(::open("/dev/null", O_RDWR | O_CLOEXEC)); }
    SUBCASE("a directory") { sent = Fd(::open("/", O_RDONLY | O_CLOEXEC)); }
    SUBCASE("an eventfd") { sent = Fd(::eventfd(1, EFD_CLOEXEC)); }
    SUBCASE("the queue itself") { sent = Fd(::fcntl(ends.in.get(), F_DUPFD_CLOEXEC, 0)); }
    SUBCASE("a datagram socket") { sent = Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)); }
    SUBCASE("a listening socket") {
        sent = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const sockaddr_un unnamed{AF_UNIX, {}};
        REQUIRE(::bind(sent.get(), reinterpret_cast<const sockaddr *>(&unnamed), sizeof(sa_family_t)) == 0);
        REQUIRE(::listen(sent.get(), 1) == 0);
    }
    REQUIRE(ends.queue().send(sent.get(), {at(1ms), 1, true}));
    const auto taken = ends.queue().take(at(1h));
    CHECK(taken.what == HandOffQueue::Taken::rubbish);
    CHECK_FALSE(taken.connection.is_open());
    CHECK(ends.queue().is_empty());
}

TEST_CASE("a blocking connection that says nothing is taken like any other") {
    const HandOffQueueEnds ends = make();
    Pair pair;  // blocking
    REQUIRE(ends.queue().send(pair.far.get(), {at(1ms), 1, true}));
    CHECK(ends.queue().take(at(1h)).what == HandOffQueue::Taken::connection);
}

TEST_CASE("a connection that was made to linger holds up nobody who closes it") {
    const HandOffQueueEnds ends = make();
    Pair pair;
    const linger minute{1, 60};
    REQUIRE(::setsockopt(pair.far.get(), SOL_SOCKET, SO_LINGER, &minute, sizeof minute) == 0);
    REQUIRE(ends.queue().send(pair.far.get(), {at(1ms), 1, true}));
    const auto taken = ends.queue().take(at(1h));
    linger now{1, 60};
    socklen_t size = sizeof now;
    REQUIRE(::getsockopt(taken.connection.get(), SOL_SOCKET, SO_LINGER, &now, &size) == 0);
    CHECK(now.l_onoff == 0);
}

TEST_CASE("moments that a worker makes up are never after now, nor before the machine's start") {
    const HandOffQueueEnds ends = make();
    Pair pair;
    for (const auto moment : {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
        REQUIRE(ends.queue().send(pair.far.get(), {Moment{Duration(moment)}, 1, true}));
        const auto head = ends.queue().head(at(1h));
        REQUIRE(head.has_value());
        CHECK((*head >= Moment{} && *head <= at(1h)));
        const auto taken = ends.queue().take(at(1h));
        CHECK((taken.entry.since >= Moment{} && taken.entry.since <= at(1h)));
    }
}

TEST_CASE("short, long and empty messages are taken, and are no connections") {
    const HandOffQueueEnds ends = make();
    for (const std::size_t bytes : {0, 3, 191, 193, 4000}) {
        CAPTURE(bytes);
        const std::string message(bytes, 'x');
        REQUIRE(::send(ends.in.get(), message.data(), bytes, MSG_DONTWAIT) == static_cast<ssize_t>(bytes));
        const auto taken = ends.queue().take(at(1h));
        CHECK(taken.what != HandOffQueue::Taken::connection);
        CHECK_FALSE(taken.connection.is_open());
        CHECK(ends.queue().is_empty());
    }
}

TEST_CASE("an empty message is no end, and hides nothing that comes after it") {
    const HandOffQueueEnds ends = make();
    Pair pair;
    REQUIRE(::send(ends.in.get(), "", 0, MSG_DONTWAIT) == 0);
    REQUIRE(ends.queue().send(pair.far.get(), {at(1ms), 1, true}));
    CHECK_FALSE(ends.queue().is_empty());
    CHECK(ends.queue().head(at(1h)) == Moment{});  // so it is taken at once, as what has waited for long is
    CHECK(ends.queue().take(at(1h)).what == HandOffQueue::Taken::rubbish);
    CHECK(ends.queue().take(at(1h)).what == HandOffQueue::Taken::connection);
    CHECK(ends.queue().is_empty());
    CHECK_FALSE(ends.queue().is_ended());
    CHECK_FALSE(ends.damage());
}

TEST_CASE("a queue that is shut down is taken empty, and then ended: no end of file is a message") {
    const HandOffQueueEnds ends = make();
    Pair pair;
    REQUIRE(ends.queue().send(pair.far.get(), {at(1ms), 1, true}));
    SUBCASE("both ways") { REQUIRE(::shutdown(ends.in.get(), SHUT_RDWR) == 0); }
    SUBCASE("for writing") { REQUIRE(::shutdown(ends.in.get(), SHUT_WR) == 0); }
    SUBCASE("for reading") { REQUIRE(::shutdown(ends.out.get(), SHUT_RD) == 0); }
    SUBCASE("by its end") { ends.end(); }
    CHECK(ends.damage() == "were shut down");
    CHECK_FALSE(ends.queue().send(pair.far.get(), {at(1ms), 1, true}));
    CHECK_FALSE(ends.queue().is_ended());
    CHECK(ends.queue().head(at(1h)) == at(1ms));
    CHECK(ends.queue().take(at(1h)).what == HandOffQueue::Taken::connection);
    CHECK(ends.queue().is_ended());
    CHECK_FALSE(ends.queue().is_empty());  // nobody waits for it to become readable: it is
    CHECK_FALSE(ends.queue().head(at(1h)));
    CHECK(ends.queue().take(at(1h)).what == HandOffQueue::Taken::ended);
}

TEST_CASE("what is done to a queue's options is seen, or cannot be done") {
    const HandOffQueueEnds ends = make();
    const auto set = [](const Fd &end, int name, int to) {
        return ::setsockopt(end.get(), SOL_SOCKET, name, &to, sizeof to) == 0;
    };
    REQUIRE_FALSE(ends.damage());
    SUBCASE("a small buffer") {
        REQUIRE(set(ends.in, SO_SNDBUF, 1));
        CHECK(ends.damage() == "were made smaller (SO_SNDBUF)");
    }
    SUBCASE("a look that begins behind what waits") {
        REQUIRE(set(ends.out, SO_PEEK_OFF, 1 << 20));
        CHECK(ends.damage() == "hide what waits in them (SO_PEEK_OFF)");
    }
    SUBCASE("a filter") {
        sock_filter nothing{BPF_RET | BPF_K, 0, 0, 0};
        const sock_fprog program{1, &nothing};
        for (const Fd *end : {&ends.in, &ends.out}) {
            CHECK(::setsockopt(end->get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0);
            CHECK_FALSE(set(*end, SO_LOCK_FILTER, 0));
        }
    }
    SUBCASE("a low-water mark, and waiting calls") {
        REQUIRE(set(ends.out, SO_RCVLOWAT, 1 << 20));
        REQUIRE((::fcntl(ends.in.get(), F_SETFL, 0) == 0 && ::fcntl(ends.out.get(), F_SETFL, 0) == 0));
        Pair pair;
        CHECK(ends.queue().is_empty());
        CHECK(ends.queue().take(at(1h)).what == HandOffQueue::Taken::nothing);
        CHECK(ends.queue().send(pair.far.get(), {at(1ms), 1, true}));
        CHECK_FALSE(ends.queue().is_empty());
        CHECK(ends.queue().take(at(1h)).what == HandOffQueue::Taken::connection);
    }
}

TEST_CASE("what lies in a queue that ends moves into another one, in its order") {
    const HandOffQueueEnds old = make(), other = make();
    Pair first, second;
    const int far_away = 1 << 20;
    REQUIRE(old.queue().send(first.far.get(), {at(1ms), 1, true}));
    REQUIRE(::send(old.in.get(), "", 0, MSG_DONTWAIT) == 0);
    REQUIRE(old.queue().send(second.far.get(), {at(2ms), 2, false}));
    REQUIRE(::setsockopt(old.out.get(), SOL_SOCKET, SO_PEEK_OFF, &far_away, sizeof far_away) == 0);
    first.far.reset();
    old.end();
    old.move_to(other.queue(), at(1h));
    CHECK(old.queue().is_ended());
    CHECK(other.queue().depth() == 2);
    CHECK(other.queue().take(at(1h)).entry == HandOffQueue::Entry{at(1ms), 1, true});
    CHECK(is_open(second.near));
    CHECK(other.queue().take(at(1h)).entry == HandOffQueue::Entry{at(2ms), 2, false});
    CHECK(other.queue().take(at(1h)).what ==
          HandOffQueue::Taken::wake_token);  // those who were woken for the old one look again
}

TEST_CASE("of several descriptors in one message none is left open, also where control data of others comes first") {
    const HandOffQueueEnds ends = make();
    const int on = 1;
    bool credentials = false;
    SUBCASE("alone") {}
    SUBCASE("behind credentials") { credentials = true; }
    if (credentials) REQUIRE(::setsockopt(ends.out.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0);
    Pair good, more;
    REQUIRE(ends.queue().send(good.far.get(), {at(1ms), 1, true}));
    CHECK(ends.queue().take(at(1h)).connection.is_open());
    std::array<char, 192> message{};
    iovec part{message.data(), message.size()};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    Passing passing;
    passing.attach(header, std::array{good.far.get(), more.far.get(), more.far.get()});
    REQUIRE(::sendmsg(ends.in.get(), &header, MSG_DONTWAIT) == static_cast<ssize_t>(message.size()));
    good.far.reset();
    more.far.reset();
    static_cast<void>(ends.queue().take(at(1h)));
    CHECK_FALSE(is_open(good.near));
    CHECK_FALSE(is_open(more.near));
}

TEST_CASE("the board shows what its maker sets, and nobody else can write to it") {
    Fd memfd;
    auto mine = PoolBoardMapping::create(memfd);
    REQUIRE(mine.has_value());
    mine->set_depth_max(12);
    const auto theirs = PoolBoardMapping::open(memfd.get());
    REQUIRE(theirs.has_value());
    CHECK(theirs->board().depth_max == 12);
    mine->set_depth_max(3);
    CHECK(theirs->board().depth_max == 3);
    CHECK(::mmap(nullptr, sizeof(PoolBoard), PROT_READ | PROT_WRITE, MAP_SHARED, memfd.get(), 0) == MAP_FAILED);
    const PoolBoard zero;
    CHECK(::pwrite(memfd.get(), &zero, sizeof zero, 0) < 0);
    CHECK(::ftruncate(memfd.get(), 0) < 0);
}

TEST_CASE("a board of another size is refused with a sentence") {
    const Fd other(::memfd_create("other", MFD_CLOEXEC));
    REQUIRE(::ftruncate(other.get(), 1) == 0);
    const auto opened = PoolBoardMapping::open(other.get());
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().message == "unable to open the pool board: its size is that of another build");
}
