// A hostile plugin (tests/plugins/hostile.cpp) beside an honest one in the same workers, and beside another pool:
// whatever it does with what a worker inherits, honest requests are answered 200, nobody spins, and what the status
// says is true.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "support/container.hpp"
#include "support/fastcgi_client.hpp"
#include "support/idle_cpu.hpp"
#include "support/load.hpp"
#include "support/nginx.hpp"
#include "support/root.hpp"
#include "support/stream.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

constexpr unsigned kBurst = 24;
constexpr long kSleeps = 40;     // of the manager, which samples 20 times a second
constexpr double kIdleMore = 1;  // per cent of a core

ContainerSettings beside_hostile() {
    ContainerSettings settings{.min = 2, .max = 2};
    settings.mounts = {{"/demo", "demo"}, {"/hostile", test_plugin("hostile")}};
    settings.others = {{"neighbour", "demo"}};
    return settings;
}

// Root starts it, its workers are nobody's.
struct AsNobody {
    AsNobody() : AsNobody("", "") {}
    AsNobody(const std::string &key, const std::string &its_value) {
        ContainerSettings settings = beside_hostile();
        if (!key.empty()) settings.pool[key] = its_value;
        settings.user = "nobody";
        container = std::make_unique<Container>(settings);
    }
    std::unique_ptr<Container> container;
};

std::string hostile(const Container &container, const std::string &what) {
    const auto answer = FastcgiConnection(container.socket()).ask(fastcgi_get("/hostile/" + what, false));
    return answer ? answer->body() : "no answer";
}

unsigned status_of(const std::string &socket, const std::string &path) {
    const auto answer = FastcgiConnection(socket).ask(fastcgi_get(path, false));
    return answer ? answer->http_status() : 0;
}

// All at once, as many as there is no thread for: none may be refused.
std::map<unsigned, unsigned> burst(const std::string &socket) {
    std::vector<unsigned> statuses(kBurst);
    std::vector<std::thread> clients;
    for (unsigned &status : statuses)
        clients.emplace_back([&status, &socket] { status = status_of(socket, "/demo/sleep?ms=20"); });
    for (auto &client : clients) client.join();
    std::map<unsigned, unsigned> counts;
    for (const unsigned status : statuses) ++counts[status];
    return counts;
}

bool is_all_answered(const std::map<unsigned, unsigned> &counts) {
    return counts == std::map<unsigned, unsigned>{{200, kBurst}};
}

std::vector<pid_t> all_of(const Container &container) {
    std::vector<pid_t> all{container.pid()};
    for (const pid_t worker : children_of(container.pid())) all.push_back(worker);
    return all;
}

// The manager's share and the largest of the workers', which are others each time.
struct Idle {
    double manager = 0, workers = 0;
};

Idle measure_idle(const Container &container) {
    const Shares shares = idle_cpu(all_of(container), kSleeps);
    Idle idle;
    for (const auto &[pid, share] : shares) {
        double &most = pid == container.pid() ? idle.manager : idle.workers;
        most = std::max(most, share);
    }
    return idle;
}

// What a row leaves to be done is done at some time; one that spins never is.
void check_idle_as_before(const Container &container, const Idle &before) {
    Idle now;
    const bool is_idle = eventually([&] {
        now = measure_idle(container);
        return now.manager <= before.manager + kIdleMore && now.workers <= before.workers + kIdleMore;
    });
    std::ostringstream text;
    text << "idle, % of a core: manager " << before.manager << " -> " << now.manager << ", workers at most "
         << before.workers << " -> " << now.workers;
    MESSAGE(text.str());
    CHECK_MESSAGE(is_idle, text.str());
}

// What the hostile plugin may do to that process, a line each: 8.
std::vector<std::string> done_to(const Container &container, pid_t pid) {
    std::istringstream lines(hostile(container, "neighbour?pid=" + std::to_string(pid)));
    std::vector<std::string> all;
    for (std::string line; std::getline(lines, line);) all.push_back(line);
    REQUIRE(all.size() == 8);
    return all;
}

void check_neighbour_is_open(const Container &container) {
    if (std::ifstream scope("/proc/sys/kernel/yama/ptrace_scope"); scope && scope.get() != '0') {
        MESSAGE("skipped: kernel.yama.ptrace_scope forbids it to every process");
        return;
    }
    for (const std::string &line : done_to(container, container.worker_pids("neighbour").front()))
        CHECK_MESSAGE(line.ends_with(": done"), line);
}

