// What the image is made of, as far as it can be tried without building it: its files, with this machine's paths in
// them.
#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "support/container.hpp"
#include "support/http_client.hpp"
#include "support/nginx.hpp"
#include "support/root.hpp"
#include "support/shipped.hpp"

using namespace hbnb::test;

namespace {

constexpr int kPortsTried = 5;

// The image's files in a directory of the test, and its first process run from there.
class Image {
  public:
    Image() : port_(free_port()) {
        for (const char *name : {"run", "data", "etc"}) std::filesystem::create_directory(dir_ / name);
        yaml_ = file("hbnb.yaml");
        replace_every(yaml_, "/dev/stdout", dir_ / "access.log");
        replace_every(yaml_, "/run/hbnb/", dir_ / "run/");
        replace_every(yaml_, "/var/lib/hbnb/", dir_ / "data/");
        for (const char *plugin : {"pages", "api"})
            replace_every(yaml_, std::string("/usr/lib/hbnb/handlers/") + plugin + ".so", plugin_file(plugin));
        if (::geteuid() == 0) yaml_ = "user: root\n" + yaml_;  // the image itself is never root
        write_file(dir_ / "etc/hbnb.yaml", yaml_);
        write_nginx();
        write_script("start");
        write_script("healthy");
    }
    Image(const Image &) = delete;
    Image &operator=(const Image &) = delete;
    ~Image() {
        if (process_) process_->signal(SIGTERM);
    }

    const TempDir &dir() const { return dir_; }
    std::string yaml() const { return dir_ / "etc/hbnb.yaml"; }
    std::string nginx_conf() const { return dir_ / "etc/nginx.conf"; }
    std::string output() const { return read_file(dir_ / "output"); }
    HttpResponse get(const std::string &target) const { return hbnb::test::get(tcp(port_), target); }
    bool is_healthy() const { return run({dir_ / "healthy"}).exit_code == 0; }
    Process &process() { return *process_; }

    // Whether it answers; another port where somebody has taken ours.
    bool start(std::vector<std::string> before = {}, const std::vector<std::string> &arguments = {}) {
        before.push_back(dir_ / "start");
        before.insert(before.end(), arguments.begin(), arguments.end());
        for (int tried = 0; tried < kPortsTried; ++tried) {
            process_ = std::make_unique<Process>(before, dir_ / "output");
            eventually([&] { return get("/").status == 200 || !process_->is_running(); });
            if (process_->is_running()) return true;
            if (output().find("Address already in use") == std::string::npos) return false;
            port_ = free_port();
            write_nginx();
            write_script("healthy");
            std::filesystem::remove(dir_ / "output");
        }
        return false;
    }

  private:
    static std::string file(const std::string &name) {
        return read_file(std::string(HBNB_SOURCE_DIRECTORY) + "/conf/image/" + name);
    }
    void write_nginx() {
        std::string text = file("nginx.conf");
        replace_every(text, "/run/hbnb/", dir_ / "run/");
        replace_every(text, "/usr/share/hbnb/nginx-fastcgi", nginx_fastcgi_directory());
        replace_every(text, "listen 8080;", "listen 127.0.0.1:" + std::to_string(port_) + ";");
        if (::geteuid() == 0) text = "user root;\n" + text;
        write_file(dir_ / "etc/nginx.conf", text);
    }
    void write_script(const std::string &name) {
        std::string text = file(name);
        if (name == "start") {
            replace_every(text, "/run/hbnb/", dir_ / "run/");
            replace_every(text, "/etc/hbnb/", dir_ / "etc/");
            replace_every(text, "hbnb-container --config", container_program() + " --config");
        } else {
            replace_every(text, "/8080", "/" + std::to_string(port_));
        }
        write_file(dir_ / name, text);
        ::chmod((dir_ / name).c_str(), 0755);
    }

    TempDir dir_;
    std::uint16_t port_;
    std::string yaml_;
    std::unique_ptr<Process> process_;
};

pid_t pid_in(const std::string &file) {
    const std::string text = read_file(file);
    return text.empty() ? 0 : static_cast<pid_t>(std::stoi(text));
}

}  // namespace

