// Who may do what: a container that is started by an ordinary user, and a web server that is somebody else.
#include <doctest/doctest.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "support/container.hpp"
#include "support/fastcgi_client.hpp"
#include "support/invariants.hpp"
#include "support/nginx.hpp"
#include "support/root.hpp"

using namespace hbnb;
using namespace hbnb::test;

namespace {

constexpr uid_t kSomebodysId = 65534;  // nobody
constexpr const char *kSomebody = "65534";

// What a start by an ordinary user says. Its directory is that user's unless the test says otherwise.
class SomebodysStart {
  public:
    SomebodysStart() : yaml_(container_yaml(dir_.path(), {})) {
        if (::geteuid() == 0) {
            replace("user: root\n", "");
            REQUIRE(::chown(dir_.path().c_str(), kSomebodysId, kSomebodysId) == 0);
        }
    }
    const TempDir &dir() const { return dir_; }
    void replace(const std::string &what, const std::string &with) {
        const auto at = yaml_.find(what);
        REQUIRE(at != std::string::npos);
        yaml_.replace(at, what.size(), with);
    }
    Outcome operator()() const {
        write_file(dir_ / "hbnb.yaml", yaml_);
        std::vector<std::string> command{container_program(), "--config", dir_ / "hbnb.yaml"};
        if (::geteuid() == 0) {
            const std::vector<std::string> as{"setpriv", "--reuid", kSomebody, "--regid", kSomebody, "--clear-groups"};
            command.insert(command.begin(), as.begin(), as.end());
        }
        return run(command);
    }
    // The sentence names what could not be done and why; nothing has been started.
    void check_refused(const std::string &sentence) const {
        const Outcome outcome = (*this)();
        CHECK(outcome.exit_code == 1);
        CHECK_MESSAGE(outcome.output.find(sentence) != std::string::npos, outcome.output);
        CHECK(read_file(dir_ / "error.log").find("starts as worker") == std::string::npos);
    }

  private:
    TempDir dir_;
    std::string yaml_;
};

// A child of this test asks as uid 65534, and is not answered. Its pid.
pid_t ask_as_somebody(const std::string &socket) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        if (::setgid(kSomebodysId) != 0 || ::setuid(kSomebodysId) != 0) ::_exit(9);
        ::_exit(FastcgiConnection(socket).ask(fastcgi_get("/demo/hello", false)) ? 8 : 0);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    return child;
}

}  // namespace

TEST_CASE("an ordinary user's start is refused by name where it may not make its sockets or its logs") {
    SomebodysStart start;
    const TempDir closed;  // the test's own
    ::chmod(closed.path().c_str(), 0555);
    if (::geteuid() != 0) ::chmod(closed.path().c_str(), 0500);
    std::string sentence;
    SUBCASE("the listening socket") {
        start.replace(start.dir() / "hbnb.sock", closed / "hbnb.sock");
        sentence = "unable to listen on unix:" + closed / "hbnb.sock" + ": Permission denied";
    }
    SUBCASE("the control socket") {
        start.replace(start.dir() / "control.sock", closed / "control.sock");
        sentence = closed / "control.sock";
    }
    SUBCASE("the error log") {
        start.replace(start.dir() / "error.log", closed / "error.log");
        sentence = closed / "error.log" + ": Permission denied";
    }
    SUBCASE("the access log") {
        start.replace(start.dir() / "access.log", closed / "access.log");
        sentence = closed / "access.log" + ": Permission denied";
    }
    start.check_refused(sentence);
}

TEST_CASE("an ordinary user's start is refused by name where it may not read a plugin, or anybody could write it") {
    SomebodysStart start;
    const TempDir plugins;
    const std::string file = plugins / "copy.so";
    std::filesystem::copy_file(plugin_file("demo"), file);
    ::chmod(file.c_str(), 0644);
    start.replace(plugin_file("demo"), file);
    std::string sentence = "unable to load plugin " + file + ": ";
    SUBCASE("it may not be read") {
        if (!is_root_or_skipped()) return;  // else the file is that user's own
        ::chmod(file.c_str(), 0600);
        sentence += "Permission denied";
    }
    SUBCASE("anybody may write it") {
        ::chmod(file.c_str(), 0666);
        sentence += "it is writable by group or others (mode 0666)";
    }
    SUBCASE("anybody may write its directory") {
        ::chmod(plugins.path().c_str(), 0777);
        sentence += "its directory " + plugins.path() + " is writable by group or others (mode 0777)";
    }
    SUBCASE("it is another user's") {
        if (!is_root_or_skipped()) return;
        REQUIRE(::chown(file.c_str(), 12345, 12345) == 0);
        sentence += "it belongs to uid 12345, neither root nor the container's user";
    }
    start.check_refused(sentence);
}

