// Whether a hand-off queue admits one more, as a worker sees it.
#include "worker/io/hand_off_queues.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/fd.hpp"
#include "wire/hand_off_queue.hpp"

using namespace hbnb;
using namespace std::chrono_literals;

namespace {

struct Admission {
    Admission() : waiting(wire::HandOffQueueEnds::make(64).value()), idle(wire::HandOffQueueEnds::make(64).value()) {
        board.emplace(wire::PoolBoardMapping::create(board_file).value());
        board->set_depth_max(8);
        queues.emplace(wire::HandOffSetup{waiting.in.get(), waiting.out.get(), idle.in.get(), idle.out.get(),
                                          board_file.get(), 1s},
                       1);
        REQUIRE(queues->open().has_value());
    }
    void wait(unsigned count, Moment since) {
        for (unsigned i = 0; i < count; ++i)
            REQUIRE(queues->send(worker::QueueKind::waiting, idle.in.get(), {since}));  // any descriptor will do
    }
    bool is_closed() const { return queues->is_admission_closed(now); }

    Fd board_file;
    wire::HandOffQueueEnds waiting, idle;
    std::optional<wire::PoolBoardMapping> board;
    std::optional<worker::HandOffQueues> queues;
    const Moment now = monotonic_now();
};

}  // namespace

TEST_CASE("admission is closed while as many wait as can be served in time, however young they are") {
    Admission admission;
    CHECK_FALSE(admission.is_closed());
    admission.wait(7, admission.now);
    CHECK_FALSE(admission.is_closed());
    admission.wait(1, admission.now);
    CHECK(admission.is_closed());
}

TEST_CASE("admission is closed before that while a queue's head has waited for most of what it may") {
    Admission admission;
    admission.wait(3, admission.now - 900ms);
    CHECK(admission.is_closed());
}

TEST_CASE("few who have waited long close no admission: the next is served soon after them") {
    Admission admission;
    admission.wait(2, admission.now - 900ms);
    CHECK_FALSE(admission.is_closed());
}

TEST_CASE("a queue that moves leaves admission open") {
    Admission admission;
    admission.wait(6, admission.now - 700ms);
    CHECK_FALSE(admission.is_closed());
}

TEST_CASE("a queue that has ended is not waited for, and is again once the manager has sent another") {
    Admission admission;
    worker::Epoll epoll(1);
    REQUIRE(epoll.open().has_value());
    const auto reported = [&] { return !epoll.look(1).empty(); };
    const auto ends_of = [](const wire::HandOffQueueEnds &waiting, const wire::HandOffQueueEnds &idle) {
        std::vector<Fd> ends;
        for (const Fd *one : {&waiting.in, &waiting.out, &idle.in, &idle.out})
            ends.emplace_back(::fcntl(one->get(), F_DUPFD_CLOEXEC, 0));
        return ends;
    };
    REQUIRE(admission.queues->register_all(epoll).has_value());
    admission.waiting.end();
    CHECK(reported());
    admission.queues->unregister_ended(epoll);
    CHECK_FALSE(reported());
    // kept is
    REQUIRE(admission.queues->register_all(epoll).error().message.find("hand-off queue") != std::string::npos);
    admission.queues->unregister_all(epoll);

    const auto waiting = wire::HandOffQueueEnds::make(64).value(), idle = wire::HandOffQueueEnds::make(64).value();
    waiting.queue().send_wake_tokens(admission.now);
    std::vector<Fd> wrong = ends_of(waiting, idle);
    SUBCASE("too few") { wrong.pop_back(); }
    SUBCASE("too many") { wrong.emplace_back(::dup(wrong[0].get())); }
    SUBCASE("a closed one") { wrong[2].reset(); }
    SUBCASE("no queue's end") { wrong[1] = Fd(::open("/dev/null", O_RDWR | O_CLOEXEC)); }
    CHECK(admission.queues->replace(wrong).error().message ==
          "unable to take new hand-off queues: what came is not four ends of such");
    REQUIRE(admission.queues->replace(ends_of(waiting, idle)).has_value());
    REQUIRE(admission.queues->register_all(epoll).has_value());
    CHECK(reported());
    CHECK(admission.queues->of(worker::QueueKind::waiting).take(admission.now).what ==
          wire::HandOffQueue::Taken::wake_token);
    CHECK_FALSE(reported());
}
