// ./quickstart --handlers DIR, as the author of a handler types it. Belongs to the release build, one case at a time.
#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "support/container.hpp"
#include "support/eventually.hpp"
#include "support/http_client.hpp"
#include "support/process.hpp"
#include "support/quickstart.hpp"
#include "support/root.hpp"
#include "support/shipped.hpp"

using namespace hbnb::test;
namespace fs = std::filesystem;

namespace {

bool says(const Outcome &outcome, const std::string &words) { return outcome.output.find(words) != std::string::npos; }

// A handler's build directory, as far as the container sees it.
class Plugins {
  public:
    Plugins() { fs::create_directory(path()); }
    std::string path() const { return dir_ / "handlers"; }
    std::string put(const std::string &plugin, const std::string &name) const {
        fs::copy_file(test_plugin(plugin), file(name));
        ::chmod(file(name).c_str(), 0755);
        return file(name);
    }
    std::string file(const std::string &name) const { return path() + "/" + name; }

  private:
    TempDir dir_;
};

// A fresh Debian with what quickstart installs has ninja and no make.
void hide_make(const std::string &directory) {
    for (const char *const name : {"make", "gmake"}) {
        const std::string path = directory + "/" + name;
        std::ofstream(path) << "#!/bin/sh\necho there is no make here >&2\nexit 127\n";
        fs::permissions(path, fs::perms::owner_all);
    }
}

// README's three commands, each a line.
std::string commands_of_readme() {
    const std::string readme = read_file(std::string(HBNB_SOURCE_DIRECTORY) + "/README.md"), fence = "```\n";
    const auto before = readme.find("From there to the first answer");
    REQUIRE(before != std::string::npos);
    const auto begin = readme.find(fence, before) + fence.size();
    return readme.substr(begin, readme.find(fence, begin) - begin);
}

}  // namespace

TEST_CASE("README's three commands lead from the template to its first answer") {
    Quickstart quickstart;
    const TempDir here, hiding;
    hide_make(hiding.path());
    std::string commands = "export PATH=" + hiding.path() + ":$PATH\n" + commands_of_readme();
    CHECK(std::count(commands.begin(), commands.end(), '\n') == 4);
    replace_every(commands, "build/release", std::string(HBNB_SOURCE_DIRECTORY) + "/build/release");
    replace_every(
        commands, "./quickstart",
        Quickstart::program() + " --port " + std::to_string(quickstart.port()) + " --dir " + quickstart.dir());
    const std::string ask = " && curl http://127.0.0.1:8080";
    const auto at = commands.find(ask);
    REQUIRE(at != std::string::npos);
    const std::string path = commands.substr(at + ask.size(), commands.size() - at - ask.size() - 1);
    const Outcome done =
        run({"env", "-C", here.path(), "CMAKE_BUILD_PARALLEL_LEVEL=2", "bash", "-euc", commands.substr(0, at)},
            std::chrono::minutes(20));
    REQUIRE_MESSAGE(done.exit_code == 0, done.output);
    CHECK(says(done, "handler hello of hello.so: http://127.0.0.1:" + std::to_string(quickstart.port()) + "/hello\n"));
    CHECK(path == "/hello/Ann");
    CHECK(quickstart.get(path).body == "Hello Ann, for the 1. time\n");
}

TEST_CASE(
    "quickstart --handlers serves the plugins of a directory beside the application, and a reload takes new ones") {
    const Plugins plugins;
    plugins.put("bare_c", "mine.so");
    Quickstart quickstart;
    const Outcome started = quickstart.start({"--handlers", plugins.path()});
    REQUIRE_MESSAGE(started.exit_code == 0, started.output);
    CHECK(
        says(started, "handler bare-c of mine.so: http://127.0.0.1:" + std::to_string(quickstart.port()) + "/bare\n"));
    CHECK(quickstart.get("/bare").body == "bare\n");
    CHECK(quickstart.get("/").status == 200);
    CHECK(quickstart.get("/api/v1/status").status == 200);
    CHECK(quickstart.get("/own-thread").status == 404);
    plugins.put("own_thread", "another.so");
    const Outcome reloaded =
        run({quickstart.in_dir("bin/hbnbctl"), "--control", quickstart.in_dir("control.sock"), "reload"});
    CHECK_MESSAGE(reloaded.exit_code == 0, reloaded.output);
    CHECK(eventually([&] { return quickstart.get("/own-thread").body == "loads 1, its thread runs\n"; }));
}

