// The manager is given less than it needs while it serves: no process more, no descriptor more; and again enough.
#include <doctest/doctest.h>

#include <unistd.h>

#include <csignal>
#include <set>
#include <string>
#include <vector>

#include "support/container.hpp"
#include "support/fastcgi_client.hpp"
#include "support/invariants.hpp"
#include "support/root.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

constexpr uid_t kLonely = 54321;  // without an account, and so without any other process

bool holds(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

// prlimit's soft limit of another process, as its own user sets it: even root may not be allowed to.
void limit(pid_t pid, const std::string &option) {
    std::vector<std::string> command{"prlimit", "--pid", std::to_string(pid), option};
    if (::geteuid() == 0) {
        const std::string user = read_file("/proc/" + std::to_string(pid) + "/status");
        const bool is_lonely = user.find("Uid:\t" + std::to_string(kLonely)) != std::string::npos;
        const std::string uid = is_lonely ? std::to_string(kLonely) : "0";
        command.insert(command.begin(), {"setpriv", "--reuid", uid, "--regid", uid, "--clear-groups"});
    }
    const Outcome set = run(command);
    REQUIRE_MESSAGE(set.exit_code == 0, set.output);
}

void check_answers(const std::string &socket) {
    const auto answer = FastcgiConnection(socket).ask(fastcgi_get("/demo/hello", false));
    CHECK((answer && answer->http_status() == 200));
}

// One of the workers dies and cannot be replaced: the others serve, the log says why, and it comes once it can.
void check_goes_on(const Container &container, const std::string &less, const std::string &enough,
                   const std::string &reason) {
    const auto pids = container.worker_pids();
    REQUIRE(pids.size() == 2);
    limit(container.pid(), less);
    ::kill(pids.front(), SIGKILL);
    CHECK_MESSAGE(eventually([&] { return holds(container.error_log(), reason); }), container.error_log());
    for (int i = 0; i < 20; ++i) check_answers(container.socket());
    CHECK(process_exists(container.pid()));
    limit(container.pid(), enough);
    CHECK(eventually([&] { return container.worker_pids().size() == 2; }));
    check_answers(container.socket());
}

}  // namespace

TEST_CASE("when no process can be started any more the others serve, the log says why, and it ends by itself") {
    if (!is_root_or_skipped()) return;
    // Limits of processes do not hold for root: so another user, whose only processes these are.
    Container container({.min = 2, .max = 2, .user = std::to_string(kLonely)});
    container.expect_in_log("unable to start");
    container.expect_in_log("SIGKILL");
    container.expect_in_log("workers die young");
    container.expect_in_log("unable to read " + container.yaml());
    check_goes_on(container, "--nproc=1:", "--nproc=64:",
                  "hbnb-worker: Resource temporarily unavailable; there may be no more processes (pids.max");
}

TEST_CASE("a manager without descriptors serves on, says how many it may have, and starts workers when it has some") {
    Container container({.min = 2, .max = 2});
    container.expect_in_log("unable to");
    container.expect_in_log("SIGKILL");
    container.expect_in_log("workers die young");
    // Those that a dead worker gives back are not enough for another one.
    const std::size_t open = count_descriptors(container.pid());
    if (open == 0) {
        MESSAGE("skipped: another process's descriptors cannot be counted here");
        return;
    }
    check_goes_on(container, "--nofile=" + std::to_string(open - 6) + ":",
                  "--nofile=" + std::to_string(open + 64) + ":", "Too many open files (this process may have");
}

TEST_CASE("the number of a worker is its own among all pools, however many there are") {
    ContainerSettings settings{.min = 1, .max = 1};
    for (int i = 0; i < 66; ++i) settings.others["p" + std::to_string(i)] = "demo";
    Container container(settings);
    std::set<std::uint64_t> numbers;
    std::size_t workers = 0;
    for (const auto &pool : container.status().pools) {
        for (const auto &worker : pool.workers) {
            ++workers;
            numbers.insert(worker.id);
        }
    }
    CHECK(workers >= 67);
    CHECK(numbers.size() == workers);
    CHECK(*numbers.rbegin() < 1000);  // and is one that people can read
}

#ifndef HBNB_SANITIZED  // a sanitizer's shadow is more than any limit
TEST_CASE("a limit that the container's own hard limit cuts is said, with key, both numbers and the way out") {
    const TempDir dir;
    const ContainerSettings settings{.pool = {{"limits.core", "8MiB"}, {"limits.memory", "4GiB"}}};
    write_file(dir / "hbnb.yaml", container_yaml(dir.path(), settings));
    const std::string check = container_program() + " --check --config " + dir / "hbnb.yaml";
    const std::string cut = run({"sh", "-c", "ulimit -c 4096; ulimit -d 3145728; exec " + check}).output;
    const std::string core =
        "pools.test.limits.core (8388608B) is more than the container's own hard limit (2097152B), "
        "which holds instead; ulimit -Hc, or LimitCORE of systemd, raises it";
    const std::string memory =
        "pools.test.limits.memory (4294967296B) is more than the container's own hard limit "
        "(3221225472B), which holds instead; ulimit -Hd, or LimitDATA of systemd, raises it";
    CHECK_MESSAGE(cut.find(core) != std::string::npos, cut);
    CHECK_MESSAGE(cut.find(memory) != std::string::npos, cut);
    const std::string whole = run({"sh", "-c", "exec " + check}).output;
    CHECK_MESSAGE(whole.find("hard limit") == std::string::npos, whole);
}
#endif
