#include "support/container.hpp"

#include <doctest/doctest.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <sstream>
#include <stdexcept>

namespace hbnb::test {
namespace {

constexpr const char *kSanitizerWords[] = {"Sanitizer", "runtime error:"};

bool is_above_info(const std::string &line) {
    std::istringstream words(line);
    std::string stamp, level;
    words >> stamp >> level;
    return level == "warning" || level == "error";
}

bool holds(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

// One key a line ("timeouts.request: 2s" is no YAML): {"timeouts.request", "2s"} as a flow mapping of its section.
std::string pool_keys(const std::map<std::string, std::string> &keys) {
    std::map<std::string, std::string> sections;
    for (const auto &[key, value] : keys) {
        const auto dot = key.find('.');
        std::string &entries = sections[key.substr(0, dot)];
        entries += (entries.empty() ? "" : ", ") + key.substr(dot + 1) + ": " + value;
    }
    std::string text;
    for (const auto &[section, entries] : sections) text += "    " + section + ": { " + entries + " }\n";
    return text;
}

std::string mounts_yaml(const std::string &dir, const ContainerSettings &settings) {
    const std::string database = settings.database.empty() ? "sqlite://" + dir + "/hbnb.db" : settings.database;
    auto mounts = settings.mounts;
    if (mounts.empty() && settings.handlers_directory.empty()) mounts["/demo"] = "demo";
    std::string text;
    for (const auto &[mount, plugin] : mounts) {
        text += "        " + mount + ": { plugin: \"" + (holds(plugin, "/") ? plugin : plugin_file(plugin)) + "\"";
        if (plugin == "api" || plugin == "pages" || plugin.ends_with("_api.so"))
            text += ", config: { database: \"" + database + "\" }";
        const auto deadline = settings.deadlines.find(mount);
        if (deadline != settings.deadlines.end()) text += ", timeouts: { request: " + deadline->second + " }";
        text += " }\n";
    }
    return text.empty() ? text : "      mounts:\n" + text;
}

std::string pool_yaml(const std::string &name, const std::string &listen, const std::string &dir,
                      const ContainerSettings &settings) {
    auto keys = settings.pool;
    keys["workers.min"] = std::to_string(settings.min);
    keys["workers.max"] = std::to_string(settings.max);
    keys["workers.threads"] = std::to_string(settings.threads);
    std::string text = "  " + name + ":\n    listen:\n" + listen + pool_keys(keys) + "    handlers:\n";
    if (!settings.handlers_directory.empty()) text += "      directory: " + settings.handlers_directory + "\n";
    return text + mounts_yaml(dir, settings);
}

void give_to(const std::string &directory, const std::string &user) {
    const passwd *const account = ::getpwnam(user.c_str());
    const bool is_number = user.find_first_not_of("0123456789") == std::string::npos;
    if (account == nullptr && !is_number) throw std::runtime_error("unable to find user " + user);
    const uid_t uid = account != nullptr ? account->pw_uid : static_cast<uid_t>(std::stoul(user));
    const gid_t gid = account != nullptr ? account->pw_gid : static_cast<gid_t>(uid);
    if (::chown(directory.c_str(), uid, gid) != 0)
        throw std::runtime_error("unable to give " + directory + " to " + user);
}

}  // namespace

bool logs(const Container &container, const std::string &text) {
    return eventually([&] { return container.error_log().find(text) != std::string::npos; });
}

std::string container_program() { return std::string(HBNB_PROGRAM_DIRECTORY) + "/hbnb-container"; }
std::string control_program() { return std::string(HBNB_PROGRAM_DIRECTORY) + "/hbnbctl"; }
std::string plugin_file(const std::string &name) { return std::string(HBNB_HANDLER_DIRECTORY) + "/" + name + ".so"; }

std::string test_plugin(const std::string &name) {
    return std::string(HBNB_TEST_PLUGIN_DIRECTORY) + "/" + name + ".so";
}

std::string container_yaml(const std::string &dir, const ContainerSettings &settings) {
    std::string text;
    if (::geteuid() == 0) text += "user: " + (settings.user.empty() ? "root" : settings.user) + "\n";
    text += "control: " + dir + "/control.sock\n";
    text += "log:\n  level: " + settings.log_level + "\n  error: ";
    text += (settings.error_log.starts_with("/") ? "" : dir + "/") + settings.error_log + "\n";
    if (settings.access_log)
        text += "  access: " + (settings.access_path.empty() ? dir + "/access.log" : settings.access_path) + "\n";
    std::string listen;
    if (settings.listen.empty()) listen = "      - { unix: " + dir + "/hbnb.sock, " + settings.socket_keys + " }\n";
    for (const auto &listener : settings.listen) listen += "      - { " + listener + " }\n";
    text += "pools:\n" + pool_yaml("test", listen, dir, settings);
    for (const auto &[name, plugin] : settings.others) {
        const ContainerSettings other{.min = 1, .max = 2, .pool = settings.pool, .mounts = {{"/demo", plugin}}};
        text += pool_yaml(name, "      - { unix: " + dir + "/" + name + ".sock }\n", dir, other);
    }
    return text;
}

// LISTEN_PID must be the program's own, which nobody knows before it is started.
std::vector<std::string> activated(std::vector<std::string> command, const Surroundings &around) {
    if (around.descriptors.empty()) return command;
    const std::string number = std::to_string(around.descriptors.size());
    command.insert(command.begin(), {"/bin/sh", "-c", "LISTEN_FDS=" + number + " LISTEN_PID=$$ exec \"$0\" \"$@\""});
    return command;
}

Container::Container(ContainerSettings settings) : settings_(std::move(settings)) {
    write_file(yaml(), container_yaml(dir_.path(), settings_));
    if (::geteuid() == 0 && !settings_.user.empty()) give_to(dir_.path(), settings_.user);
    start();
}

void Container::start() {
    const std::string pid_file = dir_ / "container.pid";
    const std::vector<std::string> command{container_program(), "--config", yaml(), "--pid-file", pid_file};
    process_ = std::make_unique<Process>(activated(command, settings_.around), dir_ / "output", settings_.around);
    eventually([&] { return !read_file(pid_file).empty() || !process_->is_running(); });
    if (read_file(pid_file) == std::to_string(pid()) + "\n") return;
    throw std::runtime_error("the container has not come up:\n" + read_file(dir_ / "output") + error_log());
}

Container::~Container() {
    if (finished_ || std::uncaught_exceptions() > 0) return;
    finish();
}

wire::Status Container::status() const {
    const HttpResponse answer = get(unix_socket(dir_ / "control.sock"), "/status");
    if (answer.status != 200)
        throw std::runtime_error("GET /status: " + std::to_string(answer.status) + " " + answer.failure);
    return wire::decode_status(answer.body).value();
}

wire::PoolStatus Container::pool(const std::string &name) const {
    const wire::Status now = status();
    for (const auto &one : now.pools)
        if (one.name == name) return one;
    throw std::runtime_error("status has no pool " + name);
}

std::vector<pid_t> Container::worker_pids(const std::string &name) const {
    std::vector<pid_t> pids;
    for (const auto &worker : pool(name).workers) {
        if (worker.state == "serving") pids.push_back(static_cast<pid_t>(worker.pid));
    }
    return pids;
}

void Container::rewrite_yaml(const ContainerSettings &settings) {
    settings_ = settings;
    write_file(yaml(), container_yaml(dir_.path(), settings_));
}

bool Container::reload() {
    const auto before = status().last_reload;
    signal(SIGHUP);
    wire::ReloadStatus now;
    const bool ended = eventually([&] {
        now = status().last_reload;
        return now != before && now.result != "running";
    });
    if (!ended) throw std::runtime_error("the reload does not end:\n" + error_log());
    return now.result == "ok";
}

void Container::check_log() const {
    std::istringstream lines(error_log());
    for (std::string line; std::getline(lines, line);) {
        if (!is_above_info(line) || holds(line, ".timeouts.drain (")) continue;  // tests drain for a short while
        const bool expected =
            std::any_of(expected_.begin(), expected_.end(), [&](const auto &text) { return holds(line, text); });
        CHECK_MESSAGE(expected, line);
    }
    const std::string everything = error_log() + read_file(dir_ / "output");
    for (const char *word : kSanitizerWords) CHECK_MESSAGE(!holds(everything, word), everything);
}

void Container::finish(int number, Exit expected) {
    finished_ = true;
    const auto workers = children_of(pid());
    signal(number);
    const auto exit = process_->wait(std::chrono::minutes(1));
    REQUIRE_MESSAGE(exit.has_value(), "the container does not stop:\n" << error_log());
    CHECK(exit->code == expected.code);
    CHECK(exit->signal == expected.signal);
    for (const pid_t worker : workers) CHECK_FALSE(process_exists(worker));
    for (const auto &left : std::filesystem::directory_iterator(dir_.path()))
        CHECK_MESSAGE(left.path().extension() != ".sock", left.path());
    CHECK_FALSE(std::filesystem::exists(dir_ / "container.pid"));
    check_log();
}

}  // namespace hbnb::test
