// Where the data lives, as the configuration names it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "model/refusal.hpp"

namespace hbnb {

inline constexpr char kPasswordVariable[] = "HBNB_DATABASE_PASSWORD";

enum class DatabaseKind { sqlite, mysql, postgresql };

struct DatabaseUrl {
    std::string path{};  // SQLite: of the file, absolute
    DatabaseKind kind = DatabaseKind::sqlite;

    // Of a server:
    std::string host{};
    std::uint16_t port = 0;  // 0: the database's own
    std::string user{};
    std::string password{};
    std::string database{};
    std::string socket{};             // MySQL: the socket's file; PostgreSQL: its directory; "": by host and port
    std::chrono::seconds timeout{5};  // a query that takes longer is given up

    bool is_file() const { return kind == DatabaseKind::sqlite; }
    std::string shown() const;  // for a sentence: without the password
    bool operator==(const DatabaseUrl &) const = default;
};

// sqlite:///ABSOLUTE/PATH, the path taken literally;
// mysql://USER[:PASSWORD]@HOST[:PORT]/DATABASE[?OPTION=VALUE&…], postgresql://… likewise, each part percent-decoded.
// Options: socket=PATH, timeout=SECONDS, password_file=PATH (its first line). Where there is no password, it is the
// environment's, if that has one. A refusal shows no password.
Checked<DatabaseUrl> parse_database_url(std::string_view url);

}  // namespace hbnb
