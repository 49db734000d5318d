// What nginx-fastcgi/ and conf/ have for the "Application server" exercises: each site of theirs by itself, the
// container's configuration, the script that reloads. All of it together is exercises_test.cpp.
#include <doctest/doctest.h>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "support/container.hpp"
#include "support/nginx.hpp"

using namespace hbnb::test;

namespace {

const std::vector<std::string> kPorts = {"80", "5000", "5001", "5002", "5003", "6000"};

std::string site_file(const std::string &number) { return number + "-app_server-nginx_config"; }

void replace_every(std::string &text, const std::string &what, const std::string &with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

// The file as it is shipped, but for where it is: a port is a socket file of that name.
std::string site(const std::string &number, const std::string &socket) {
    std::string text = read_file(nginx_fastcgi_directory() + "/" + site_file(number));
    REQUIRE_MESSAGE(text.find("unix:/run/hbnb-exercises/hbnb.sock") != std::string::npos, number);
    replace_every(text, "unix:/run/hbnb-exercises/hbnb.sock", "unix:" + socket);
    replace_every(text, "include hbnb/", "include " + nginx_fastcgi_directory() + "/");
    for (const std::string &port : kPorts) replace_every(text, "listen " + port, "listen unix:@DIR@/port-" + port);
    REQUIRE_MESSAGE(text.find("listen unix:@DIR@/port-80 default_server;") != std::string::npos, number);
    return text;
}

// Debian's nginx.conf (1.22) with this one site, but for where nginx writes.
std::string debian_nginx_conf(const std::string &site_text) {
    std::string temporary;
    for (const char *name : {"client_body", "fastcgi", "proxy", "scgi", "uwsgi"})
        temporary += std::string(name) + "_temp_path @DIR@/" + name + ";\n";
    return (::geteuid() == 0 ? "user root;\n" : "") +
           std::string(
               "worker_processes 1;\npid @DIR@/nginx.pid;\nerror_log @DIR@/error.log;\n"
               "events { worker_connections 768; }\nhttp {\n") +
           temporary +
           "sendfile on;\ntcp_nopush on;\ntypes_hash_max_size 2048;\n"
           "include /etc/nginx/mime.types;\ndefault_type application/octet-stream;\n"
           "ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;\nssl_prefer_server_ciphers on;\n"
           "access_log @DIR@/access-nginx.log;\ngzip on;\n" +
           site_text + "}\n";
}

Container exercises_container() {
    return Container({.min = 3, .max = 3, .mounts = {{"/", "pages"}, {"/api/v1", "api"}}});
}

HttpResponse at(const Nginx &nginx, const std::string &port, const std::string &target) {
    return get(unix_socket(nginx.dir() / ("port-" + port)), target);
}

std::set<std::string> ports_of(const Nginx &nginx) {
    std::set<std::string> ports;
    for (const auto &entry : std::filesystem::directory_iterator(nginx.dir().path())) {
        const std::string name = entry.path().filename();
        if (name.starts_with("port-")) ports.insert(name.substr(5));
    }
    return ports;
}

bool holds(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

std::string reload_script() { return nginx_fastcgi_directory() + "/4-reload_gunicorn_no_downtime"; }

// As an operator calls it: hbnbctl is the one of this build.
Outcome reload(const std::string &pid_file) {
    const std::string tools = std::filesystem::path(control_program()).parent_path();
    return run({"env", "PATH=" + tools + ":/usr/bin:/bin", reload_script(), pid_file});
}

void write_pid(const Container &container) {
    write_file(container.dir() / "container.pid", std::to_string(container.pid()) + "\n");
}

}  // namespace

TEST_CASE("each exercise's site passes nginx -t by itself under Debian's nginx.conf, without a warning") {
    for (const char *number : {"2", "3", "4", "5"}) {
        const TempDir dir;
        std::string text = debian_nginx_conf(site(number, "/run/hbnb.sock"));
        replace_every(text, "@DIR@", dir.path());
        write_file(dir / "nginx.conf", text);
        const Outcome outcome =
            run({"nginx", "-t", "-p", dir.path() + "/", "-c", dir / "nginx.conf", "-e", dir / "error.log"});
        CHECK_MESSAGE(outcome.exit_code == 0, outcome.output);
        CHECK_FALSE_MESSAGE(holds(outcome.output, "[warn]"), outcome.output);
    }
}

TEST_CASE("each exercise's site limits what hashes passwords, on every port that has the API") {
    Container container = exercises_container();
    for (const char *number : {"2", "3", "4", "5"}) {
        Nginx nginx({.text = debian_nginx_conf(site(number, container.socket()))});
        unsigned limited = 0;
        for (const std::string &port : ports_of(nginx)) {
            CAPTURE(number);
            CAPTURE(port);
            const Endpoint at = unix_socket(nginx.dir() / ("port-" + port));
            if (ask(at, {"GET", "/api/v1/status", {}, {}}).status != 200) continue;
            ++limited;
            int status = 0;  // the burst is 20, and then five a second: far fewer than can be asked here
            for (int asked = 0; asked < 2000 && status != 429; ++asked)
                status = ask(at, {"POST", "/api/v1/users", {}, "{}"}).status;
            CHECK(status == 429);
        }
        CHECK(limited > 0);
    }
}

TEST_CASE("each exercise's site serves what its task and the ones before it ask for, and on port 80 nothing else") {
    Container container = exercises_container();
    struct Exercise {
        const char *number;
        std::set<std::string> ports;
        int one_page, odd_or_even, api, start;
    };
    for (const Exercise &one : {Exercise{"2", {"80", "5000", "6000"}, 200, 404, 404, 404},
                                Exercise{"3", {"80", "5000", "5001", "6000"}, 200, 200, 404, 404},
                                Exercise{"4", {"80", "5000", "5001", "5002", "6000"}, 200, 200, 200, 404},
                                Exercise{"5", {kPorts.begin(), kPorts.end()}, 200, 200, 200, 200}}) {
        CAPTURE(one.number);
        Nginx nginx({.text = debian_nginx_conf(site(one.number, container.socket()))});
        CHECK(ports_of(nginx) == one.ports);
        for (const char *slash : {"", "/"}) {
            CHECK(at(nginx, "80", std::string("/airbnb-onepage") + slash).status == one.one_page);
            CHECK(at(nginx, "80", std::string("/api/v1/status") + slash).status == one.api);
            CHECK(at(nginx, "80", std::string("/airbnb-dynamic/number_odd_or_even/6") + slash).status ==
                  one.odd_or_even);
        }
        CHECK(at(nginx, "80", "/airbnb-onepage").body == "Hello HBNB!");
        CHECK(at(nginx, "80", "/").status == one.start);
        CHECK(at(nginx, "80", "/airbnb-dynamic/number_odd_or_even/python").status == 404);
        CHECK(at(nginx, "80", "/nowhere").status == 404);
        CHECK_FALSE(at(nginx, "80", "/nowhere").header("x-served-by").empty());
    }
}

TEST_CASE("each port of the last exercise's site is the front that its application server has been") {
    Container container = exercises_container();
    Nginx nginx({.text = debian_nginx_conf(site("5", container.socket()))});
    for (const char *port : {"5000", "6000", "5001"}) CHECK(at(nginx, port, "/").body == "Hello HBNB!");
    CHECK(at(nginx, "5000", "/hbnb").body == "HBNB");
    CHECK(at(nginx, "5000", "/states_list").status == 200);
    CHECK(at(nginx, "5001", "/states_list").status == 404);
    CHECK(holds(at(nginx, "5001", "/number_odd_or_even/6").body, "Number: 6 is even"));
    for (const char *unknown : {"/", "/nowhere", "/static/nothing.css", "/2-hbnb"})
        CHECK_MESSAGE(at(nginx, "5002", unknown).body == "{\"error\":\"Not found\"}\n", unknown);
    CHECK(at(nginx, "5002", "/api/v1/status").status == 200);
    for (const char *port : {"5003", "80"}) {
        CHECK(holds(at(nginx, port, "/").body, "2-hbnb.js"));
        CHECK(holds(at(nginx, port, "/2-hbnb").body, "2-hbnb.js"));
        CHECK(at(nginx, port, "/api/v1/status").status == 200);
    }
    CHECK(at(nginx, "5003", "/states_list").status == 404);
    CHECK(holds(at(nginx, "80", "/hbnb").body, "<section class=\"places\">"));
}

TEST_CASE("exercises.yaml passes --check: three workers always, and the logs where the exercises look") {
    const TempDir dir;
    std::string text = read_file(std::string(HBNB_SOURCE_DIRECTORY) + "/conf/exercises.yaml");
    for (const char *line : {"access: { path: /tmp/airbnb-access.log, format: combined }",
                             "error: /tmp/airbnb-error.log", "workers: { min: 3, max: 3 }"})
        CHECK_MESSAGE(holds(text, line), line);
    // What an installed system has: a user, nginx's group, and the directories that systemd makes.
    for (const char *of_system : {"user: hbnb\n", "group: hbnb\n", ", group: www-data"}) {
        REQUIRE_MESSAGE(holds(text, of_system), of_system);
        replace_every(text, of_system, "");
    }
    if (::geteuid() == 0) text += "user: root\n";
    for (const char *directory : {"/tmp", "/run/hbnb-exercises", "/var/lib/hbnb-exercises"})
        replace_every(text, std::string(directory) + "/", dir.path() + "/");
    replace_every(text, "/usr/lib/hbnb/handlers/",
                  std::filesystem::path(plugin_file("api")).parent_path().string() + "/");
    write_file(dir / "exercises.yaml", text);
    const Outcome outcome = run({container_program(), "--config", dir / "exercises.yaml", "--check"});
    CHECK_MESSAGE(outcome.exit_code == 0, outcome.output);
}

TEST_CASE("4-reload_gunicorn_no_downtime keeps the manager, replaces every worker, and says which") {
    Container container({.min = 3, .max = 3});
    write_pid(container);
    const std::vector<pid_t> before = container.worker_pids();
    const Outcome done = reload(container.dir() / "container.pid");
    CHECK_MESSAGE(done.exit_code == 0, done.output);
    CHECK(process_exists(container.pid()));
    for (const pid_t old : before) {
        CHECK_FALSE(process_exists(old));
        CHECK(holds(done.output, std::to_string(old)));
    }
    CHECK(container.worker_pids().size() == 3);
}

TEST_CASE("4-reload_gunicorn_no_downtime says why a reload was not taken, and the old workers serve on") {
    Container container({.min = 2, .max = 2});
    container.expect_in_log("unknown key");
    write_pid(container);
    const std::vector<pid_t> before = container.worker_pids();
    write_file(container.yaml(), read_file(container.yaml()) + "nonsense: 1\n");
    const Outcome refused = reload(container.dir() / "container.pid");
    CHECK(refused.exit_code == 1);
    CHECK_MESSAGE(holds(refused.output, "nonsense: unknown key"), refused.output);
    CHECK_MESSAGE(holds(refused.output, "unable to reload"), refused.output);
    CHECK(container.worker_pids() == before);
}

TEST_CASE("4-reload_gunicorn_no_downtime signals nobody where the pid file is not there, has no pid, or another's") {
    const TempDir dir;
    const std::string file = dir / "container.pid";
    CHECK(holds(reload(file).output, file + " is not there or not readable"));
    write_file(file, "nobody\n");
    CHECK(holds(reload(file).output, file + " has no pid in it: 'nobody'"));
    write_file(file, std::to_string(::getpid()) + "\n");
    const Outcome other = reload(file);
    CHECK(other.exit_code == 1);
    CHECK_MESSAGE(holds(other.output,
                        "process " + std::to_string(::getpid()) + ", which " + file + " names, is no hbnb-container"),
                  other.output);
}

TEST_CASE("4-reload_gunicorn_no_downtime reloads nothing where the pid file names another container") {
    Container container({.min = 1, .max = 1}), other({.min = 1, .max = 1});
    const std::vector<pid_t> before = container.worker_pids();
    const std::string file = container.dir() / "container.pid";
    write_file(file, std::to_string(other.pid()) + "\n");
    const Outcome refused = reload(file);
    CHECK(refused.exit_code == 1);
    CHECK_MESSAGE(
        holds(refused.output, "process " + std::to_string(other.pid()) + ", which " + file +
                                  " names, is not the container that answers on " + (container.dir() / "control.sock") +
                                  " (pid " + std::to_string(container.pid()) + ")"),
        refused.output);
    CHECK(container.worker_pids() == before);
    write_pid(container);
}
