// What `cmake --install` makes of this build, run with the configuration that comes with it, behind a real nginx with
// its own.
#include <doctest/doctest.h>

#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "support/container.hpp"
#include "support/eventually.hpp"
#include "support/http_client.hpp"
#include "support/nginx.hpp"
#include "support/root.hpp"
#include "support/shipped.hpp"

using namespace hbnb::test;
namespace fs = std::filesystem;

namespace {

// Every route of the demo, and ways to write its mount.
const std::vector<std::string> kDemoPaths{"/demo",      "/demo/",       "/demo/hello",  "/demo/status", "/demo/echo",
                                          "/demo/sink", "/demo/bytes",  "/demo/params", "/demo/info",   "/demo/sleep",
                                          "/demo/spin", "/demo/stream", "/demo/leak",   "/demo/crash",  "/demo/throw",
                                          "/demo/hang", "//demo/hello", "/%64emo/hello"};

// An install prefix of the test's own.
class Prefix {
  public:
    Prefix() {
        fs::create_directories(usr() / "lib/hbnb/handlers");
        install();
        for (const auto &entry : fs::recursive_directory_iterator(usr()))
            if (entry.path().filename() == "api.so") handlers_ = entry.path().parent_path();
        REQUIRE_FALSE(handlers_.empty());
    }

    void install() const {
        const Outcome done =
            run({"cmake", "--install", HBNB_BUILD_DIRECTORY, "--prefix", usr()}, std::chrono::minutes(2));
        REQUIRE_MESSAGE(done.exit_code == 0, done.output);
    }
    std::string shipped(const std::string &name) const { return read_file(usr() / "share/hbnb" / name); }
    std::string program(const std::string &name) const { return usr() / "bin" / name; }
    const fs::path &handlers() const { return handlers_; }  // the directory of drop-ins
    const TempDir &dir() const { return dir_; }
    fs::path usr() const { return dir_ / "usr"; }

    std::set<std::string> plugins() const {
        std::set<std::string> names;
        for (const auto &entry : fs::directory_iterator(handlers_))
            if (entry.path().extension() == ".so") names.insert(entry.path().filename());
        return names;
    }

  private:
    TempDir dir_;
    fs::path handlers_;
};

// The shipped hbnb.yaml, its paths below the test's directory, served by the installed programs.
class Installed {
  public:
    Installed() {
        for (const char *name : {"run", "log", "data"}) fs::create_directory(prefix_.dir() / name);
        std::string yaml = prefix_.shipped("hbnb.yaml");
        replace_every(yaml, "/usr/lib/hbnb/handlers", prefix_.handlers());
        replace_every(yaml, "/run/", prefix_.dir() / "run/");
        replace_every(yaml, prefix_.dir() / "run/hbnb/", prefix_.dir() / "run/");
        replace_every(yaml, "/var/log/hbnb/", prefix_.dir() / "log/");
        replace_every(yaml, "/var/lib/hbnb/", prefix_.dir() / "data/");
        const bool is_root = ::geteuid() == 0;
        replace_every(yaml, "\nuser: hbnb ", is_root ? "\nuser: root " : "\n#");
        replace_every(yaml, "\ngroup: hbnb ", is_root ? "\ngroup: root " : "\n#");
        replace_every(yaml, "\n        group: www-data ", "\n        # ");
        write_file(prefix_.dir() / "hbnb.yaml", yaml);
        const std::string ready = prefix_.dir() / "ready";
        process_ = std::make_unique<Process>(std::vector<std::string>{prefix_.program("hbnb-container"), "--config",
                                                                      prefix_.dir() / "hbnb.yaml", "--pid-file", ready},
                                             prefix_.dir() / "output");
        eventually([&] { return !read_file(ready).empty() || !process_->is_running(); });
        REQUIRE_MESSAGE(process_->is_running(), read_file(prefix_.dir() / "output"));
    }
    Installed(const Installed &) = delete;
    Installed &operator=(const Installed &) = delete;
    ~Installed() {
        process_->signal(SIGTERM);
        process_->wait(std::chrono::minutes(1));
    }

    // The shipped nginx.conf with this machine's port and places.
    std::string nginx_conf() const {
        std::string text = prefix_.shipped("nginx-fastcgi/nginx.conf");
        replace_every(text, "user www-data;", ::geteuid() == 0 ? "user root;" : "");
        replace_every(text, "/var/log/nginx/", "@DIR@/");
        replace_every(text, "/run/nginx-hbnb.pid", "@DIR@/nginx.pid");
        replace_every(text, "/run/hbnb.sock", prefix_.dir() / "run/hbnb.sock");
        replace_every(text, "listen 80;", "listen 127.0.0.1:@PORT@;");
        replace_every(text, " include ", " include " + (prefix_.usr() / "share/hbnb/nginx-fastcgi/").string());
        std::string places = "http {\n";
        for (const char *name : {"client_body", "fastcgi", "proxy", "scgi", "uwsgi"})
            places += std::string(name) + "_temp_path @DIR@/" + name + ";\n";
        replace_every(text, "http {", places);
        return text;
    }
    Outcome ctl(const std::string &command) const {
        return run({prefix_.program("hbnbctl"), "--control", prefix_.dir() / "run/control.sock", command});
    }

  private:
    Prefix prefix_;
    std::unique_ptr<Process> process_;
};

}  // namespace

TEST_CASE("an installed system with the shipped configuration serves its site, and no route of the demo") {
    const Installed installed;
    const Nginx nginx({.text = installed.nginx_conf()});
    CHECK(nginx.get("/").status == 200);
    CHECK(nginx.get("/api/v1/status").status == 200);
    for (const auto &path : kDemoPaths) {
        CHECK_MESSAGE(nginx.get(path).status == 404, path);
        CHECK_MESSAGE(ask(nginx.endpoint(), {"POST", path, {}, "x"}).status == 404, path);
    }
    const Outcome plugins = installed.ctl("plugins");
    CHECK_MESSAGE(plugins.output.find("api") != std::string::npos, plugins.output);
    CHECK_MESSAGE(plugins.output.find("demo") == std::string::npos, plugins.output);
}

TEST_CASE(
    "the directory of drop-ins has the application's plugins only, and loses a demo that an older install left there") {
    const Prefix prefix;
    const std::set<std::string> application{"api.so", "pages.so"};
    CHECK(prefix.plugins() == application);
    write_file(prefix.handlers() / "demo.so", "");
    write_file(prefix.handlers() / "theirs.so", "");
    prefix.install();
    CHECK(prefix.plugins() == std::set<std::string>{"api.so", "pages.so", "theirs.so"});
    CHECK(fs::exists(prefix.handlers().parent_path() / "demo/demo.so"));  // for trying things, by naming it
}