bool is_at_rest(const wire::PoolStatus &pool) {
    return pool.serving == pool.target && pool.workers.size() == pool.target && pool.busy + pool.waiting == 0 &&
           !pool.overloaded;
}

void check_all_is_well(const Container &container, const Idle &before) {
    const auto all_rest = [&] { return is_at_rest(container.pool()) && is_at_rest(container.pool("neighbour")); };
    CHECK(eventually(all_rest));
    CHECK(is_all_answered(burst(container.socket())));
    CHECK(is_all_answered(burst(container.socket_of("neighbour"))));
    CHECK(eventually(all_rest));
    check_idle_as_before(container, before);
}

// On a connection that was there before: what comes on it wakes nobody who waits for new ones.
bool is_served_on(FastcgiConnection &kept) {
    const auto answer = kept.ask(fastcgi_get("/demo/hello", true));
    return answer && answer->http_status() == 200;
}

bool says_in_one_line(const Container &container, const std::string &what, const std::string &why) {
    std::istringstream lines(container.error_log());
    for (std::string line; std::getline(lines, line);)
        if (line.find(what) != std::string::npos && line.find(why) != std::string::npos) return true;
    return false;
}

}  // namespace

TEST_CASE("a worker that fills its scoreboard with anything lies about itself only") {
    Container container(beside_hostile());
    const Idle idle = measure_idle(container);
    const Nginx nginx({.socket = container.socket()});
    for (const char *with :
         {"busy", "slow", "idle", "zeros", "ones", "sevens", "eights", "random", "restless", "busy"}) {
        CAPTURE(std::string(with));
        Load honest(nginx.endpoint(), "/demo/hello", 2);
        for (int i = 0; i < 4; ++i) CHECK(hostile(container, std::string("board?with=") + with) == "done\n");
        for (int i = 0; i < 3; ++i) {
            const auto same = burst(container.socket()), other = burst(container.socket_of("neighbour"));
            CHECK(is_all_answered(same));
            CHECK(is_all_answered(other));
        }
        const LoadResult result = honest.stop();
        CHECK_MESSAGE(result.failures() == 0, result.describe());
        CHECK(eventually([&] { return is_at_rest(container.pool()) && is_at_rest(container.pool("neighbour")); }));
    }
    CHECK(container.pool().workers_crashed == 0);
    CHECK(container.pool("neighbour").shed == 0);
    check_all_is_well(container, idle);
    CHECK(container.reload());
    check_all_is_well(container, idle);
}

TEST_CASE("a worker that says on its channel what it may not is ended with a sentence, and nobody else notices") {
    const std::map<std::string, std::string> refusals{
        {"ready", "ready is said twice"},
        {"obey", "unknown message \"obey\""},
        {"drain", "drain is the manager's to say"},
        {"access_log", "unknown message \"access_log\""},
        {"draining", "draining, though drain was not said"},
        {"load_failed", "load_failed after ready"},
        {"huge", "longer than 65536 bytes"},
        {"deep", "unable to read a channel message: "},
        {"flood", "overdue is said twice"},
    };
    Container container(beside_hostile());
    const Idle idle = measure_idle(container);
    for (const char *expected : {"sent nonsense", "ended: protocol", "workers die young"})
        container.expect_in_log(expected);
    const Nginx nginx({.socket = container.socket()});
    Load honest(nginx.endpoint(), "/demo/hello", 2);
    for (const auto &refusal : refusals) {
        const std::string what = refusal.first, sentence = refusal.second;
        CAPTURE(what);
        const auto started = container.pool().workers_started;
        hostile(container, "channel?say=" + what);
        CHECK(eventually([&] { return container.error_log().find("sent nonsense: ") != std::string::npos; }));
        CHECK_MESSAGE(eventually([&] { return container.error_log().find(sentence) != std::string::npos; }),
                      container.error_log());
        CHECK(eventually([&] {
            const auto pool = container.pool();
            return pool.workers_started > started && is_at_rest(pool);
        }));
        CHECK_MESSAGE(eventually([&] { return says_in_one_line(container, "ended: protocol", sentence); }),
                      container.error_log());
    }
    CHECK(container.pool().ends["protocol"] == refusals.size());
    const LoadResult result = honest.stop();
    CHECK_MESSAGE(result.failures() == 0, result.describe());
    check_all_is_well(container, idle);
    CHECK(container.reload());
    check_all_is_well(container, idle);
}

