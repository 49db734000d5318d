// A reload with something that does not load, plugin files that change while they serve, logs that move under load.
#include <doctest/doctest.h>

#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "support/container.hpp"
#include "support/fastcgi_client.hpp"
#include "support/invariants.hpp"
#include "support/nginx.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

// Of a plugin that is cut off. Cut within what is loaded of it, it ends its worker with SIGBUS, which a sanitizer
// reports.
#ifdef HBNB_SANITIZED
constexpr std::uintmax_t kCutTo = 16;
#else
constexpr std::uintmax_t kCutTo = 16 << 10;
#endif

// As an installer does it: never a half file under the name.
void install_plugin(const std::string &from, const std::string &to) {
    std::filesystem::copy_file(from, to + ".new", std::filesystem::copy_options::overwrite_existing);
    ::chmod((to + ".new").c_str(), 0644);
    std::filesystem::rename(to + ".new", to);
}

std::string info(const Container &container, const std::string &key) {
    const auto answer = FastcgiConnection(container.socket()).ask(fastcgi_get("/demo/info", false));
    return answer ? nlohmann::json::parse(answer->body()).at(key).dump() : "";
}

// Numbered GETs, one after the other, on several threads; each number once.
class NumberedClients {
  public:
    NumberedClients(const std::string &socket, unsigned number) {
        for (unsigned i = 0; i < number; ++i) threads_.emplace_back([this, socket] { ask(socket); });
    }
    NumberedClients(const NumberedClients &) = delete;
    NumberedClients &operator=(const NumberedClients &) = delete;
    ~NumberedClients() { stop(); }

    unsigned asked() const { return next_; }
    void stop() {
        stopping_ = true;
        for (auto &thread : threads_) thread.join();
        threads_.clear();
    }

  private:
    static constexpr unsigned kMost = 200'000;

    void ask(const std::string &socket) {
        while (!stopping_ && next_ < kMost) {
            const std::string target = "/demo/hello?number=" + std::to_string(next_++) + ".";
            FastcgiConnection(socket).ask(fastcgi_get(target, false));
        }
    }

    std::atomic<bool> stopping_{false};
    std::atomic<unsigned> next_{0};
    std::vector<std::thread> threads_;
};

std::map<unsigned, unsigned> count_numbers(const std::string &log) {
    std::map<unsigned, unsigned> times;
    const std::string before = "?number=";
    for (auto at = log.find(before); at != std::string::npos; at = log.find(before, at + 1))
        ++times[static_cast<unsigned>(std::stoul(log.substr(at + before.size(), 10)))];
    return times;
}

}  // namespace

TEST_CASE("a plugin that aborts while it loads fails a start once, with a sentence, and a reload changes nothing") {
    const ContainerSettings bad{
        .min = 2, .max = 2, .mounts = {{"/demo", "demo"}, {"/aborts", test_plugin("load_aborts")}}};
    const std::string sentence =
        "unable to load plugin " + test_plugin("load_aborts") + ": it has ended its process (signal 6)";
    {
        const TempDir dir;
        write_file(dir / "hbnb.yaml", container_yaml(dir.path(), bad));
        const Outcome outcome = run({container_program(), "--config", dir / "hbnb.yaml"});
        CHECK(outcome.exit_code == 1);
        CHECK_MESSAGE(outcome.output.find(sentence) != std::string::npos, outcome.output);
        const std::string log = read_file(dir / "error.log");
        CHECK(log.find("start failed: ") != std::string::npos);
        const auto starts = [&] {
            std::size_t count = 0;
            for (auto at = log.find(" starts as worker "); at != std::string::npos;
                 at = log.find(" starts as worker ", at + 1))
                ++count;
            return count;
        }();
        CHECK(starts <= bad.min);  // no loop
        CHECK_FALSE(std::filesystem::exists(dir / "hbnb.sock"));
    }
    Container container({.min = 2, .max = 2});
    container.expect_in_log("reload failed");
    container.expect_in_log("ended: load_failed");
    const Invariants before(container);
    const auto workers = container.worker_pids();
    container.rewrite_yaml(bad);
    CHECK_FALSE(container.reload());
    CHECK(container.status().last_reload.sentence.find(sentence) != std::string::npos);
    CHECK(container.worker_pids() == workers);
    before.hold();
}

TEST_CASE("a reload with a broken file changes nothing, the status says that it failed, and --check says where") {
    Container container({.min = 2, .max = 2});
    container.expect_in_log("reload failed");
    const Invariants before(container);
    const auto workers = container.worker_pids();
    const std::string good = read_file(container.yaml());
    write_file(container.yaml(), good + "colour: blue\n");
    CHECK_FALSE(container.reload());
    const auto last = container.status().last_reload;
    CHECK(last.result == "failed");
    CHECK_MESSAGE(last.sentence.find("hbnb.yaml:") != std::string::npos, last.sentence);
    CHECK(logs(container, "reload failed, what ran before goes on: "));
    const Outcome checked = run({container_program(), "--config", container.yaml(), "--check"});
    CHECK(checked.exit_code == 1);
    CHECK_MESSAGE(checked.output.find("colour") != std::string::npos, checked.output);
    CHECK(container.worker_pids() == workers);
    before.hold();
}

