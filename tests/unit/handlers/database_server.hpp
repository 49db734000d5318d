// A database server of a test's own, on a socket in its directory: started, killed and started again.
#pragma once

#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/connection.hpp"
#include "support/process.hpp"
#include "unit/handlers/temporary_directory.hpp"

namespace hbnb {

inline std::string first_that_is(const std::vector<std::string> &paths) {
    for (const std::string &path : paths) {
        if (::access(path.c_str(), X_OK) == 0) return path;
    }
    return "";
}

// Neither server runs as root; what a test of root starts belongs to nobody.
inline std::vector<std::string> as_ordinary_user(std::vector<std::string> command) {
    if (::geteuid() == 0) {
        command.insert(command.begin(), {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"});
    }
    return command;
}

class DatabaseServer {
  public:
    // options: of the server's command line, beside what it needs.
    explicit DatabaseServer(DatabaseKind kind, std::vector<std::string> options = {})
        : kind_(kind), options_(std::move(options)) {
        std::filesystem::permissions(directory_.root(), std::filesystem::perms::all);
        install();
        start();
        create_database("hbnb");
    }

    // Why there can be no server of that kind here; "" where there can.
    static std::string what_is_missing(DatabaseKind kind) {
        if (kind == DatabaseKind::mysql && (mariadbd().empty() || installer().empty())) return "mariadb-server-core";
        if (kind == DatabaseKind::mysql) return installers_helper().empty() ? "mariadb-client-core" : "";
        return initdb().empty() ? "postgresql-15" : "";
    }

    DatabaseKind kind() const { return kind_; }
    DatabaseUrl url(const std::string &database = "hbnb") const {
        const bool is_mysql = kind_ == DatabaseKind::mysql;
        return {.kind = kind_,
                .host = "localhost",
                .user = is_mysql ? "root" : "hbnb",
                .database = database,
                .socket = is_mysql ? directory_.path("sock") : directory_.root()};
    }
    std::string text_url(const std::string &database = "hbnb") const {
        return std::string(kind_ == DatabaseKind::mysql ? "mysql://root" : "postgresql://hbnb") + "@localhost/" +
               database + "?socket=" + url().socket;
    }
    void run(const std::string &sql) {
        Connection(url(system_database()), Opening::existing, std::chrono::seconds(30)).run(sql);
    }
    void create_database(const std::string &name) { run("create database " + name); }
    void drop_database(const std::string &name) {
        run("drop database " + name + (kind_ == DatabaseKind::postgresql ? " with (force)" : ""));
    }

    void start() {
        const std::string data = directory_.path("data");
        std::vector<std::string> command{mariadbd(),
                                         "--no-defaults",
                                         "--datadir=" + data,
                                         "--skip-networking",
                                         "--socket=" + directory_.path("sock"),
                                         own_tmpdir(),
                                         "--innodb-flush-log-at-trx-commit=2"};
        if (kind_ == DatabaseKind::postgresql) {
            command = {bin() + "/postgres", "-D", data,       "-k", directory_.root(), "-c",
                       "listen_addresses=", "-c", "fsync=off"};
        }
        command.insert(command.end(), options_.begin(), options_.end());
        process_ = std::make_unique<test::Process>(as_ordinary_user(command), directory_.path("log"));
        REQUIRE_MESSAGE(test::eventually([&] { return answers(); }), log());
    }
    void signal(int number) const { process_->signal(number); }
    std::string log() const { return read_file(directory_.path("log")); }
    // PostgreSQL's connections have a process each: these are frozen with their parent.
    void freeze() const {
        signal(SIGSTOP);
        REQUIRE(test::eventually([&] { return test::is_stopped(process_->pid()); }));
        for (const pid_t child : test::children_of(process_->pid())) ::kill(child, SIGSTOP);
    }
    void thaw() const {
        for (const pid_t child : test::children_of(process_->pid())) ::kill(child, SIGCONT);
        signal(SIGCONT);
    }
    // PostgreSQL's other processes see only after a while that their parent has gone: until then they serve, and hold
    // its data.
    void kill() {
        const std::vector<pid_t> children = test::children_of(process_->pid());
        process_->signal(SIGKILL);
        process_->wait();
        process_.reset();
        for (const pid_t child : children) ::kill(child, SIGKILL);
        const auto has_gone = [](pid_t child) { return !test::process_exists(child); };
        REQUIRE(test::eventually([&] { return std::all_of(children.begin(), children.end(), has_gone); }));
    }

  private:
    static std::string mariadbd() { return first_that_is({"/usr/sbin/mariadbd"}); }
    static std::string installer() { return first_that_is({"/usr/bin/mariadb-install-db"}); }
    static std::string installers_helper() { return first_that_is({"/usr/bin/my_print_defaults"}); }
    static std::string bin() { return "/usr/lib/postgresql/15/bin"; }
    static std::string initdb() { return first_that_is({bin() + "/initdb"}); }

    void install() {
        const std::string data = directory_.path("data");
        std::vector<std::string> command{installer(),
                                         "--no-defaults",
                                         "--datadir=" + data,
                                         "--skip-test-db",
                                         "--auth-root-authentication-method=normal",
                                         own_tmpdir()};
        if (kind_ == DatabaseKind::postgresql) {
            command = {initdb(),           "-D",       data, "-U", "hbnb", "--auth=trust", "-E", "UTF8",
                       "--locale=C.UTF-8", "--no-sync"};
        }
        const test::Outcome made = test::run(as_ordinary_user(command));
        REQUIRE_MESSAGE(made.exit_code == 0, made.output);
    }

    // A mariadbd that starts deletes all temporary tables that lie in its directory for them, a neighbour's too, who
    // then fails or crashes.
    std::string own_tmpdir() const { return "--tmpdir=" + directory_.root(); }
    std::string system_database() const { return kind_ == DatabaseKind::mysql ? "mysql" : "postgres"; }

    bool answers() {
        try {
            Connection(url(system_database()), Opening::existing, std::chrono::seconds(1));
            return true;
        } catch (const StorageError &) {
            return false;
        }
    }

    DatabaseKind kind_;
    std::vector<std::string> options_;
    TemporaryDirectory directory_;
    std::unique_ptr<test::Process> process_;  // ends before its directory
};

inline const std::vector<DatabaseKind> kServers{DatabaseKind::mysql, DatabaseKind::postgresql};

// Calls `work(server)` for each kind that can be had here; says which cannot.
template <class Work>
void on_each_server(const Work &work, const std::vector<DatabaseKind> &kinds = kServers) {
    for (const DatabaseKind kind : kinds) {
        const std::string missing = DatabaseServer::what_is_missing(kind);
        if (!missing.empty()) {
            MESSAGE("skipped: the package " << missing << " is not installed");
            continue;
        }
        DatabaseServer server(kind);
        work(server);
    }
}

}  // namespace hbnb
