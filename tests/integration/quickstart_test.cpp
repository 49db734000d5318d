// ./quickstart, as somebody types it. It builds into build/release: so these belong to that build, and run one at a
// time.
#include <doctest/doctest.h>

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "support/container.hpp"
#include "support/http_client.hpp"
#include "support/process.hpp"
#include "support/quickstart.hpp"

using namespace hbnb::test;

namespace {

// A checkout of its own with a copy of this build, for tests that change or hold up what others use. Its cmake has
// nothing to do, and takes its time as long as hold() says so.
class Checkout {
  public:
    Checkout() {
        namespace fs = std::filesystem;
        const fs::path source = HBNB_SOURCE_DIRECTORY, here = tree_.path();
        for (const char *name : {"conf", "nginx-fastcgi", "build/release/bin", "build/release/handlers/templates"})
            fs::create_directories(here / name);
        fs::copy_file(source / "quickstart", here / "quickstart");
        for (const char *name : {"conf", "nginx-fastcgi", "build/release/handlers/templates"})
            fs::copy(source / name, here / name, fs::copy_options::recursive);
        for (const char *name : {"bin/hbnb-container", "bin/hbnb-worker", "bin/hbnbctl", "handlers/api.so",
                                 "handlers/pages.so", "handlers/demo.so"})
            fs::copy_file(source / "build/release" / name, here / "build/release" / name);
        write_file(here / "build/release/build.ninja", "");
        fs::create_directory(here / "tools");
        write_file(here / "tools/cmake", "#!/bin/sh\nwhile [ -e \"$0.held\" ]; do sleep 0.05; done\n");
        ::chmod((here / "tools/cmake").c_str(), 0755);
    }
    void hold() const { write_file(tree_ / "tools/cmake.held", ""); }
    void let_go() const { std::filesystem::remove(tree_ / "tools/cmake.held"); }
    std::string built(const std::string &name) const { return tree_ / ("build/release/" + name); }
    std::vector<std::string> quickstart() const {
        const char *path = std::getenv("PATH");
        return {"env", "PATH=" + (tree_ / "tools") + ":" + (path == nullptr ? "" : path), tree_ / "quickstart"};
    }