TEST_CASE("a reload with a plugin that cannot be loaded changes nothing, and the status says which and why") {
    const TempDir plugins;
    ContainerSettings settings{.min = 2, .max = 2, .mounts = {{"/demo", "demo"}}};
    Container container(settings);
    container.expect_in_log("reload failed");
    container.expect_in_log("load_failed");
    const Invariants before(container);
    const auto workers = container.worker_pids();
    std::string file = plugins / "bad.so", reason;
    SUBCASE("it is missing") { reason = "No such file or directory"; }
    SUBCASE("it is cut off") {
        install_plugin(plugin_file("demo"), file);
        std::filesystem::resize_file(file, kCutTo);
        reason = "bad.so";
    }
    SUBCASE("it is for another ABI") {
        file = test_plugin("wrong_abi");
        reason = "7";
    }
    SUBCASE("it needs a symbol that nobody has") {
        file = test_plugin("unresolved");
        reason = "nobody_defines_this";
    }
    SUBCASE("it has no entry") {
        file = test_plugin("no_entry");
        reason = "hbnb_handler_plugin";
    }
    settings.mounts["/bad"] = file;
    container.rewrite_yaml(settings);
    CHECK_FALSE(container.reload());
    const auto last = container.status().last_reload;
    CHECK(last.result == "failed");
    CHECK_MESSAGE(last.sentence.find(reason) != std::string::npos, last.sentence);
    CHECK(container.worker_pids() == workers);
    before.hold();
}

TEST_CASE("a plugin that is replaced or removed is the same for workers that start later, until a reload") {
    const TempDir plugins;
    const std::string file = plugins / "demo.so";
    install_plugin(plugin_file("demo"), file);
    Container container({.min = 2, .max = 2, .mounts = {{"/demo", file}}});
    container.expect_in_log("ended: crashed");
    container.expect_in_log("workers die young");
    container.expect_in_log("reload failed");
    const Invariants before(container);
    const std::string hash = info(container, "plugin_hash");
    SUBCASE("another one has its name") { install_plugin(test_plugin("faults"), file); }
    SUBCASE("it is gone") { std::filesystem::remove(file); }
    const auto old = container.worker_pids();
    for (const pid_t worker : old) ::kill(worker, SIGKILL);
    REQUIRE(eventually([&] {
        const auto now = container.worker_pids();
        return now.size() == 2 && now != old && container.pool().workers_crashed == 2;
    }));
    for (int i = 0; i < 20; ++i) CHECK(info(container, "plugin_hash") == hash);
    before.hold();
    if (std::filesystem::exists(file)) {
        CHECK(container.reload());
        CHECK(eventually([&] {  // one that has just been told to drain may still answer
            const auto answer = FastcgiConnection(container.socket()).ask(fastcgi_get("/demo/hello", false));
            return answer && answer->http_status() == 404;
        }));
    } else {
        CHECK_FALSE(container.reload());
        before.hold();
    }
}

TEST_CASE("no line is lost or doubled when the access log is moved away under load and opened anew") {
    Container container({.min = 2, .max = 2});
    Invariants before(container);
    before.log_was_moved();
    NumberedClients clients(container.socket(), 4);
    for (const std::string number : {"1", "2", "3"}) {
        const unsigned asked = clients.asked();
        REQUIRE(eventually([&] { return clients.asked() > asked + 200; }));
        std::filesystem::rename(container.dir() / "access.log", container.dir() / ("access.log." + number));
        std::filesystem::rename(container.dir() / "error.log", container.dir() / ("error.log." + number));
        container.signal(SIGUSR1);
        REQUIRE(logs(container, "logs opened anew"));
        REQUIRE(eventually([&] { return !container.access_log().empty(); }));
    }
    clients.stop();
    before.hold();
    container.finish();
    std::string log = container.access_log();
    for (const char *name : {"access.log.1", "access.log.2", "access.log.3"}) log += read_file(container.dir() / name);
    const auto times = count_numbers(log);
    CHECK(times.size() == clients.asked());
    for (const auto &one : times) CHECK_MESSAGE(one.second == 1, one.first);
}

TEST_CASE("a log that cannot be opened anew goes on in the old file, which says why") {
    Container container({.min = 2, .max = 2});
    container.expect_in_log("the old one stays in use");
    Invariants before(container);
    before.log_was_moved();
    for (const char *name : {"access.log", "error.log"}) {
        std::filesystem::rename(container.dir() / name, container.dir() / (std::string(name) + ".1"));
        std::filesystem::create_directory(container.dir() / name);
    }
    container.signal(SIGUSR1);
    const auto old_log_has = [&](const char *name, const std::string &text) {
        return eventually([&] { return read_file(container.dir() / name).find(text) != std::string::npos; });
    };
    REQUIRE(old_log_has("error.log.1", "error.log: Is a directory; the old one stays in use"));
    CHECK(old_log_has("error.log.1", "access.log: Is a directory; the old one stays in use"));
    FastcgiConnection(container.socket()).ask(fastcgi_get("/demo/hello?still=here", false));
    CHECK(old_log_has("access.log.1", "still=here"));
    for (const char *name : {"access.log", "error.log"}) std::filesystem::remove(container.dir() / name);
    container.signal(SIGUSR1);
    REQUIRE(logs(container, "logs opened anew"));
    before.hold();
}
