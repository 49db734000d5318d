// Admission on timelines: what a pool's samples say, and what is decided on each.
#include "pool/admission/admission.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace hbnb;
using namespace hbnb::pool;
using namespace std::chrono_literals;

namespace {

constexpr unsigned kLength = 100;

// A pool of one thread a worker, four at most, whose queue takes a hundred. Nothing waits and nothing has been
// answered, until a test says so.
class Line {
  public:
    Line() { sample.queue = QueueSample{true, 1000, 0, {}, false}; }

    // The worker has answered so many more since the last sample, each in so long.
    void answers(WorkerId id, std::uint64_t requests, Duration each) {
        for (WorkerSample &worker : sample.workers) {
            if (worker.worker != id) continue;
            worker.requests += requests;
            worker.busy_ns += requests * static_cast<std::uint64_t>(each.count());
        }
    }
    void add_worker(WorkerId id) {
        WorkerSample worker;
        worker.worker = id;
        sample.workers.push_back(worker);
    }
    void queued(unsigned length, Duration age) {
        sample.queue->length = length;
        sample.queue->age = age;
        sample.queue->has_connection = length > 0;
    }

    AdmissionDecision decide(Duration after = 50ms) {
        now = now + after;
        sample.taken = now;
        return admission.decide(sample, threads);
    }

    Moment now{1h};
    LoadSample sample;
    Threads threads{1, 4};
    Admission admission{{kLength, 5s, 30s}};
};

}  // namespace

TEST_CASE("as many may wait as are answered in time, by what has been finished until this very sample") {
    Line line;
    line.add_worker(1);
    CHECK_MESSAGE(line.decide().limit == kLength, "nothing is known yet");
    line.answers(1, 10, 1s);
    CHECK_MESSAGE(line.decide().limit == 20, "four threads answer twenty of one second within five");
    line.answers(1, 1000, 1ms);
    CHECK(line.decide().limit == kLength);
}

TEST_CASE("no more may wait than fit into the queue, and one always may") {
    Line line;
    line.add_worker(1);
    line.sample.queue->capacity = 7;
    CHECK(line.decide().limit == 7);
    line.answers(1, 10, 1h);
    CHECK(line.decide().limit == 1);
}

TEST_CASE("a pool without a queue, or whose queue is off, has no limit to set and wakes nobody") {
    Line line;
    line.sample.backlog = 5;
    line.sample.queue->is_on = false;
    CHECK(line.decide() == AdmissionDecision{});
    CHECK(line.decide() == AdmissionDecision{});
    line.sample.queue.reset();
    CHECK(line.decide() == AdmissionDecision{});
    CHECK(line.decide() == AdmissionDecision{});
}

TEST_CASE("what a worker that has gone had finished still tells how long requests take, for a while") {
    Line line;
    line.add_worker(1);
    line.answers(1, 100, 1s);
    CHECK(line.decide().limit == 20);
    line.sample.workers.clear();
    CHECK(line.decide().limit == 20);
    for (int i = 0; i < 400; ++i) line.decide();
    CHECK_MESSAGE(line.decide().limit == kLength, "it is forgotten");
}

TEST_CASE("a number that goes back is no request") {
    Line line;
    line.add_worker(1);
    line.answers(1, 10, 1s);
    line.decide();
    line.sample.workers[0].requests = 0;
    line.sample.workers[0].busy_ns = 0;
    CHECK(line.decide().limit == 20);
}

TEST_CASE("an idle thread is woken for what waits in the queue late, once for a head and again after a second") {
    Line line;
    line.queued(1, 4ms);
    CHECK_MESSAGE(line.decide().wake == 0, "that is not late");
    line.queued(1, 5ms);
    CHECK(line.decide().wake == 1);
    line.queued(1, 55ms);
    CHECK_MESSAGE(line.decide().wake == 0, "the same head");
    line.queued(1, 1s + 56ms);
    CHECK_MESSAGE(line.decide(1001ms).wake == 1, "the token was of no use");
    line.queued(1, 10ms);
    CHECK_MESSAGE(line.decide().wake == 1, "another head");
}

TEST_CASE("nobody is woken while all threads are busy, or for wake tokens") {
    Line line;
    line.threads.idle = 0;
    line.queued(3, 1s);
    CHECK(line.decide().wake == 0);
    line.threads.idle = 1;
    line.sample.queue->has_connection = false;
    CHECK(line.decide().wake == 0);
    line.sample.queue->has_connection = true;
    CHECK_MESSAGE(line.decide().wake == 1, "idle in this sample: it is woken by it, not by the next");
}

TEST_CASE("an idle thread is woken for what waits in the kernel's queues at two samples, one after the other") {
    Line line;
    line.sample.backlog = 1;
    CHECK(line.decide().wake == 0);
    CHECK(line.decide().wake == 1);
    CHECK(line.decide().wake == 1);
    line.sample.backlog = 0;
    CHECK(line.decide().wake == 0);
    line.sample.backlog = 1;
    CHECK_MESSAGE(line.decide().wake == 0, "it has been empty between");
    line.queued(1, 0ms);
    CHECK_MESSAGE(line.decide().wake == 0, "what lies in the hand-off queue comes first");
}