TEST_CASE("an ordinary user's start is refused by name where a port is for root") {
    std::string first = read_file("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    if (first.empty() || std::stoi(first) < 2) {
        MESSAGE("skipped: every port is for everybody here");
        return;
    }
    SomebodysStart start;
    start.replace("{ unix: " + start.dir() / "hbnb.sock" + ", mode: \"0660\" }", "{ tcp: \"127.0.0.1:1\" }");
    start.check_refused("unable to listen on tcp:127.0.0.1:1: Permission denied");
}

TEST_CASE("--check says who may connect to each socket") {
    const TempDir dir;
    ContainerSettings settings;
    settings.socket_keys = "mode: \"0620\", group: daemon, allow_uids: [ 33 ]";
    write_file(dir / "hbnb.yaml", container_yaml(dir.path(), settings));
    const Outcome checked = run({container_program(), "--config", dir / "hbnb.yaml", "--check"});
    CHECK(checked.exit_code == 0);
    const auto says = [&](const std::string &text) { return checked.output.find(text) != std::string::npos; };
    CHECK_MESSAGE(says("pool test unix:" + dir / "hbnb.sock" + ": mode 0620, owner "), checked.output);
    CHECK_MESSAGE(says(", group daemon, of those only root, the container's user and the uids 33\n"), checked.output);
}

TEST_CASE("a web server whose user the socket's mode does not let in gets a 502 that says why") {
    if (!is_root_or_skipped()) return;
    Container container({.min = 2, .max = 2});
    const Invariants before(container);
    {
        std::string text =
            "user nobody nogroup;\nworker_processes 1;\nerror_log @DIR@/error.log;\npid @DIR@/nginx.pid;\n"
            "events { worker_connections 64; }\nhttp {\naccess_log off;\n";
        for (const char *name : {"client_body", "fastcgi", "proxy", "scgi", "uwsgi"})
            text += std::string(name) + "_temp_path @DIR@/" + name + ";\n";
        text +=
            "server {\nlisten 127.0.0.1:@PORT@;\nlocation / { fastcgi_pass unix:" + container.socket() + "; }\n}\n}\n";
        Nginx nginx({.socket = {}, .text = text});
        nginx.expect_in_log("(13: Permission denied)");
        CHECK(nginx.get("/demo/hello").status == 502);
        CHECK(nginx.error_log().find("connect() to unix:" + container.socket() + " failed (13: Permission denied)") !=
              std::string::npos);
    }
    before.hold();
}

TEST_CASE("a peer that allow_uids does not list is closed without an answer, and the log names its pid and uid") {
    if (!is_root_or_skipped()) return;
    Container container({.min = 2, .max = 2, .socket_keys = "mode: \"0666\", allow_uids: [ 12345 ]"});
    container.expect_in_log("which allow_uids does not list");
    const Invariants before(container);
    const pid_t peer = ask_as_somebody(container.socket());
    CHECK(eventually([&] {
        return container.error_log().find("refused: peer pid " + std::to_string(peer) + " has uid 65534") !=
               std::string::npos;
    }));
    before.hold();
}

TEST_CASE("the pid file is root's where root starts the container: its user may read it and write it not") {
    if (!is_root_or_skipped()) return;
    Container container({.user = "nobody"});
    container.expect_in_log("unable to read " + container.yaml());
    const std::string pid_file = container.dir() / "container.pid", before = read_file(pid_file);
    struct stat status {};
    REQUIRE(::lstat(pid_file.c_str(), &status) == 0);
    CHECK(status.st_uid == 0);
    CHECK((status.st_mode & 07777U) == 0644);
    const auto as_service = [](const std::string &command) {
        return run({"setpriv", "--reuid", kSomebody, "--regid", kSomebody, "--clear-groups", "sh", "-c", command});
    };
    CHECK(as_service("cat '" + pid_file + "'").output == before);
    CHECK(as_service("echo 1 >'" + pid_file + "'").exit_code != 0);
    CHECK(read_file(pid_file) == before);
}
