// The intake by itself: a listening socket, two hand-off queues and an epoll set, no connection table.
#include "worker/io/intake.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "unit/worker/worker_parts.hpp"

using namespace hbnb;
using namespace hbnb::test;
using namespace hbnb::worker;
using namespace std::chrono_literals;

namespace {

struct NoDescriptor {
    NoDescriptor() {
        ::getrlimit(RLIMIT_NOFILE, &before);
        const int next_free = ::dup(STDERR_FILENO);
        ::close(next_free);
        const rlimit none{static_cast<rlim_t>(next_free), before.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &none);
    }
    NoDescriptor(const NoDescriptor &) = delete;
    NoDescriptor &operator=(const NoDescriptor &) = delete;
    ~NoDescriptor() { ::setrlimit(RLIMIT_NOFILE, &before); }
    rlimit before{};
};

struct TakingIn {
    TakingIn() : listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
        address.sun_family = AF_UNIX;
        (ground.dir / "s").copy(address.sun_path, sizeof address.sun_path - 1);
        REQUIRE(::bind(listener.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0);
        REQUIRE(::listen(listener.get(), 64) == 0);
        ground.setup.listeners = {{listener.get(), "unix:s", true, {}, {}}};
        ground.setup.hand_off = queues.setup();
        REQUIRE(epoll.open().has_value());
        intake.emplace(ground.setup, ground.log, ground.board.board(), epoll);
        REQUIRE(intake->open().has_value());
        REQUIRE(intake->begin().has_value());
    }
    void connect() {
        Fd &one = clients.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        REQUIRE(::connect(one.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0);
    }
    std::optional<Intake::Source> reported() const {
        const auto tags = epoll.look(1);
        return tags.empty() ? std::nullopt : std::optional(Intake::source_of(tags[0]));
    }
    bool is_bell_rung() const {
        std::uint64_t rings = 0;
        return ::read(epoll.bell(), &rings, sizeof rings) == sizeof rings;
    }

    WorkerGround ground;
    sockaddr_un address{};
    Fd listener;
    Queues queues;
    Epoll epoll{1};
    std::optional<Intake> intake;
    std::vector<Fd> clients;
    const Moment now = monotonic_now();
};

}  // namespace

TEST_CASE("what comes at a listening socket is reported as its own, accepted, and counted") {
    TakingIn at;
    CHECK_FALSE(at.reported());
    CHECK_FALSE(at.intake->has_pending());
    at.connect();
    REQUIRE(at.reported());
    CHECK(at.reported()->kind == Intake::Source::Kind::listener);
    CHECK(at.intake->has_pending());
    const auto came = at.intake->accept(at.reported()->listener);
    CHECK(came.what == Intake::What::connection);
    CHECK(came.socket.is_open());
    CHECK(came.entry == wire::HandOffQueue::Entry{{}, 0, true, true, {}});
    CHECK(at.intake->accept(0).what == Intake::What::nothing);
    CHECK(at.ground.board.board().accepted == 1);
}

TEST_CASE("what lies in a hand-off queue is reported as that queue's, and says what it is") {
    for (const QueueKind kind : {QueueKind::waiting, QueueKind::idle}) {
        TakingIn at;
        const SocketPair pair;
        const wire::HandOffQueue::Entry entry{at.now, 0, true, kind == QueueKind::waiting, at.now + 3s};
        REQUIRE(at.intake->send(kind, pair.far.get(), entry));
        CHECK(at.ground.board.board().handed_over == 1);
        REQUIRE(at.reported());
        CHECK(at.reported()->kind == Intake::Source::Kind::queue);
        CHECK(at.reported()->queue == kind);
        CHECK(at.intake->has_pending());
        const auto came = at.intake->take(kind, at.now);
        CHECK(came.what == Intake::What::connection);
        CHECK(came.entry == entry);
        CHECK(at.intake->take(kind, at.now).what == Intake::What::nothing);
        CHECK_FALSE(at.reported());
    }
}

TEST_CASE(
    "a worker that is paused waits for nothing until it is resumed, and has somebody else woken for want of a slot") {
    TakingIn at;
    SUBCASE("no slot") {
        at.intake->pause(at.now, Intake::Want::slot);
        CHECK(at.intake->take(QueueKind::waiting, at.now).what == Intake::What::wake_token);
    }
    SUBCASE("no slot, and somebody waits in the queue, for whom another was woken") {
        const SocketPair pair;
        REQUIRE(at.intake->send(QueueKind::waiting, pair.far.get(), {at.now, 0, true, true, {}}));
        at.intake->pause(at.now, Intake::Want::slot);
        CHECK(at.intake->take(QueueKind::waiting, at.now).what == Intake::What::connection);
    }
    SUBCASE("no descriptor") { at.intake->pause(at.now, Intake::Want::descriptor); }
    CHECK(at.intake->is_paused());
    CHECK(at.is_bell_rung());
    CHECK(at.intake->take(QueueKind::waiting, at.now).what == Intake::What::nothing);
    at.connect();
    CHECK_FALSE(at.reported());
    at.intake->resume();
    CHECK_FALSE(at.intake->is_paused());
    CHECK(at.reported());
}

TEST_CASE("an intake that has ended is not resumed, and each thread that was woken wakes another worker") {
    TakingIn at;
    at.connect();
    at.intake->end(at.now, 2);
    CHECK(at.intake->take(QueueKind::waiting, at.now).what == Intake::What::wake_token);
    CHECK(at.intake->take(QueueKind::waiting, at.now).what == Intake::What::wake_token);
    CHECK(at.intake->take(QueueKind::waiting, at.now).what == Intake::What::nothing);
    at.intake->pause(at.now, Intake::Want::slot);
    at.intake->resume();
    REQUIRE(at.intake->begin().has_value());
    CHECK_FALSE(at.reported());
    CHECK(at.intake->accept(0).what == Intake::What::connection);  // the last ones, by hand
}

TEST_CASE("room is needed where somebody is seen waiting at a full worker at each of many looks, one after the other") {
    TakingIn at;
    const auto looks = [&](unsigned count, bool is_full) {
        bool needed = false;
        for (unsigned i = 0; i < count; ++i) needed = at.intake->look(at.now, is_full).needs_room || needed;
        return needed;
    };
    at.connect();
    CHECK_FALSE(looks(100, true));  // it is waited for: a thread takes it
    at.intake->pause(at.now, Intake::Want::slot);
    CHECK_FALSE(looks(100, false));
    CHECK_FALSE(looks(Intake::kLooksForOthers - 1, true));
    CHECK(at.intake->is_pressed());
    CHECK_FALSE(looks(1, false));  // begins anew
    CHECK_FALSE(at.intake->is_pressed());
    CHECK_FALSE(looks(Intake::kLooksForOthers - 1, true));
    CHECK(looks(1, true));
    CHECK_FALSE(looks(Intake::kLooksForOthers - 1, true));
}

TEST_CASE("a socket that a plugin has closed, and the want of descriptors, are told from nobody there") {
    TakingIn at;
    at.connect();
    SUBCASE("closed") {
        at.listener.reset();
        CHECK(at.intake->accept(0).what == Intake::What::no_source);
    }
    SUBCASE("no descriptor") {
        Intake::Came came;
        bool has_descriptor = true;
        {
            const NoDescriptor none;
            came = at.intake->accept(0);
            has_descriptor = at.intake->has_descriptor();
        }
        CHECK(came.what == Intake::What::no_descriptor);
        CHECK_FALSE(has_descriptor);
        CHECK(at.intake->has_descriptor());
        CHECK(at.ground.errors().find("unable to accept a connection on unix:s") != std::string::npos);
    }
}

TEST_CASE("the want of descriptors that nobody else of the pool helps is timed, from its first look on") {
    TakingIn at;
    at.connect();
    at.intake->pause(at.now, Intake::Want::descriptor);
    const auto look_often = [&](Moment from) {
        Intake::Look last;
        for (unsigned i = 0; i < Intake::kLooksForOthers; ++i) last = at.intake->look(from + i * 20ms, false);
        return last;
    };
    CHECK_FALSE(look_often(at.now).needs_room);  // there is one
    const NoDescriptor none;
    const Intake::Look first = look_often(at.now), second = look_often(at.now + 500ms);
    const Intake::Look later = look_often(at.now + 5s);
    CHECK(first.needs_room);
    CHECK(first.starved == 480ms);
    CHECK(second.starved == 980ms);
    CHECK(later.starved == 480ms);  // nobody was seen for longer than a second
}

TEST_CASE("a queue that has ended is waited for no more, and the manager's next one is") {
    TakingIn at;
    at.queues.waiting.end();
    CHECK(at.reported());
    CHECK(at.intake->take(QueueKind::waiting, at.now).what == Intake::What::nothing);
    CHECK_FALSE(at.reported());
    const Queues others;
    std::vector<Fd> ends;
    for (const Fd *one : {&others.waiting.in, &others.waiting.out, &others.idle.in, &others.idle.out})
        ends.emplace_back(::fcntl(one->get(), F_DUPFD_CLOEXEC, 0));
    REQUIRE(at.intake->renew_queues(ends).has_value());
    others.waiting.queue().send_wake_tokens(at.now);
    REQUIRE(at.reported());
    CHECK(at.intake->take(QueueKind::waiting, at.now).what == Intake::What::wake_token);
}
