// container/docs/debugging.md: its commands, read from the page, do what it says.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

#include "support/container.hpp"
#include "support/process.hpp"

using namespace hbnb::test;

namespace {

bool holds(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

// "```sh NAME": its commands by name.
std::map<std::string, std::string> commands() {
    std::istringstream page(read_file(std::string(HBNB_SOURCE_DIRECTORY) + "/container/docs/debugging.md"));
    std::map<std::string, std::string> blocks;
    std::string name;
    for (std::string line; std::getline(page, line);) {
        if (line.starts_with("```"))
            name = line.starts_with("```sh ") ? line.substr(6) : "";
        else if (!name.empty())
            blocks[name] += line + "\n";
    }
    return blocks;
}

// Whether the program is here; says why a test is skipped where it is not.
bool has(const std::string &program) {
    if (run({"sh", "-c", "command -v " + program}).exit_code == 0) return true;
    MESSAGE("skipped: there is no " << program << " here");
    return false;
}

bool can_wrap() {
#ifdef HBNB_SANITIZED
    MESSAGE("skipped: the worker of this build is sanitized itself, and takes no tool around it");
    return false;
#else
    return true;
#endif
}

// The page's names for places, and a container that one of its commands starts.
class Page {
  public:
    Page() {
        std::string text = container_yaml(dir_.path(), {.min = 1, .max = 1, .mounts = {{"/overrun", plugin_}}});
        text.replace(text.find("\n  test:"), 8, "\n  hbnb:");
        write_file(dir_ / "hbnb.yaml", text);
        std::filesystem::copy_file(test_plugin("overrun"), plugin_);
        words_ = {
            "env", "-C", dir_.path(),
            "PATH=" + std::filesystem::path(container_program()).parent_path().string() + ":" + std::getenv("PATH")};
        name("dir", dir_.path());
        name("yaml", dir_ / "hbnb.yaml");
        name("plugin", plugin_);
        name("sdk", std::string(HBNB_SOURCE_DIRECTORY) + "/container/sdk");
        name("source", std::string(HBNB_SOURCE_DIRECTORY) + "/tests/plugins/overrun.cpp");
    }

    const TempDir &dir() const { return dir_; }
    void name(const std::string &variable, const std::string &value) { words_.push_back(variable + "=" + value); }

    std::vector<std::string> command(const std::string &block) const {
        std::vector<std::string> words = words_;
        words.insert(words.end(), {"bash", "-euc", commands().at(block)});
        return words;
    }
    Outcome outcome(const std::string &block) const { return run(command(block)); }

    // The container of this block, ready.
    void start(const std::string &block) {
        auto words = command(block);
        words.back().insert(0, "exec ");
        start(words);
    }
    void start_plainly() {
        auto words = words_;
        words.insert(words.end(), {"hbnb-container", "--config", dir_ / "hbnb.yaml"});
        start(words);
    }
    void stop() {
        container_->signal(SIGTERM);
        CHECK(container_->wait(std::chrono::minutes(1)).has_value());
    }

    Outcome ask(const std::string &path) const {
        return run({control_program(), "--control", dir_ / "control.sock", "request", "GET", path});
    }
    bool logs(const std::string &text) const {
        return eventually([&] { return holds(log(), text); });
    }
    std::string log() const { return read_file(dir_ / "error.log"); }
    pid_t worker() const { return children_of(container_->pid()).at(0); }

  private:
    void start(const std::vector<std::string> &words) {
        container_ = std::make_unique<Process>(words, dir_ / "output");
        const bool up = eventually([&] { return holds(log(), "ready: ") || !container_->is_running(); });
        REQUIRE_MESSAGE(up, log());
        REQUIRE_MESSAGE(holds(log(), "ready: "), read_file(dir_ / "output") << log());
    }

    TempDir dir_;
    std::string plugin_ = dir_ / "overrun.so";
    std::vector<std::string> words_;
    std::unique_ptr<Process> container_;
};

}  // namespace

TEST_CASE("each command of the page about debugging is run by a test here") {
    std::string names;
    for (const auto &[name, text] : commands()) names += name + " ";
    CHECK(names == "asan asan-build attach break core core-look perf perf-report strace valgrind ");
}

TEST_CASE("gdb attaches to a worker, and stops it in its handler, by the page's commands") {
    if (!has("gdb")) return;
    Page page;
    page.start_plainly();
    page.name("worker", std::to_string(page.worker()));
    const Outcome attached = page.outcome("attach");
    CHECK_MESSAGE(attached.exit_code == 0, attached.output);
    CHECK_MESSAGE(holds(attached.output, "epoll_wait"), attached.output);

    Process gdb(page.command("break"), page.dir() / "gdb");
    const auto said = [&] { return read_file(page.dir() / "gdb"); };
    CHECK(eventually([&] { return holds(said(), "Breakpoint 1 at ") || !gdb.is_running(); }));
    Outcome answer;
    std::thread client([&] { answer = page.ask("/overrun/read"); });
    CHECK(gdb.wait(std::chrono::minutes(1)).has_value());
    client.join();
    CHECK_MESSAGE(holds(said(), "hit Breakpoint 1"), said());  // the name of the function is its compiler's
    CHECK_MESSAGE(holds(said(), "overrun.cpp:"), said());
#ifndef HBNB_SANITIZED  // which ends the worker at what this handler does
    CHECK_MESSAGE(holds(answer.output, "ing\n"), answer.output);
#endif
    page.stop();
}

TEST_CASE("valgrind as a wrapper shows file and line of what a handler does wrong") {
    if (!can_wrap() || !has("valgrind")) return;
    Page page;
    page.start("valgrind");
    CHECK(page.ask("/overrun/read").exit_code == 0);
    CHECK_MESSAGE(page.logs("Invalid read of size 4"), page.log());
    CHECK_MESSAGE(page.logs("(overrun.cpp:"), page.log());
    page.stop();
}

TEST_CASE("perf as a wrapper shows where a handler spends its time") {
    if (!can_wrap() || !has("perf")) return;
    Page page;
    const Outcome tried = run({"perf", "record", "-q", "-o", page.dir() / "tried", "true"});
    if (tried.exit_code != 0) {
        MESSAGE("skipped: perf may not record here: " << tried.output);
        return;
    }
    page.start("perf");
    CHECK(page.ask("/overrun/spin").exit_code == 0);
    page.stop();
    const Outcome report = page.outcome("perf-report");
    CHECK_MESSAGE(report.exit_code == 0, report.output);
    CHECK_MESSAGE(holds(report.output, "Overrun::spin"), report.output);
}

TEST_CASE("strace as a wrapper shows what a worker sends") {
    if (!can_wrap() || !has("strace")) return;
    Page page;
    page.start("strace");
    CHECK(page.ask("/overrun/read").exit_code == 0);
    page.stop();
    const std::string calls = read_file(page.dir() / "strace");
    CHECK_MESSAGE(holds(calls, "Status: 200 OK"), calls);
}

TEST_CASE("a handler that is built with AddressSanitizer reports file and line to the error log") {
    if (!can_wrap()) return;
    if (!run({"g++", "-print-file-name=libasan.so"}).output.starts_with("/")) {
        MESSAGE("skipped: there is no libasan here");
        return;
    }
    Page page;
    const Outcome built = page.outcome("asan-build");
    REQUIRE_MESSAGE(built.exit_code == 0, built.output);
    page.start("asan");
    CHECK(page.ask("/overrun/read").exit_code != 0);
    CHECK_MESSAGE(page.logs("AddressSanitizer: heap-buffer-overflow"), page.log());
    CHECK_MESSAGE(page.logs("overrun.cpp:"), page.log());
    page.stop();
}

TEST_CASE("a core file shows the handler's file and line") {
    if (!can_wrap() || !has("gdb")) return;
    const std::string pattern = read_file("/proc/sys/kernel/core_pattern");
    if (pattern.starts_with("|") || holds(pattern, "/")) {
        MESSAGE("skipped: kernel.core_pattern puts core files elsewhere here: " << pattern);
        return;
    }
    if (run({"bash", "-c", "[ $(ulimit -Hc) = unlimited ]"}).exit_code != 0) {
        MESSAGE("skipped: the hard limit of core files is set here (ulimit -Hc)");
        return;
    }
    Page page;
    page.start("core");
    CHECK(page.ask("/overrun/null").exit_code != 0);
    CHECK_MESSAGE(page.logs("ended: crashed, signal 11"), page.log());
    std::string core;
    for (const auto &entry : std::filesystem::directory_iterator(page.dir().path()))
        if (entry.path().filename().string().starts_with(pattern.substr(0, 4))) core = entry.path();
    REQUIRE_MESSAGE(!core.empty(), page.log());
    page.name("core", core);
    const Outcome looked = page.outcome("core-look");
    CHECK_MESSAGE(holds(looked.output, "overrun.cpp:"), looked.output);
    page.stop();
}