TEST_CASE("the image's configuration passes --check") {
    const Image image;
    const Outcome outcome = run({container_program(), "--config", image.yaml(), "--check"});
    CHECK_MESSAGE(outcome.exit_code == 0, outcome.output);
}

TEST_CASE("the image's nginx configuration passes nginx -t") {
    const Image image;
    const Outcome outcome =
        run({"nginx", "-t", "-p", image.dir().path() + "/", "-c", image.nginx_conf(), "-e", "stderr"});
    CHECK_MESSAGE(outcome.exit_code == 0, outcome.output);
    CHECK_MESSAGE(outcome.output.find("[warn]") == std::string::npos, outcome.output);
}

TEST_CASE("the image's first process serves pages and the API, is healthy while it does, and ends well on TERM") {
    Image image;
    REQUIRE_MESSAGE(image.start(), image.output());
    CHECK(image.get("/states_list").body.find("<H1>States</H1>") != std::string::npos);
    CHECK(image.get("/api/v1/status").body.find("\"OK\"") != std::string::npos);
    CHECK(image.get("/demo/hello").status == 404);
    CHECK(image.is_healthy());
    image.process().signal(SIGHUP);
    CHECK(eventually([&] { return image.output().find("reload: generation 2 serves") != std::string::npos; }));
    image.process().signal(SIGTERM);
    CHECK(image.process().wait() == Exit{0, 0});
    CHECK_FALSE(image.is_healthy());
    for (const char *word : {"[alert]", "[emerg]", " error "})
        CHECK_MESSAGE(image.output().find(word) == std::string::npos, image.output());
    CHECK_FALSE(std::filesystem::exists(image.dir() / "run/hbnb.sock"));
}

TEST_CASE("the image ends when its nginx or its container does, and does not call that success") {
    Image image;
    REQUIRE_MESSAGE(image.start(), image.output());
    const auto workers_of_nginx = children_of(pid_in(image.dir() / "run/nginx.pid"));
    Exit expected;
    SUBCASE("nginx is killed") {
        ::kill(pid_in(image.dir() / "run/nginx.pid"), SIGKILL);
        expected = {1, 0};
    }
    SUBCASE("the container is killed") {
        ::kill(pid_in(image.dir() / "run/ready"), SIGKILL);
        expected = {128 + SIGKILL, 0};
    }
    CHECK(image.process().wait() == expected);
    CHECK_FALSE(image.is_healthy());
    for (const pid_t worker : workers_of_nginx) ::kill(worker, SIGKILL);  // process 1's end does that in an image
}

TEST_CASE("the image ends with status 1 and a sentence when its container cannot start") {
    Image image;
    CHECK_FALSE(image.start({}, {"--set", "pools.hbnb.workers.max=0"}));
    CHECK(image.process().wait() == Exit{1, 0});
    CHECK_MESSAGE(image.output().find("pools.hbnb.workers.max") != std::string::npos, image.output());
}

TEST_CASE("as process 1 the image's first process leaves no zombie and hears its signals") {
    if (!has_pid_namespaces_or_skipped()) return;
    Image image;
    REQUIRE_MESSAGE(image.start({"unshare", "--pid", "--fork", "--kill-child", "--mount-proc"}), image.output());
    const auto first = children_of(image.process().pid());
    REQUIRE(first.size() == 1);
    int last = SIGTERM;
    SUBCASE("TERM") { last = SIGTERM; }
    SUBCASE("QUIT") { last = SIGQUIT; }
    SUBCASE("INT") { last = SIGINT; }
    // An orphan: its parent is in the namespace, starts it and leaves.
    const std::string said = image.dir() / "orphan";
    const Outcome made = run({"nsenter", "--target", std::to_string(first.at(0)), "--pid", "--mount", "sh", "-c",
                              "(while [ -d /proc/$$ ]; do sleep 0.01; done; echo $PPID > " + said + ") &"});
    CHECK_MESSAGE(made.exit_code == 0, made.output);
    CHECK(eventually([&] { return !read_file(said).empty(); }));
    CHECK(eventually([&] {
        const auto children = children_of(first.at(0));
        return children.size() == 2 && !is_zombie(children.at(0)) && !is_zombie(children.at(1));
    }));
    CHECK(image.is_healthy());
    ::kill(first.at(0), last);
    CHECK(image.process().wait() == Exit{0, 0});
}