TEST_CASE("from inside a handler the control socket can be read and nothing more, where root started the container") {
    if (!is_root_or_skipped()) return;
    const AsNobody as_nobody;
    Container &container = *as_nobody.container;
    const Idle idle = measure_idle(container);
    container.expect_in_log("refused to pid");
    const std::string control = container.dir() / "control.sock";
    const auto ask = [&](const std::string &method, const std::string &path) {
        return hostile(container, "control?socket=" + control + "&method=" + method + "&path=" + path);
    };
    for (int i = 0; i < 5; ++i) {
        for (const char *path : {"/stop", "/reload", "/scale"}) {
            const std::string answer = ask("POST", path);
            CHECK_MESSAGE(answer.starts_with("HTTP/1.1 403 "), answer);
        }
    }
    CHECK(ask("GET", "/status").starts_with("HTTP/1.1 200 "));
    CHECK(logs(container, "control socket: POST /stop refused to pid "));
    CHECK(container.status().generation == 1);
    CHECK_FALSE(container.pool().overridden);
    CHECK(container.reload());
    check_all_is_well(container, idle);
}

TEST_CASE("from inside a handler neither a neighbour's memory nor its descriptors can be reached") {
    if (!is_root_or_skipped()) return;
    const AsNobody as_nobody;
    const Container &container = *as_nobody.container;
    const Idle idle = measure_idle(container);
    for (const pid_t pid : {container.worker_pids("neighbour").front(), container.pid()}) {
        for (const std::string &line : done_to(container, pid))
            CHECK_MESSAGE((line.ends_with("Operation not permitted") || line.ends_with("Permission denied")), line);
    }
    check_all_is_well(container, idle);
    CHECK(eventually([&] {
        const auto workers = container.pool().workers;
        return std::all_of(workers.begin(), workers.end(), [](const auto &one) { return one.memory > 0; });
    }));
}

TEST_CASE("with workers.debuggable a process of the same user may look into a worker") {
    if (!is_root_or_skipped()) return;
    const AsNobody as_nobody("workers.debuggable", "true");
    check_neighbour_is_open(*as_nobody.container);
}

TEST_CASE("with limits.core a worker may leave a core file of that size, and is open to its user") {
    if (!is_root_or_skipped()) return;
    const AsNobody as_nobody("limits.core", "64MiB");
    const Container &container = *as_nobody.container;
    const std::string limits = read_file("/proc/" + std::to_string(container.worker_pids().front()) + "/limits");
    const auto at = limits.find("Max core file size");
    REQUIRE(at != std::string::npos);
    CHECK_MESSAGE(limits.find("67108864", at) < limits.find('\n', at), limits);
    check_neighbour_is_open(container);
}

TEST_CASE("descriptors that a worker sends to the manager stay nowhere") {
    Container container(beside_hostile());
    REQUIRE(hostile(container, "hello") == "hello\n");
    REQUIRE(eventually([&] { return is_at_rest(container.pool()); }));
    const std::size_t before = count_descriptors(container.pid());
    for (int i = 0; i < 4; ++i) {
        const auto started = container.pool().workers_started;
        CHECK(hostile(container, "channel?say=descriptors") == "done\n");  // overdue: a successor takes its place
        CHECK(eventually([&] { return container.pool().workers_started > started && is_at_rest(container.pool()); }));
    }
    CHECK(eventually([&] { return count_descriptors(container.pid()) <= before; }));
}

