// A hostile plugin (tests/plugins/hostile.cpp) beside an honest one in the same workers, and beside another pool: whatever
// it does with what a worker inherits, honest requests are answered 200, nobody spins, and what the status says is true.
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
#include "support/load.hpp"
#include "support/nginx.hpp"
#include "support/root.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

constexpr unsigned kBurst = 24;
constexpr long kWakeUps = 40;   // of the manager, which samples 20 times a second
constexpr long kTicksMax = 40;  // of CPU, 10 ms each, meanwhile: a process that spins has taken two hundred

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

long cpu_ticks(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text, word;
    std::getline(file, text);
    std::istringstream words(text.substr(std::min(text.rfind(')') + 2, text.size())));
    long ticks = 0;
    for (int i = 0; i < 13 && words >> word; ++i)
        if (i >= 11) ticks += std::stol(word);
    return ticks;
}

long wake_ups(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("voluntary_ctxt_switches:")) return std::stol(line.substr(line.find(':') + 1));
    return 0;
}

// However loaded the machine is: one that spins takes CPU without falling asleep.
void check_nobody_spins(const Container &container) {
    std::vector<pid_t> all{container.pid()};
    for (const pid_t worker : children_of(container.pid())) all.push_back(worker);
    std::map<pid_t, long> before;
    for (const pid_t pid : all) before[pid] = cpu_ticks(pid);
    const long asleep = wake_ups(container.pid());
    CHECK(eventually([&] { return wake_ups(container.pid()) >= asleep + kWakeUps; }));
    for (const pid_t pid : all)
        CHECK_MESSAGE(cpu_ticks(pid) - before[pid] <= kTicksMax, (pid == container.pid() ? "manager" : "worker"));
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

void check_all_is_well(const Container &container) {
    CHECK(eventually([&] { return is_at_rest(container.pool()) && is_at_rest(container.pool("neighbour")); }));
    CHECK(is_all_answered(burst(container.socket())));
    CHECK(is_all_answered(burst(container.socket_of("neighbour"))));
    check_nobody_spins(container);
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
    check_all_is_well(container);
    CHECK(container.reload());
    check_all_is_well(container);
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
    check_all_is_well(container);
    CHECK(container.reload());
    check_all_is_well(container);
}

TEST_CASE("from inside a handler the control socket can be read and nothing more, where root started the container") {
    if (!is_root_or_skipped()) return;
    const AsNobody as_nobody;
    Container &container = *as_nobody.container;
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
    check_all_is_well(container);
}

TEST_CASE("from inside a handler neither a neighbour's memory nor its descriptors can be reached") {
    if (!is_root_or_skipped()) return;
    const AsNobody as_nobody;
    const Container &container = *as_nobody.container;
    for (const pid_t pid : {container.worker_pids("neighbour").front(), container.pid()}) {
        for (const std::string &line : done_to(container, pid))
            CHECK_MESSAGE((line.ends_with("Operation not permitted") || line.ends_with("Permission denied")), line);
    }
    check_all_is_well(container);
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
        check_all_is_well(container);
    }
    // However slowly this runs: as often as it takes within ten seconds.
    CHECK(eventually([&] {
        hostile(container, "queue?what=shut");
        return container.pool().hand_off == "off";
    }));
    CHECK(logs(container, "a reload brings it back"));
    CHECK(container.pool().waiting_max == 0);
    check_all_is_well(container);
    CHECK(container.reload());
    CHECK(eventually([&] { return container.pool().hand_off == "on"; }));
    check_all_is_well(container);
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
        check_all_is_well(container);
    }
    CHECK(container.pool().workers_crashed == 0);
    CHECK(container.reload());
    check_all_is_well(container);
}
