#include "support/nginx.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <sstream>
#include <stdexcept>

namespace hbnb::test {
namespace {

constexpr int kPortsTried = 5;

std::string include(const std::string &name) { return "include \"" + nginx_fastcgi_directory() + "/" + name + "\";\n"; }

void replace_all(std::string &text, const std::string &what, const std::string &with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

// The main block: what nginx would write outside the test's directory by default.
std::string main_block(const std::string &dir) {
    std::string text;
    if (::geteuid() == 0) text += "user root;\n";
    text += "worker_processes 1;\nerror_log " + dir + "/error.log;\npid " + dir + "/nginx.pid;\n";
    return text + "events { worker_connections 1024; }\n";
}

std::string temp_paths(const std::string &dir) {
    std::string text = "access_log off;\n";
    for (const char *name : {"client_body", "fastcgi", "proxy", "scgi", "uwsgi"}) {
        text += std::string(name) + "_temp_path " + dir + "/" + name + ";\n";
    }
    return text;
}

void make_certificate(const TempDir &dir) {
    std::filesystem::create_directory(dir / "tls");
    const Outcome made = run({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                              "/CN=localhost", "-keyout", dir / "tls/key.pem", "-out", dir / "tls/certificate.pem"});
    if (made.exit_code != 0) throw std::runtime_error("unable to make a certificate: " + made.output);
}

std::string site(const NginxSettings &settings, const std::string &dir, std::uint16_t port, std::uint16_t tls_port) {
    std::string text = main_block(dir) + "http {\n" + temp_paths(dir) + include("http.conf") + include("limits.conf");
    if (settings.cache) text += include("cache.conf");
    const std::string server = "server unix:" + settings.socket + ";\n";
    text += "upstream hbnb_again {\n" + server + "}\nupstream hbnb {\n" + server;
    if (settings.keep_connections) text += include("upstream.conf");
    text += "}\nserver {\nlisten 127.0.0.1:" + std::to_string(port) + ";\n";
    if (settings.tls) text += "listen 127.0.0.1:" + std::to_string(tls_port) + " ssl;\n" + include("tls.conf");
    text += settings.server;
    for (const char *name : {"params.conf", "errors.conf", "api.conf", "site.conf"}) text += include(name);
    return text + "}\n}\n";
}

}  // namespace

std::string nginx_fastcgi_directory() { return std::string(HBNB_SOURCE_DIRECTORY) + "/nginx-fastcgi"; }

Nginx::Nginx(NginxSettings settings) : settings_(std::move(settings)) {
    if (settings_.tls) make_certificate(dir_);
    for (const std::string name : {"static", "hbnb_static"}) {
        const std::string files = std::string(HBNB_SOURCE_DIRECTORY) + "/handlers/hbnb/" + name;
        if (settings_.site_files) std::filesystem::create_directory_symlink(files, dir_ / name);
    }
    for (int tried = 0; tried < kPortsTried; ++tried) {
        if (start()) return;
    }
    throw std::runtime_error("nginx has not come up:\n" + read_file(dir_ / "output") + error_log());
}

bool Nginx::start() {
    port_ = free_port();
    tls_port_ = settings_.tls ? free_port() : 0;
    std::string text = settings_.text.empty() ? site(settings_, dir_.path(), port_, tls_port_) : settings_.text;
    replace_all(text, "@PORT@", std::to_string(port_));
    replace_all(text, "@DIR@", dir_.path());
    write_file(dir_ / "nginx.conf", text);
    process_ =
        std::make_unique<Process>(std::vector<std::string>{"nginx", "-p", dir_.path() + "/", "-c", dir_ / "nginx.conf",
                                                           "-e", dir_ / "error.log", "-g", "daemon off;"},
                                  dir_ / "output");
    // The pid file comes after the ports are bound.
    eventually([&] { return !read_file(dir_ / "nginx.pid").empty() || !process_->is_running(); });
    return process_->is_running();
}

Nginx::~Nginx() {
    if (!process_ || std::uncaught_exceptions() > 0) return;
    finish();
}

void Nginx::check_log() const {
    std::istringstream lines(error_log());
    for (std::string line; std::getline(lines, line);) {
        const auto holds = [&line](const std::string &text) { return line.find(text) != std::string::npos; };
        if (!holds("[alert]") && !holds("[emerg]") && !holds("[crit]")) continue;
        CHECK_MESSAGE(std::any_of(expected_.begin(), expected_.end(), holds), line);
    }
}

void Nginx::finish() {
    process_->signal(SIGQUIT);
    const auto exit = process_->wait(std::chrono::minutes(1));
    REQUIRE_MESSAGE(exit.has_value(), "nginx does not stop:\n" << error_log());
    CHECK(exit->code == 0);
    check_log();
    process_.reset();
}

}  // namespace hbnb::test
