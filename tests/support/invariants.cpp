#include "support/invariants.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <regex>
#include <sstream>

#include "support/fastcgi_client.hpp"

namespace hbnb::test {
namespace {

constexpr std::size_t kKeptListener = 2;  // descriptors of a socket that is there for its queue alone

std::uint64_t resident_bytes(pid_t pid) {
    std::istringstream text(read_file("/proc/" + std::to_string(pid) + "/statm"));
    std::uint64_t size = 0, resident = 0;
    text >> size >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// Processes of ours whose parent has died: they are this test's children, as the manager is.
std::size_t count_own_hbnb_children() {
    const auto children = children_of(::getpid());
    return static_cast<std::size_t>(std::count_if(children.begin(), children.end(), [](pid_t pid) {
        return process_exists(pid) && read_file("/proc/" + std::to_string(pid) + "/comm").starts_with("hbnb-");
    }));
}

std::size_t count(const std::string &text, const std::string &part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
    return found;
}

}  // namespace

ino_t inode_of(const std::string &path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

Invariants::Invariants(const Container &container)
    : container_(container), manager_(container.pid()), socket_(inode_of(container.socket())) {
    REQUIRE(eventually([&] { return is_settled(); }));
    check_service();
    REQUIRE(eventually([&] { return is_settled(); }));
    strays_ = count_own_hbnb_children();
    before_ = look();
}

Invariants::Seen Invariants::look() const {
    Seen seen;
    const auto workers = container_.pool().workers;
    seen.workers = workers.size();
    for (const auto &worker : workers)
        seen.worker_descriptors = std::max(seen.worker_descriptors, count_descriptors(static_cast<pid_t>(worker.pid)));
    seen.manager_descriptors = count_descriptors(manager_);
    seen.manager_memory = resident_bytes(manager_);
    return seen;
}

bool Invariants::is_settled() const {
    const auto pool = container_.pool();
    const bool in_bounds = pool.serving >= pool.min && pool.serving <= pool.max;
    return in_bounds && pool.starting + pool.draining + pool.ending + pool.busy + pool.waiting == 0 &&
           std::all_of(pool.workers.begin(), pool.workers.end(),
                       [](const auto &worker) { return worker.connections == 0; });
}

void Invariants::hold() const {
    CHECK_MESSAGE(eventually([&] { return is_settled(); }), wire::encode(container_.status()));
    check_service();
    CHECK_MESSAGE(eventually([&] { return is_settled(); }), wire::encode(container_.status()));
    check_processes();
    check_resources();
    check_log();
    CHECK((socket_ == 0 || inode_of(container_.socket()) == socket_));
}

void Invariants::check_processes() const {
    CHECK(container_.status().pid == manager_);
    CHECK(process_exists(manager_));
    CHECK(eventually([&] {
        const auto children = children_of(manager_);
        return children.size() == container_.pool().workers.size() &&
               std::all_of(children.begin(), children.end(), process_exists);
    }));
    CHECK(eventually([&] { return count_own_hbnb_children() == strays_; }));
}

void Invariants::check_resources() const {
    CHECK(eventually([&] { return container_.pool().workers.size() == before_.workers; }));
    const std::size_t kept = socket_ == 0 ? kKeptListener : 0;
    Seen now;
    CHECK_MESSAGE(eventually([&] {
                      now = look();
                      return now.manager_descriptors <= before_.manager_descriptors + kept &&
                             now.worker_descriptors <= before_.worker_descriptors + kept;
                  }),
                  "descriptors of the manager " << before_.manager_descriptors << ", now " << now.manager_descriptors
                                                << "; of a worker " << before_.worker_descriptors << ", now "
                                                << now.worker_descriptors);
#ifndef HBNB_SANITIZED  // a sanitizer keeps what was freed
    // Who has read a configuration anew has a heap that is a little different: 5 %, and what one allocation moves.
    constexpr std::uint64_t slack = 1 << 20;
    CHECK_MESSAGE(now.manager_memory <= before_.manager_memory + before_.manager_memory / 20 + slack,
                  "memory of the manager was " << before_.manager_memory << ", now " << now.manager_memory);
#endif
}

void Invariants::check_log() const {
    static const std::regex line_form(
        R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info|warning|error) [^ :]+: [\x20-\x7e\x80-\xff]*)");
    const std::string log = container_.error_log();
    std::istringstream lines(log);
    for (std::string line; std::getline(lines, line);) CHECK_MESSAGE(std::regex_match(line, line_form), line);
    if (!whole_log_) return;
    const auto pool = container_.pool();
    CHECK(count(log, " ended: ") == pool.workers_started - pool.workers.size());
}

void Invariants::check_service() const {
    FastcgiConnection client(container_.socket());
    const auto hello = client.ask(fastcgi_get("/demo/hello", true));
    CHECK((hello && hello->http_status() == 200 && hello->body() == "Hello from the container\n"));
    const auto echo = client.ask(fastcgi_post("/demo/echo", std::string(100'000, 'e'), false));
    CHECK((echo && echo->http_status() == 200 && echo->body() == std::string(100'000, 'e')));
}

}  // namespace hbnb::test
