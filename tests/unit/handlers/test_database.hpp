// An empty database of a test's own, of the kind that HBNB_TEST_DATABASE names: sqlite (also where it names none),
// mysql or postgresql. The server is the program's, started at the first use; where it cannot be had, the reason is
// printed (ctest then calls the program skipped). One thread.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

#include "unit/handlers/database_server.hpp"
#include "unit/handlers/temporary_directory.hpp"

namespace hbnb {

class TestDatabase {
  public:
    TestDatabase() {
        if (kind() == DatabaseKind::sqlite) return;
        name_ = "hbnb_" + std::to_string(next_number());
        server().create_database(name_);
    }
    ~TestDatabase() {
        if (!name_.empty()) server().drop_database(name_);
    }
    TestDatabase(const TestDatabase &) = delete;
    TestDatabase &operator=(const TestDatabase &) = delete;

    static DatabaseKind kind() {
        const char *asked = std::getenv("HBNB_TEST_DATABASE");
        const std::string name = asked == nullptr ? "sqlite" : asked;
        if (name == "mysql") return DatabaseKind::mysql;
        if (name == "postgresql") return DatabaseKind::postgresql;
        if (name != "sqlite") throw std::runtime_error("HBNB_TEST_DATABASE is " + name);
        return DatabaseKind::sqlite;
    }

    DatabaseUrl url() const { return name_.empty() ? directory_.url() : server().url(name_); }
    std::string text_url() const { return name_.empty() ? "sqlite://" + url().path : server().text_url(name_); }
    std::string config() const { return "{\"database\":\"" + text_url() + "\"}"; }

    // As another program would.
    void run(const std::string &sql) const { Connection(url(), Opening::existing, std::chrono::seconds(30)).run(sql); }

  private:
    static DatabaseServer &server() {
        const std::string missing = DatabaseServer::what_is_missing(kind());
        if (!missing.empty()) {
            std::cout << "skipped: the package " << missing << " is not installed\n";
            throw std::runtime_error("the package " + missing + " is not installed");
        }
        static DatabaseServer one(kind());
        return one;
    }
    static int next_number() {
        static int number = 0;
        return ++number;
    }

    TemporaryDirectory directory_;
    std::string name_;  // of a server's database
};

}  // namespace hbnb
