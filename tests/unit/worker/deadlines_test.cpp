// Requests over their deadlines, inside one worker: who answers while the handler is still at it.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "one_worker.hpp"
#include "support/eventually.hpp"
#include "wire/hand_off_queue.hpp"

using namespace hbnb;
using namespace hbnb::test;
using namespace std::chrono_literals;

namespace {

std::function<void(wire::WorkerSetup &)> deadline_of(Duration request) {
    return [request](wire::WorkerSetup &setup) { setup.timeouts.request = request; };
}

bool holds(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

// The control thread of a worker, which looks all the time.
class Ticking {
  public:
    explicit Ticking(OneWorker &worker)
        : thread_([this, &worker] {
              while (!stop_) {
                  worker.tick();
                  std::this_thread::yield();
              }
          }) {}
    ~Ticking() {
        stop_ = true;
        thread_.join();
    }

  private:
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

// What became of one request.
struct Outcomes {
    std::atomic<unsigned> whole{0}, timeouts{0}, cut{0}, wrong{0};
    unsigned all() const { return whole + timeouts + cut + wrong; }
};

void ask(std::optional<FastcgiConnection> &connection, const OneWorker &worker, const std::string &path,
         const std::string &body, Outcomes &outcomes) {
    if (!connection) connection.emplace(worker.connect());
    const auto answer = connection->ask(fastcgi_get(path, true));
    if (answer && answer->http_status() == 200 && answer->body() == body) {
        ++outcomes.whole;
        return;  // the connection is kept
    }
    const bool is_timeout = answer && answer->http_status() == 504 && answer->body() == "504 Gateway Timeout\n";
    ++(is_timeout ? outcomes.timeouts : !answer ? outcomes.cut : outcomes.wrong);
    if (is_timeout && !connection->is_closed_by_peer()) ++outcomes.wrong;
    connection.reset();
}

}  // namespace

TEST_CASE("at its deadline a request is answered 504 while its handler is still at it, and others are served") {
    OneWorker worker(2, deadline_of(50ms));
    FastcgiConnection stuck = worker.connect();
    REQUIRE(stuck.send(fcgi::encode_request(fastcgi_get("/demo/sleep?ms=1500", true))));
    const auto is_told = [&] {
        worker.tick();
        return holds(worker.error_log(), "is over its deadline of 0.050 s");
    };
    REQUIRE(eventually(is_told));
    const auto answer = stuck.receive();
    REQUIRE(answer);
    CHECK(answer->http_status() == 504);
    CHECK(answer->header("Content-Length") == "20");
    CHECK(answer->body() == "504 Gateway Timeout\n");
    CHECK(stuck.is_closed_by_peer());
    CHECK(holds(worker.access_log(), "\"GET /demo/sleep?ms=1500 HTTP/1.1\" 504 20 "));
    CHECK(worker.counts().responses_5xx == 1);
    CHECK(worker.board().connections == 1);  // the thread has not come back
    FastcgiConnection other = worker.connect();
    const auto hello = other.ask(fastcgi_get("/demo/hello", true));
    REQUIRE(hello);
    CHECK(hello->http_status() == 200);
}

TEST_CASE("a thread counts as stuck until it has come back, and its connection ends with its request") {
    OneWorker worker(1, deadline_of(20ms));
    FastcgiConnection connection = worker.connect();
    REQUIRE(connection.send(fcgi::encode_request(fastcgi_get("/demo/sleep?ms=600", true))));
    const auto stuck = [&] {
        worker.tick();
        return worker.stuck();
    };
    CHECK(eventually([&] { return stuck() == 1; }));
    CHECK(eventually([&] { return stuck() == 0; }));
    CHECK(eventually([&] { return worker.board().connections == 0; }));
    CHECK(worker.counts().responses_5xx == 1);
    CHECK(worker.counts().responses_2xx == 0);  // what the handler has answered then, nobody has seen
    const std::string log = worker.access_log();
    CHECK(log.find("/demo/sleep") == log.rfind("/demo/sleep"));
}

TEST_CASE("a HEAD over its deadline is answered without a body") {
    OneWorker worker(1, deadline_of(20ms));
    FastcgiConnection connection = worker.connect();
    fcgi::ClientRequest request = fastcgi_get("/demo/stream?chunks=3&interval_ms=300", true);
    for (auto &[name, value] : request.params)
        if (name == "REQUEST_METHOD") value = "HEAD";
    REQUIRE(connection.send(fcgi::encode_request(request)));
    const Ticking ticking(worker);
    const auto answer = connection.receive();
    if (answer) {  // else its head was out already
        CHECK(answer->http_status() == 504);
        CHECK(answer->body().empty());
    }
}

TEST_CASE(
    "however handlers and their deadlines race, a client gets one whole answer, or an end that nobody takes for one") {
    OneWorker worker(4, deadline_of(5ms));
    const Ticking ticking(worker);
    Outcomes sleeps, streams;
    std::vector<std::thread> clients;
    const std::string body(30, 'x');
    for (int i = 0; i < 8; ++i) {
        clients.emplace_back([&, i] {
            std::optional<FastcgiConnection> connection;
            for (int asked = 0; asked < 60; ++asked) {
                const std::string ms = std::to_string(3 + (asked + i) % 4);
                ask(connection, worker, "/demo/sleep?ms=" + ms, "slept " + ms + " ms\n", sleeps);
                if (asked % 4 == 0)
                    ask(connection, worker, "/demo/stream?chunks=3&bytes=10&interval_ms=2", body, streams);
            }
        });
    }
    for (auto &client : clients) client.join();
    CHECK(sleeps.wrong.load() == 0);
    CHECK(sleeps.cut.load() == 0);
    CHECK(sleeps.timeouts.load() > 0);  // 6 ms are more than 5
    CHECK(streams.wrong.load() == 0);
    CHECK(sleeps.all() == 480);
}

#ifndef HBNB_SANITIZED
TEST_CASE("the log has the stack of a handler that spins, by its plugin's own names") {
    OneWorker worker(1, deadline_of(20ms));
    FastcgiConnection connection = worker.connect();
    REQUIRE(connection.send(fcgi::encode_request(fastcgi_get("/demo/spin?ms=500", true))));
    CHECK(eventually([&] {
        worker.tick();
        return holds(worker.error_log(), "plugin demo, route /spin); stack: ");
    }));
    const std::string log = worker.error_log();
    CHECK_MESSAGE(holds(log, "Demo::spin demo.so+0x"), log);
}
#endif

TEST_CASE("a thread that does not come back from accept counts as stuck until it does, and the log says so") {
    const auto waiting = wire::HandOffQueueEnds::make(16).value(), idle = wire::HandOffQueueEnds::make(16).value();
    Fd board;
    const auto mapping = wire::PoolBoardMapping::create(board).value();
    const auto worker = std::make_unique<OneWorker>(1, [&](wire::WorkerSetup &setup) {
        setup.hand_off = {waiting.in.get(), waiting.out.get(), idle.in.get(), idle.out.get(), board.get(), 1s};
        REQUIRE(::fcntl(setup.listeners[0].descriptor, F_SETFL, 0) == 0);  // as a plugin may
    });
    Moment now = monotonic_now();
    const auto look_for = [&](Duration time) {
        for (const Moment end = now + time; now < end; now = now + 100ms) worker->look(now);
    };
    CHECK(eventually([&] {  // it waits for events
        look_for(10s);
        return worker->stuck() == 0;
    }));
    waiting.queue().send_wake_tokens(now);  // it looks at all of the intake
    for (int i = 0; i < 10; ++i) worker->look(now = now + 3s);
    CHECK_MESSAGE(worker->stuck() == 0, "the time in which nobody looked does not count");
    REQUIRE(eventually([&] {
        look_for(10s);
        return worker->stuck() == 1 && holds(worker->error_log(), "a handler thread has done nothing for 3.000 s");
    }));

    const auto answer = worker->connect().ask(fastcgi_get("/demo/hello", false));
    REQUIRE(answer);
    CHECK(answer->http_status() == 200);
    CHECK(eventually([&] {
        worker->look(now = now + 100ms);
        return worker->stuck() == 0;
    }));
}

TEST_CASE("a thread that waits for its peer outside of a request is not stuck") {
    constexpr unsigned kRefused = 40'000;  // more answers than socket buffers hold
    OneWorker worker(1, [](wire::WorkerSetup &setup) { setup.timeouts.write = 60s; });
    FastcgiConnection connection = worker.connect();
    std::string asked;
    for (unsigned i = 0; i < kRefused; ++i) fcgi::append_begin_request(asked, 1, 3, fcgi::kKeepConnection);
    std::thread sender([&] { CHECK(connection.send(asked)); });
    const auto to_read = [&] {
        int bytes = -1;
        return ::ioctl(connection.stream().descriptor(), SIOCINQ, &bytes) == 0 ? bytes : -1;
    };
    int before = 0;  // until the worker has filled the socket's buffers, and waits
    CHECK(eventually([&] {
        const int seen = std::exchange(before, to_read());
        std::this_thread::sleep_for(20ms);
        return seen > 0 && seen == to_read();
    }));
    Moment now = monotonic_now();
    CHECK(eventually([&] {
        for (const Moment end = now + 30s; now < end; now = now + 100ms) worker.look(now);
        return worker.stuck() == 0;
    }));
    std::size_t answered = 0;
    while (answered < kRefused * (fcgi::kHeaderBytes + fcgi::kEndBytes)) {
        const auto bytes = connection.stream().receive();
        if (!bytes || bytes->empty()) break;
        answered += bytes->size();
    }
    sender.join();
}
