// The manager as process 1 of a pid namespace, as in an image without an init: it waits for orphans that are nobody's
// children any more, hears signals that the kernel would not deliver to a process 1 without handlers, and passes its
// status.
#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>

#include "support/container.hpp"
#include "support/fastcgi_client.hpp"
#include "support/root.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

class FirstProcess {
  public:
    explicit FirstProcess(const ContainerSettings &settings) {
        write_file(dir_ / "hbnb.yaml", container_yaml(dir_.path(), settings));
        process_ = std::make_unique<Process>(
            std::vector<std::string>{"unshare", "--pid", "--fork", "--kill-child", "--mount-proc", container_program(),
                                     "--config", dir_ / "hbnb.yaml", "--pid-file", dir_ / "pid"},
            dir_ / "output");
    }
    FirstProcess(const FirstProcess &) = delete;
    FirstProcess &operator=(const FirstProcess &) = delete;
    ~FirstProcess() { wait(); }

    bool is_up() {
        eventually([&] { return !read_file(dir_ / "pid").empty() || !process_->is_running(); });
        const auto children = children_of(process_->pid());
        if (children.size() == 1) manager_ = children.front();
        return read_file(dir_ / "pid") == "1\n" && manager_ > 0;
    }
    pid_t manager() const { return manager_; }  // as we see it from outside
    void signal(int number) const { ::kill(manager_, number); }
    std::optional<Exit> wait() { return process_->wait(); }
    wire::Status status() const {
        return wire::decode_status(get(unix_socket(dir_ / "control.sock"), "/status").body).value();
    }
    std::optional<fcgi::ResponseGatherer> ask(const std::string &target) const {
        return FastcgiConnection(dir_ / "hbnb.sock").ask(fastcgi_get(target, false));
    }
    std::string error_log() const { return read_file(dir_ / "error.log"); }
    std::string output() const { return read_file(dir_ / "output"); }

  private:
    TempDir dir_;
    std::unique_ptr<Process> process_;
    pid_t manager_ = 0;
};

ContainerSettings with_faults() {
    return {.min = 2, .max = 2, .mounts = {{"/demo", "demo"}, {"/faults", test_plugin("faults")}}};
}

}  // namespace

TEST_CASE("as process 1 the manager waits for the orphans that handlers leave: none stays a zombie") {
    if (!has_pid_namespaces_or_skipped()) return;
    FirstProcess first(with_faults());
    REQUIRE_MESSAGE(first.is_up(), first.output());
    for (int i = 0; i < 5; ++i) {
        const auto answer = first.ask("/faults/orphan");
        CHECK((answer && answer->body() == "orphaned\n"));
    }
    const auto reaped = [&] {
        std::size_t count = 0;
        const std::string log = first.error_log();
        for (auto at = log.find(" waited for"); at != std::string::npos; at = log.find(" waited for", at + 1)) ++count;
        return count;
    };
    CHECK_MESSAGE(eventually([&] { return reaped() == 5; }), first.error_log());
    CHECK(children_of(first.manager()).size() == 2);
    for (const pid_t child : children_of(first.manager())) CHECK_FALSE(is_zombie(child));
    first.signal(SIGTERM);
    CHECK(first.wait() == Exit{0, 0});
}

TEST_CASE("as process 1 the manager hears its signals, replaces workers, and passes its exit status") {
    if (!has_pid_namespaces_or_skipped()) return;
    int last = SIGTERM;
    SUBCASE("TERM ends it") { last = SIGTERM; }
    SUBCASE("QUIT ends it") { last = SIGQUIT; }
    SUBCASE("INT ends it") { last = SIGINT; }
    FirstProcess first(with_faults());
    REQUIRE_MESSAGE(first.is_up(), first.output());
    first.signal(SIGHUP);
    // One that drains may still take a last request, and its exit would be no crash.
    CHECK(eventually([&] {
        const auto status = first.status();
        return status.last_reload.result == "ok" && status.pools.at(0).draining + status.pools.at(0).ending == 0;
    }));
    CHECK_FALSE(first.ask("/faults/exit_at_once"));
    CHECK(eventually([&] {
        const auto status = first.status();
        return status.pools.at(0).serving == 2 && status.pools.at(0).workers_crashed == 1;
    }));
    const auto answer = first.ask("/demo/hello");
    CHECK((answer && answer->http_status() == 200));
    first.signal(last);
    CHECK(first.wait() == Exit{0, 0});
}

TEST_CASE("as process 1 the manager passes exit status 1 when it cannot start") {
    if (!has_pid_namespaces_or_skipped()) return;
    FirstProcess first({.mounts = {{"/gone", "/gone.so"}}});
    CHECK(first.wait() == Exit{1, 0});
    CHECK(first.output().find("unable to load plugin /gone.so") != std::string::npos);
}