TEST_CASE("each thread of a worker that has ended may have been woken for nothing, and another is woken in its place") {
    Line line;
    line.admission.worker_ended(3);
    line.threads.idle = 0;
    CHECK(line.decide().wake == 3);
    CHECK(line.decide().wake == 0);
    line.admission.worker_ended(2);
    line.admission.worker_ended(2);
    CHECK(line.decide().wake == 4);
}

TEST_CASE("an overload begins when one has waited too long, and ends a second after none has") {
    Line line;
    line.queued(3, 5s);
    CHECK_FALSE(line.decide().overload);
    CHECK_FALSE(line.admission.is_overloaded());
    line.queued(3, 5s + 1ms);
    CHECK(line.decide().overload == OverloadChange{true, 0, {}});
    CHECK(line.admission.is_overloaded());
    CHECK(line.admission.longest_wait() == 5s + 1ms);
    CHECK_FALSE(line.decide().overload);
    line.queued(0, 0s);
    CHECK_FALSE(line.decide(999ms).overload);
    line.queued(1, 6s);
    CHECK_MESSAGE(!line.decide(1ms).overload, "it goes on");
    line.queued(0, 0s);
    CHECK_FALSE(line.decide(1s).overload);
    CHECK(line.admission.is_overloaded());
    CHECK(line.decide(1ms).overload == OverloadChange{false, 0, 50ms + 999ms + 1ms + 1s + 1ms});
    CHECK_FALSE(line.admission.is_overloaded());
}

TEST_CASE("the longest wait is that in the kernel's queues, in the hand-off queue or at a busy worker") {
    Line line;
    line.sample.longest_at_workers = 2s;
    line.decide();
    CHECK(line.admission.longest_wait() == 2s);
    line.queued(1, 3s);
    line.decide();
    CHECK(line.admission.longest_wait() == 3s);
    line.sample.backlog = 1;
    line.decide();
    line.decide(4s);
    CHECK(line.admission.longest_wait() == 4s);
    line.sample.accepted = 1;  // that one has gone, another has come
    line.decide(500ms);
    line.sample.accepted = 2;
    line.decide(100ms);
    CHECK(line.admission.longest_wait() == 3s);
}

TEST_CASE("requests answered 503 are an overload where the queue is half full or half as old as allowed") {
    for (const bool full : {true, false}) {
        CAPTURE(full);
        Line line;
        line.decide();
        line.sample.shed = 4;
        CHECK_FALSE(line.decide().overload);  // a worker only says so
        full ? line.queued(kLength / 2, 0s) : line.queued(1, 2500ms);
        line.sample.shed = 6;
        CHECK(line.decide().overload == OverloadChange{true, 2, {}});
        line.sample.shed = 9;
        line.queued(0, 0s);
        CHECK_MESSAGE(!line.decide().overload, "the queue was so at the sample before");
        CHECK(line.decide(1001ms).overload == OverloadChange{false, 5, 1051ms});
        line.sample.shed = 12;
        CHECK_FALSE(line.decide().overload);
    }
}

TEST_CASE("what is shed without a queue overloads nobody") {
    Line line;
    line.sample.queue.reset();
    line.sample.shed = 100;
    CHECK_FALSE(line.decide().overload);
    line.sample.shed = 200;
    CHECK_FALSE(line.decide().overload);
}

TEST_CASE("a stopping pool drains once nothing waits, not before the last arrivals can be seen, and once") {
    Line line;
    CHECK_FALSE(line.decide().drain);
    CHECK_FALSE(line.admission.is_stopping());
    line.admission.stop(line.now);
    CHECK(line.admission.is_stopping());
    CHECK_FALSE(line.decide(19ms).drain);
    line.sample.unmoved = 1;
    CHECK_FALSE(line.decide(1ms).drain);
    line.sample.unmoved = 0;
    line.sample.backlog = 1;
    CHECK_FALSE(line.decide().drain);
    line.sample.backlog = 0;
    line.queued(1, 1ms);
    CHECK_FALSE(line.decide().drain);
    line.queued(0, 0ms);
    line.sample.held = 1;
    CHECK_MESSAGE(line.decide().drain, "held ones wait at a worker that finishes them");
    CHECK_FALSE(line.decide().drain);
}

TEST_CASE("a stopping pool for which ever more wait drains after timeouts.drain, by the settings in force") {
    Line line;
    line.sample.backlog = 9;
    line.admission.stop(line.now);
    line.admission.take({kLength, 5s, 10s});
    CHECK_FALSE(line.decide(5s).drain);
    line.admission.stop(line.now);  // again: nothing new
    CHECK_FALSE(line.decide(4999ms).drain);
    CHECK(line.decide(1ms).drain);
}

TEST_CASE("a worker hands its connections over where another serves, unless all leave or nothing moves") {
    View view;
    const auto add = [&](WorkerId id, WorkerState state) {
        Worker worker;
        worker.id = id;
        worker.state = state;
        view.workers.push_back(worker);
    };
    add(1, WorkerState::serving);
    add(2, WorkerState::starting);
    add(3, WorkerState::draining);
    CHECK_FALSE(hands_over(view, 1, true));
    CHECK(hands_over(view, 3, true));
    add(4, WorkerState::serving);
    CHECK(hands_over(view, 1, true));
    CHECK_FALSE(hands_over(view, 1, false));
    view.stopping = true;
    CHECK_FALSE(hands_over(view, 1, true));
}