TEST_CASE(
    "hand-off queues that a worker shuts are made anew, three times in ten seconds, then a reload brings them back") {
    Container container(beside_hostile());
    const Idle idle = measure_idle(container);
    for (const char *expected : {"hand-off queues were shut down", "hand-off is off"})
        container.expect_in_log(expected);
    const Nginx nginx({.socket = container.socket()});
    CHECK(container.pool().hand_off == "on");
    for (const char *how : {"shut", "shut_in", "shut_out"}) {
        CAPTURE(std::string(how));
        Load honest(nginx.endpoint(), "/demo/hello", 2);
        const auto before = container.pool();
        CHECK(hostile(container, std::string("queue?what=") + how) == "done\n");
        CHECK(eventually([&] {  // one handler's shutdowns may be seen as several
            const auto pool = container.pool();
            return pool.queues_renewed > before.queues_renewed || pool.hand_off == "off";
        }));
        const LoadResult result = honest.stop();
        CHECK_MESSAGE(result.failures() == 0, result.describe());
        check_all_is_well(container, idle);
    }
    // However slowly this runs: as often as it takes within ten seconds.
    CHECK(eventually([&] {
        hostile(container, "queue?what=shut");
        return container.pool().hand_off == "off";
    }));
    CHECK(logs(container, "a reload brings it back"));
    CHECK(container.pool().waiting_max == 0);
    check_all_is_well(container, idle);
    CHECK(container.reload());
    CHECK(eventually([&] { return container.pool().hand_off == "on"; }));
    check_all_is_well(container, idle);
    const auto handed_over = [&] {
        std::uint64_t count = 0;
        for (const auto &worker : container.pool().workers) count += worker.handed_over;
        return count;
    };
    CHECK(eventually([&] { return is_all_answered(burst(container.socket())) && handed_over() > 0; }));
    CHECK(container.pool().workers_crashed == 0);
}

TEST_CASE("whatever a worker does to the hand-off queues, honest requests are answered and nobody spins") {
    Container container(beside_hostile());
    const Idle idle = measure_idle(container);
    for (const char *expected : {"hand-off queues", "hand-off is off", "overloaded"}) container.expect_in_log(expected);
    const Nginx nginx({.socket = container.socket()});
    for (const char *what : {"zero", "flood", "sndbuf", "peek", "lowat", "block", "filter", "silent"}) {
        CAPTURE(std::string(what));
        Load honest(nginx.endpoint(), "/demo/hello", 2);
        const std::string done = hostile(container, std::string("queue?what=") + what);
        CHECK(done == (what == std::string("filter") ? "Operation not permitted\n" : "done\n"));
        // A flood fills the queue, and a full queue is 503 as long as it is full.
        const bool is_full = what == std::string("flood");
        if (!is_full) CHECK(is_all_answered(burst(container.socket())));
        const LoadResult result = honest.stop();
        CHECK_MESSAGE((is_full || result.failures() == 0), result.describe());
        check_all_is_well(container, idle);
    }
    CHECK(container.pool().workers_crashed == 0);
    CHECK(container.reload());
    check_all_is_well(container, idle);
}

TEST_CASE("whatever a worker does to the listening sockets, nobody stays in accept, and honest requests are answered") {
    Container container(beside_hostile());
    const Idle idle = measure_idle(container);
    for (const char *expected : {"by one of the pool's workers", "has done nothing for"})
        container.expect_in_log(expected);
    const Nginx nginx({.socket = container.socket()});
    for (const char *what : {"wait", "wait_for_ever", "insist", "backlog", "linger", "reset"}) {
        CAPTURE(std::string(what));
        FastcgiConnection kept(container.socket());
        REQUIRE(is_served_on(kept));
        CHECK(hostile(container, std::string("listeners?what=") + what) == "done\n");
        CHECK(is_served_on(kept));
        Load honest(nginx.endpoint(), "/demo/hello", 2);
        CHECK(hostile(container, std::string("listeners?what=") + what) == "done\n");
        CHECK(is_all_answered(burst(container.socket())));
        const LoadResult result = honest.stop();
        CHECK_MESSAGE(result.failures() == 0, result.describe());
        check_all_is_well(container, idle);
    }
    CHECK(container.error_log().find("was made to wait in accept by one of the pool's workers") != std::string::npos);
    CHECK(container.pool().workers_crashed == 0);
}

TEST_CASE("a listening socket that a worker shuts is bound anew, or listens again, and nobody spins") {
    ContainerSettings settings = beside_hostile();
    std::uint16_t port = 0;
    SUBCASE("unix") {}
    SUBCASE("tcp") {
        port = free_port();
        settings.listen = {"tcp: \"127.0.0.1:" + std::to_string(port) + "\""};
    }
    Container container(settings);
    const Endpoint address = port == 0 ? unix_socket(container.socket()) : tcp(port);
    const Idle idle = measure_idle(container);
    for (const char *expected : {"by one of the pool's workers", "bound anew"}) container.expect_in_log(expected);
    for (int i = 0; i < 2; ++i) {
        FastcgiConnection kept(address);
        REQUIRE(is_served_on(kept));
        REQUIRE(FastcgiConnection(address).ask(fastcgi_get("/hostile/listeners?what=shut", false))->body() == "done\n");
        CHECK_MESSAGE(is_served_on(kept), "who is let in is served");
        CHECK(eventually([&] {
            const auto there = Stream::connect(address);
            return there.has_value();
        }));
        CHECK(FastcgiConnection(address).ask(fastcgi_get("/demo/hello", false))->http_status() == 200);
        CHECK(eventually([&] { return is_at_rest(container.pool()); }));
        check_idle_as_before(container, idle);
    }
    CHECK(container.pool().workers_crashed == 0);
}