  private:
    TempDir tree_;
};

struct stat look(const std::string &path) {
    struct stat status {};
    REQUIRE_MESSAGE(::lstat(path.c_str(), &status) == 0, path);
    return status;
}

unsigned mode_of(const std::string &path) { return look(path).st_mode & 07777U; }

// For what quickstart does for root alone: who may do what in DIR.
bool is_root_or_says_so() {
    if (::geteuid() != 0) MESSAGE("not checked: it needs root");
    return ::geteuid() == 0;
}

Outcome as_service_user(std::vector<std::string> command) {
    command.insert(command.begin(), {"setpriv", "--reuid", "hbnb", "--regid", "hbnb", "--clear-groups", "--"});
    return run(command);
}

bool says(const Outcome &outcome, const std::string &words) {
    CAPTURE(outcome.output);
    const bool said = outcome.output.find(words) != std::string::npos;
    CHECK_MESSAGE(said, words);
    return said;
}

bool ends_with(const std::string &text, const std::string &end) {
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

}  // namespace

TEST_CASE("quickstart serves pages and API with sample data, says what runs, stops, and says that nothing runs") {
    Quickstart quickstart;
    const Outcome started = quickstart.start({"--workers", "1:2"});
    REQUIRE_MESSAGE(started.exit_code == 0, started.output);
    CHECK_MESSAGE(ends_with(started.output, quickstart.ready_line()), started.output);
    CHECK(quickstart.get("/").status == 200);
    CHECK(quickstart.get("/airbnb-onepage/").body == "Hello HBNB!");
    CHECK(nlohmann::json::parse(quickstart.get("/api/v1/states").body).size() > 0);
    CHECK(quickstart.get("/demo/hello").status == 404);
    CHECK(quickstart.get("/static/nothing").status == 404);
    for (const char *file : {"/static/styles/4-common.css", "/static/scripts/jquery.min.js",
                             "/hbnb_static/0-index.html", "/favicon.ico"}) {
        CHECK_MESSAGE(quickstart.get(file).status == 200, file);
    }
    for (const char *name : {"hbnb.yaml", "hbnb.sock", "control.sock", "nginx.conf", "hbnb.db", "access.log",
                             "error.log", "container.pid", "bin/hbnb-container", "bin/hbnb-worker"}) {
        CHECK_MESSAGE(std::filesystem::exists(quickstart.dir() + "/" + name), name);
    }

    const Outcome second = quickstart.start();
    CHECK(second.exit_code == 1);
    CHECK_MESSAGE(
        second.output.find("already running in " + quickstart.dir() + ": hbnb-container (pid ") != std::string::npos,
        second.output);
    CHECK(quickstart.get("/").status == 200);

    const Outcome stopped = quickstart.say({"--stop"});
    CHECK(stopped.exit_code == 0);
    CHECK_MESSAGE(stopped.output.find("stopped hbnb-container (pid ") != std::string::npos, stopped.output);
    CHECK(quickstart.get("/").status == 0);
    for (const char *name : {"hbnb.sock", "control.sock", "container.pid"}) {
        CHECK_FALSE_MESSAGE(std::filesystem::exists(quickstart.dir() + "/" + name), name);
    }
    const Outcome again = quickstart.say({"--stop"});
    CHECK(again.exit_code == 0);
    CHECK_MESSAGE(again.output.find("nothing runs in " + quickstart.dir()) != std::string::npos, again.output);
}

TEST_CASE("quickstart takes --demo and --set, and refuses what hbnb.yaml would refuse, with nothing left running") {
    Quickstart quickstart;
    const Outcome refused = quickstart.start({"--set", "pools.hbnb.workers.maximum=3"});
    CHECK(refused.exit_code == 1);
    CHECK_MESSAGE(refused.output.find("workers.maximum") != std::string::npos, refused.output);
    CHECK(quickstart.get("/").status == 0);
    CHECK(quickstart.container() == 0);

    const Outcome started = quickstart.start({"--demo", "--set", "pools.hbnb.workers.min=3"});
    REQUIRE_MESSAGE(started.exit_code == 0, started.output);
    CHECK(quickstart.get("/demo/hello").status == 200);
    const auto status = get(unix_socket(quickstart.dir() + "/control.sock"), "/status");
    CHECK(nlohmann::json::parse(status.body).at("pools").at(0).at("min") == 3);
}

TEST_CASE("quickstart finds nginx where PATH is that of an ordinary user") {
    Quickstart quickstart({"env", "PATH=/usr/local/bin:/usr/bin:/bin", Quickstart::program()});
    const Outcome started = quickstart.start();
    CHECK_MESSAGE(started.exit_code == 0, started.output);
    CHECK(quickstart.get("/").status == 200);
}

TEST_CASE("quickstart names a port that is taken, and starts nothing") {
    Quickstart first, second;
    REQUIRE(first.start().exit_code == 0);
    const Outcome refused = second.say({"--background", "--port", std::to_string(first.port())});
    CHECK(refused.exit_code == 1);
    CHECK_MESSAGE(refused.output.find("unable to listen on port " + std::to_string(first.port())) != std::string::npos,
                  refused.output);
    CHECK(second.container() == 0);
    CHECK_FALSE(std::filesystem::exists(second.dir()));
}

TEST_CASE("quickstart starts again after a kill -9, and --stop ends what one killed process has left") {
    Quickstart quickstart;
    REQUIRE(quickstart.start().exit_code == 0);
    const pid_t killed = quickstart.container();
    REQUIRE(killed > 0);
    ::kill(killed, SIGKILL);
    REQUIRE(eventually([&] { return !process_exists(killed); }));
    CHECK(quickstart.say({"--stop"}).exit_code == 0);
    CHECK(quickstart.get("/").status == 0);
    const Outcome again = quickstart.start();
    CHECK_MESSAGE(again.exit_code == 0, again.output);
    CHECK(quickstart.get("/").status == 200);
}

TEST_CASE("quickstart in the foreground follows the logs until Ctrl-C, and leaves nothing running") {
    Quickstart quickstart;
    const std::string output = quickstart.temp() / "output";
    Process foreground({Quickstart::program(), "--port", std::to_string(quickstart.port()), "--dir", quickstart.dir()},
                       output);
    REQUIRE(
        eventually([&] { return read_file(output).find("ready: ") != std::string::npos; }, std::chrono::minutes(20)));
    CHECK(eventually([&] {  // what is logged before the following begins is not shown
        CHECK(quickstart.get("/airbnb-onepage/").status == 200);
        return read_file(output).find("\"GET /airbnb-onepage/ HTTP/1.1\" 200") != std::string::npos;
    }));
    const pid_t container = quickstart.container();
    foreground.signal(SIGINT);
    CHECK(foreground.wait(std::chrono::minutes(2)) == Exit{0, 0});
    CHECK_FALSE(process_exists(container));
    CHECK(quickstart.get("/").status == 0);
}

TEST_CASE("quickstart answers wrong usage with exit code 2 and a sentence") {
    const Quickstart quickstart;
    std::vector<std::string> words;
    std::string sentence;
    SUBCASE("an unknown option") { words = {"--colour"}, sentence = "unknown option: --colour"; }
    SUBCASE("a port that is none") {
        words = {"--port", "99999"}, sentence = "--port: found '99999', allowed are 1 to 65535";
    }
    SUBCASE("workers without a maximum") {
        words = {"--workers", "3"}, sentence = "--workers: found '3', allowed is MIN:MAX";
    }
    SUBCASE("a setting without a value") {
        words = {"--set", "a.b"}, sentence = "--set: found 'a.b', allowed is KEY=VALUE";
    }
    const Outcome outcome = quickstart.say(words);
    CHECK(outcome.exit_code == 2);
    CHECK_MESSAGE(outcome.output.find(sentence) != std::string::npos, outcome.output);
}

TEST_CASE("quickstart touches no directory that is not its own") {
    const Quickstart quickstart;
    std::filesystem::create_directory(quickstart.dir());
    write_file(quickstart.dir() + "/letter", "dear");
    const Outcome outcome = quickstart.start();
    CHECK(outcome.exit_code == 1);
    CHECK_MESSAGE(
        outcome.output.find("unable to use " + quickstart.dir() + ": it has files in it") != std::string::npos,
        outcome.output);
    CHECK(read_file(quickstart.dir() + "/letter") == "dear");
}

TEST_CASE("quickstart says why the container does not start, in error.log too, where all of its last words go") {
    Quickstart quickstart;
    const Outcome refused = quickstart.start({"--set", "pools.hbnb.workers.maximum=3"});
    CHECK(refused.exit_code == 1);
    says(refused, "hbnb-container: --set pools.hbnb.workers.maximum: unknown key");
    says(refused, "its reasons are above and in " + quickstart.in_dir("error.log"));
    CHECK(read_file(quickstart.in_dir("error.log")).find("workers.maximum: unknown key") != std::string::npos);

    const Outcome started = quickstart.start();
    REQUIRE_MESSAGE(started.exit_code == 0, started.output);
    for (const char *number : {"1", "2"}) {
        const std::string descriptor = "/proc/" + std::to_string(quickstart.container()) + "/fd/" + number;
        CHECK(std::filesystem::read_symlink(descriptor) == quickstart.in_dir("error.log"));
    }
    CHECK(mode_of(quickstart.in_dir("error.log")) == 0640);
}

TEST_CASE(
    "quickstart --stop ends the workers of an nginx that was killed, and a start before that says that they run") {
    Quickstart quickstart;
    REQUIRE(quickstart.start().exit_code == 0);
    const std::vector<pid_t> workers = children_of(quickstart.nginx());
    REQUIRE_FALSE(workers.empty());
    ::kill(quickstart.nginx(), SIGKILL);
    REQUIRE(eventually([&] { return !process_exists(quickstart.nginx()); }));
    says(quickstart.start(), "and workers of a killed nginx (pid ");
    const Outcome stopped = quickstart.say({"--stop"});
    CHECK(stopped.exit_code == 0);
    says(stopped, "and workers of a killed nginx (pid ");
    for (const pid_t worker : workers) CHECK_FALSE(process_exists(worker));
    CHECK(quickstart.start().exit_code == 0);
}

TEST_CASE("quickstart --stop does not overtake a start: it waits, and then nothing runs") {
    const Checkout checkout;
    Quickstart quickstart(checkout.quickstart());
    const std::string started = quickstart.temp() / "started", stopped = quickstart.temp() / "stopped";
    checkout.hold();
    Process start(quickstart.command({"--background", "--port", std::to_string(quickstart.port())}), started);
    REQUIRE(eventually([&] { return read_file(started).find("building") != std::string::npos; }));
    Process stop(quickstart.command({"--stop"}), stopped);
    CHECK(eventually([&] { return read_file(stopped).find("a start is under way") != std::string::npos; }));
    checkout.let_go();
    CHECK(start.wait(std::chrono::minutes(3)) == Exit{0, 0});
    CHECK(stop.wait(std::chrono::minutes(3)) == Exit{0, 0});
    CHECK_MESSAGE(read_file(stopped).find("stopped hbnb-container (pid ") != std::string::npos, read_file(stopped));
    CHECK(quickstart.get("/").status == 0);
    CHECK(quickstart.container() == 0);
}

TEST_CASE("quickstart uses no plugin or program that others could have changed, and makes no copy of one") {
    const Checkout checkout;
    const Quickstart quickstart(checkout.quickstart());
    std::string file, writable, mode;
    SUBCASE("a plugin") { file = writable = checkout.built("handlers/api.so"), mode = "646"; }
    SUBCASE("a program") { file = writable = checkout.built("bin/hbnb-worker"), mode = "757"; }
    SUBCASE("the directory of a plugin") {
        file = checkout.built("handlers/api.so"), writable = checkout.built("handlers"), mode = "775";
    }
    REQUIRE(::chmod(writable.c_str(), static_cast<mode_t>(std::stoul(mode, nullptr, 8))) == 0);
    const Outcome refused = quickstart.start();
    CHECK(refused.exit_code == 1);
    says(refused, "unable to use " + file + ": others can change it, for " + writable + " has mode " + mode +
                      "; chmod go-w " + writable);
    CHECK_FALSE(std::filesystem::exists(quickstart.dir()));
}

TEST_CASE("quickstart keeps the database's URL to the container's user") {
    Quickstart quickstart;
    REQUIRE(quickstart.start().exit_code == 0);
    CHECK(mode_of(quickstart.in_dir("hbnb.yaml")) == (::geteuid() == 0 ? 0640 : 0600));
}

TEST_CASE("quickstart writes no file into a directory of that file's name") {
    Quickstart quickstart;
    std::filesystem::create_directories(quickstart.in_dir("hbnb.yaml"));
    const Outcome refused = quickstart.start();
    CHECK(refused.exit_code == 1);
    says(refused, "unable to write " + quickstart.in_dir("hbnb.yaml"));
    CHECK(std::filesystem::is_empty(quickstart.in_dir("hbnb.yaml")));
}

TEST_CASE("quickstart as root: the service user makes its own files in DIR and can replace none of root's") {
    if (!is_root_or_says_so()) return;
    Quickstart quickstart;
    const Outcome started = quickstart.start();
    REQUIRE_MESSAGE(started.exit_code == 0, started.output);
    const passwd *service = ::getpwnam("hbnb");
    REQUIRE(service != nullptr);
    const uid_t uid = service->pw_uid;
    CHECK(look(quickstart.dir()).st_uid == 0);
    CHECK(look(quickstart.dir()).st_gid == service->pw_gid);
    CHECK(mode_of(quickstart.dir()) == 01775);
    for (const char *name : {"hbnb.yaml", "nginx.conf", "nginx", "bin", "bin/hbnb-container", "nginx/nginx.pid"}) {
        const std::string path = quickstart.in_dir(name);
        CHECK_MESSAGE(look(path).st_uid == 0, name);
        CHECK_MESSAGE(as_service_user({"mv", path, path + "-away"}).exit_code != 0, name);
        CHECK_MESSAGE(std::filesystem::exists(path), name);
    }
    for (const char *name : {"hbnb.db", "hbnb.sock", "control.sock", "access.log", "error.log", "container.pid"})
        CHECK_MESSAGE(look(quickstart.in_dir(name)).st_uid == uid, name);
    const std::string status = read_file("/proc/" + std::to_string(quickstart.container()) + "/status");
    const std::string number = std::to_string(uid), tab = "\t";
    CHECK(status.find("Uid:" + tab + number + tab + number + tab + number + tab + number) != std::string::npos);
}

TEST_CASE("quickstart as root follows no link that the service user has put where root would write") {
    if (!is_root_or_says_so()) return;
    Quickstart quickstart;
    REQUIRE(quickstart.start().exit_code == 0);
    REQUIRE(quickstart.say({"--stop"}).exit_code == 0);
    const std::string target = quickstart.temp() / "target";
    std::string link, sentence;
    SUBCASE("nginx's directory") {
        link = quickstart.in_dir("nginx"), sentence = link + ", where nginx writes as root, is a symbolic link";
        std::filesystem::remove_all(link);
        std::filesystem::create_directory(target);
    }
    SUBCASE("the log") { link = quickstart.in_dir("error.log"), sentence = "unable to write " + link; }
    as_service_user({"rm", "-f", link});
    REQUIRE(as_service_user({"ln", "-s", target, link}).exit_code == 0);
    const Outcome refused = quickstart.start();
    CHECK(refused.exit_code == 1);
    says(refused, sentence);
    CHECK((!std::filesystem::exists(target) || std::filesystem::is_empty(target)));
    CHECK(mode_of(quickstart.dir()) == 01775);
}

TEST_CASE("quickstart as root takes over what belongs to the service user, says so, and starts") {
    if (!is_root_or_says_so()) return;
    Quickstart quickstart;
    REQUIRE(quickstart.start().exit_code == 0);
    ::kill(quickstart.container(), SIGKILL);
    REQUIRE(quickstart.say({"--stop"}).exit_code == 0);
    const passwd *service = ::getpwnam("hbnb");
    REQUIRE(service != nullptr);
    REQUIRE(::chown(quickstart.dir().c_str(), service->pw_uid, service->pw_gid) == 0);
    REQUIRE(::chown(quickstart.in_dir("nginx").c_str(), service->pw_uid, service->pw_gid) == 0);
    REQUIRE(::lchown(quickstart.in_dir("hbnb.sock").c_str(), 0, 0) == 0);  // a manager that began as root left it
    const Outcome started = quickstart.start();
    CHECK(started.exit_code == 0);
    says(started, quickstart.dir() + " belonged to hbnb: now to root");
    says(started, quickstart.in_dir("nginx") + " belonged to hbnb: made anew");
    CHECK(look(quickstart.dir()).st_uid == 0);
    CHECK(look(quickstart.in_dir("nginx")).st_uid == 0);
    CHECK(quickstart.get("/").status == 200);
}

TEST_CASE("quickstart as root copies what another user has built, and serves from the copy") {
    if (!is_root_or_says_so()) return;
    constexpr uid_t kNobody = 65534;
    const Checkout checkout;
    REQUIRE(::chown(checkout.built("handlers/api.so").c_str(), kNobody, kNobody) == 0);
    Quickstart quickstart(checkout.quickstart());
    const Outcome started = quickstart.start();
    CHECK(started.exit_code == 0);
    says(started, "copying programs and plugins to " + quickstart.dir());
    CHECK(look(quickstart.in_dir("handlers/api.so")).st_uid == 0);
    CHECK_FALSE(std::filesystem::exists(quickstart.in_dir("handlers/demo.so")));
    CHECK(quickstart.get("/api/v1/status").status == 200);
}

TEST_CASE("quickstart as root leaves nothing of a directory that the service user cannot reach, or could exchange") {
    if (!is_root_or_says_so()) return;
    const Quickstart quickstart;
    const std::string above = quickstart.temp() / "above";
    std::filesystem::create_directory(above);
    std::string sentence;
    SUBCASE("cannot reach") {
        REQUIRE(::chmod(above.c_str(), 0700) == 0);
        sentence = "user hbnb cannot reach it";
    }
    SUBCASE("could exchange") {
        const group *nginx = ::getgrnam("www-data");  // a second group of the container's user
        REQUIRE(nginx != nullptr);
        REQUIRE(::chown(above.c_str(), 0, nginx->gr_gid) == 0);
        REQUIRE(::chmod(above.c_str(), 0775) == 0);
        sentence = "user hbnb can rename what is in " + above;
    }
    const Outcome refused = run({Quickstart::program(), "--background", "--port", std::to_string(quickstart.port()),
                                 "--dir", above + "/one/two"});
    CHECK(refused.exit_code == 1);
    says(refused, sentence);
    CHECK(std::filesystem::is_empty(above));
    run({Quickstart::program(), "--stop", "--dir", above + "/one/two"});  // where it was not refused
}
