#include "manager/process/worker_end.hpp"

#include <doctest/doctest.h>

#include <csignal>

#include "wire/messages.hpp"

using namespace hbnb;
using namespace hbnb::manager;
using pool::ExitReason;
using pool::ExitStatus;

namespace {

constexpr Moment kNow{std::chrono::seconds(100)};

pool::WorkerGone gone(ExitReason reason, ExitStatus status) {
    pool::WorkerGone out;
    out.worker = 7;
    out.reason = reason;
    out.status = status;
    out.lived = std::chrono::milliseconds(1500);
    return out;
}

wire::ScoreboardSnapshot serving() {
    wire::ScoreboardSnapshot last;
    last.requests = 41;
    wire::ThreadSnapshot thread;
    thread.busy = true;
    thread.busy_since = kNow - std::chrono::milliseconds(250);
    thread.method = "GET";
    thread.uri = "/demo/crash?a=b";
    thread.request_id = "abc";
    thread.plugin = "demo";
    thread.route = "/crash";
    last.threads = {thread, {}};
    return last;
}

}  // namespace

TEST_CASE("a crash names its signal and the request that was being served") {
    CHECK(describe_worker_end(gone(ExitReason::crashed, {ExitStatus::Kind::signalled, SIGSEGV}), 123, serving(), {},
                              kNow) ==
          "worker 7 (pid 123) ended: crashed, signal 11 (SIGSEGV), up 1.500 s, 41 requests; it was serving GET "
          "/demo/crash?a=b "
          "(request abc, plugin demo, route /crash, since 0.250 s)");
}

TEST_CASE("a SIGKILL that is not ours is not taken for ours") {
    const auto text =
        describe_worker_end(gone(ExitReason::crashed, {ExitStatus::Kind::signalled, SIGKILL}), 123, {}, {}, kNow);
    CHECK(text.find("signal 9 (SIGKILL), not sent by the manager") != std::string::npos);
    const auto ours =
        describe_worker_end(gone(ExitReason::drain_timeout, {ExitStatus::Kind::signalled, SIGKILL}), 123, {}, {}, kNow);
    CHECK(ours.find("not sent") == std::string::npos);
}

TEST_CASE("an exit in the middle of a request is told as the handler's, one between requests is not") {
    const auto in_request =
        describe_worker_end(gone(ExitReason::crashed, {ExitStatus::Kind::exited, 0}), 123, serving(), {}, kNow);
    CHECK(in_request.find("exit code 0, because a handler has ended its process, up 1.500 s") != std::string::npos);
    const auto between =
        describe_worker_end(gone(ExitReason::crashed, {ExitStatus::Kind::exited, 0}), 123, {}, {}, kNow);
    CHECK(between.find("because") == std::string::npos);
    const auto broken = describe_worker_end(gone(ExitReason::crashed, {ExitStatus::Kind::exited, wire::kExitBroken}),
                                            123, serving(), {}, kNow);
    CHECK(broken.find("because") == std::string::npos);
}

TEST_CASE("a worker that left on purpose is told in one short line") {
    CHECK(describe_worker_end(gone(ExitReason::drained_reload, {}), 123, serving(), {}, kNow) ==
          "worker 7 (pid 123) ended: drained_reload, exit code 0, up 1.500 s, 41 requests");
    CHECK(level_of_end(ExitReason::drained_reload) == LogLevel::info);
    CHECK(level_of_end(ExitReason::crashed) == LogLevel::error);
}

TEST_CASE("a worker that could not be started has no process, only a reason") {
    auto never = gone(ExitReason::spawn_failed, {});
    never.sentence = "unable to start /w: Resource temporarily unavailable";
    CHECK(describe_worker_end(never, std::nullopt, {}, {}, kNow) ==
          "worker 7 ended: spawn_failed, up 1.500 s, 0 requests: unable to start /w: Resource temporarily unavailable");
}

TEST_CASE("a death is told with what the worker printed last, and an end on purpose without") {
    const std::string words = "\"terminate called after throwing an instance of 'int'\"";
    const pool::WorkerGone died = gone(ExitReason::crashed, {ExitStatus::Kind::signalled, SIGABRT});
    CHECK(describe_worker_end(died, 123, serving(), words, kNow).ends_with("; it printed last: " + words));
    const auto left = describe_worker_end(gone(ExitReason::drained_reload, {}), 123, serving(), words, kNow);
    CHECK(left.find("printed") == std::string::npos);
}