TEST_CASE("quickstart --handlers copies a directory that the container's user cannot read, with all that is in it") {
    if (!is_root_or_skipped()) return;
    const Plugins plugins;
    plugins.put("bare_c", "mine.so");
    write_file(plugins.file("beside.txt"), "for the plugin");
    REQUIRE(::chmod(plugins.path().c_str(), 0700) == 0);
    Quickstart quickstart;
    const Outcome started = quickstart.start({"--handlers=" + plugins.path()});
    REQUIRE_MESSAGE(started.exit_code == 0, started.output);
    CHECK(says(started, "copying " + plugins.path() + " to " + quickstart.dir()));
    CHECK(quickstart.get("/bare").body == "bare\n");
    CHECK(read_file(quickstart.in_dir("drop-ins/beside.txt")) == "for the plugin");
    REQUIRE(quickstart.say({"--stop"}).exit_code == 0);
    REQUIRE(quickstart.start().exit_code == 0);
    CHECK(quickstart.get("/bare").status == 404);
    CHECK_FALSE(fs::exists(quickstart.in_dir("drop-ins")));
}

TEST_CASE("quickstart --handlers refuses what it cannot serve with a sentence, before it makes anything") {
    const Quickstart quickstart;
    const Plugins plugins;
    std::string given = plugins.path(), sentence = "unable to serve --handlers " + given + ": ";
    SUBCASE("a directory that is not there") {
        fs::remove(given);
        sentence += "there is no such directory";
    }
    SUBCASE("a file") {
        given = plugins.put("bare_c", "mine.so");
        sentence = "unable to serve --handlers " + given + ": it is no directory";
    }
    SUBCASE("a directory without a plugin") {
        write_file(plugins.file("mine.cpp"), "");
        sentence += "there is no plugin (*.so) in it";
    }
    SUBCASE("a directory that quickstart makes anew") {
        given = quickstart.dir() + "/handlers";
        fs::create_directories(given);
        write_file(quickstart.dir() + "/hbnb.yaml", "");  // of an earlier start
        sentence = "unable to serve --handlers " + given + ": it is in --dir " + quickstart.dir();
    }
    SUBCASE("a plugin that others can change") {
        const std::string file = plugins.put("bare_c", "mine.so");
        REQUIRE(::chmod(file.c_str(), 0666) == 0);
        sentence =
            "unable to serve " + file + ": others can change it, for " + file + " has mode 666; chmod go-w " + file;
    }
    SUBCASE("a directory that others can change") {
        const std::string file = plugins.put("bare_c", "mine.so");
        REQUIRE(::chmod(given.c_str(), 0777) == 0);
        sentence = "unable to serve " + file + ": others can change it, for " + given + " has mode 777";
    }
    SUBCASE("a link to nothing") {
        fs::create_symlink("nowhere", plugins.file("mine.so"));
        sentence = "unable to serve " + plugins.file("mine.so") + ": it is no file, or a link to none";
    }
    const Outcome refused = quickstart.start({"--handlers", given});
    CHECK(refused.exit_code == 1);
    CHECK_MESSAGE(says(refused, sentence), refused.output);
    CHECK_FALSE(fs::exists(quickstart.in_dir("nginx")));
    CHECK(quickstart.container() == 0);
}

TEST_CASE(
    "quickstart --handlers says which plugin does not load, or has no mount of its own, and leaves nothing running") {
    Quickstart quickstart;
    const Plugins plugins;
    std::string sentence;
    SUBCASE("two plugins with one mount") {
        const std::string one = plugins.put("bare_c", "a.so"), other = plugins.put("bare_c", "b.so");
        sentence = "unable to mount plugin " + other + " at /bare: plugin " + one + " is mounted there already";
    }
    SUBCASE("a plugin with the application's mount") {
        fs::copy_file(plugin_file("api"), plugins.file("a.so"));
        sentence = "unable to mount plugin " + plugins.file("a.so") + " at /api/v1: plugin ";
    }
    SUBCASE("a file that is no plugin") {
        write_file(plugins.file("text.so"), "hello");
        ::chmod(plugins.file("text.so").c_str(), 0644);
        sentence = "unable to load plugin " + plugins.file("text.so") + ": ";
    }
    const Outcome refused = quickstart.start({"--handlers", plugins.path()});
    CHECK(refused.exit_code == 1);
    CHECK_MESSAGE(says(refused, sentence), refused.output);
    CHECK(quickstart.get("/").status == 0);
    CHECK(quickstart.container() == 0);
}

TEST_CASE("quickstart --handlers without a directory is wrong usage") {
    const Quickstart quickstart;
    for (const std::vector<std::string> &words : {std::vector<std::string>{"--handlers="}, {"--handlers"}}) {
        const Outcome outcome = run(quickstart.plain(words));
        CHECK(outcome.exit_code == 2);
        CHECK_MESSAGE(says(outcome, "--handlers needs a "), outcome.output);
    }
}