TEST_CASE("a worker that makes all it holds wait holds up nobody else") {
    Container container(beside_hostile());
    const Idle idle = measure_idle(container);
    for (const char *expected : {"by one of the pool's workers", "has done nothing for", "nothing was heard"})
        container.expect_in_log(expected);
    FastcgiConnection kept(container.socket());
    REQUIRE(is_served_on(kept));
    for (int i = 0; i < 4; ++i) CHECK(std::stoi(hostile(container, "held")) > 10);
    CHECK(is_served_on(kept));
    check_all_is_well(container, idle);
    CHECK(container.reload());
    check_all_is_well(container, idle);
    CHECK(container.pool().workers_crashed == 0);
}

TEST_CASE("a worker that writes into all it holds forges no line of a log, and cuts none off") {
    Container container(beside_hostile());
    const Idle idle = measure_idle(container);
    REQUIRE(eventually([&] { return container.access_log().empty() || container.access_log().ends_with("\n"); }));
    const std::string errors = container.error_log(), lines = container.access_log();
    for (int i = 0; i < 4; ++i) CHECK(hostile(container, "logs?line=FORGED") == "\n");
    CHECK(eventually([&] { return container.error_log().find("FORGED") != std::string::npos; }));
    CHECK(container.error_log().starts_with(errors));
    CHECK(container.access_log().starts_with(lines));
    std::istringstream all(container.error_log());
    for (std::string line; std::getline(all, line);) {
        const auto at = line.find("FORGED");
        CHECK_MESSAGE((at == std::string::npos || line.find("worker[") < at), line);
    }
    CHECK(container.access_log().find("\nFORGED") == std::string::npos);
    check_all_is_well(container, idle);
}

TEST_CASE("children of a handler, those that come back and many that stay, cost no honest request") {
    Container container(beside_hostile());
    const Idle idle = measure_idle(container);
    container.expect_in_log("has forked a process");
    const Nginx nginx({.socket = container.socket()});
    Load honest(nginx.endpoint(), "/demo/hello", 2);
    for (int i = 0; i < 4; ++i) {
        const auto child = static_cast<pid_t>(std::stol(hostile(container, "child")));
        CHECK(child > 0);
        CHECK(eventually([&] { return !process_exists(child); }));
    }
    CHECK(hostile(container, "bomb") == "50\n");
    CHECK(is_all_answered(burst(container.socket())));
    const LoadResult result = honest.stop();
    CHECK_MESSAGE(result.failures() == 0, result.describe());
    check_all_is_well(container, idle);
    CHECK(container.reload());
    check_all_is_well(container, idle);
    CHECK(eventually([&] { return container.pool().workers.size() == 2; }));
}

TEST_CASE("a worker whose first thread does nothing any more is seen, and replaced, and nobody else notices") {
    ContainerSettings settings = beside_hostile();
    settings.pool["timeouts.drain"] = "2s";
    settings.access_log = false;  // it is a long load
    Container container(settings);
    const Idle idle = measure_idle(container);
    for (const char *expected : {"nothing was heard of its control thread", "drain_timeout"})
        container.expect_in_log(expected);
    const Nginx nginx({.socket = container.socket()});
    Load honest(nginx.endpoint(), "/demo/hello", 2);
    const auto started = container.pool().workers_started;
    CHECK(hostile(container, "control_thread") == "done\n");
    CHECK(eventually([&] {
        return container.error_log().find("nothing was heard of its control thread for 5 s") != std::string::npos;
    }));
    CHECK(eventually([&] { return container.pool().workers_started > started && is_at_rest(container.pool()); }));
    const LoadResult result = honest.stop();
    CHECK_MESSAGE(result.failures() == 0, result.describe());
    check_all_is_well(container, idle);
    CHECK(container.pool().workers_crashed == 0);
}
