// What differs between the databases we speak to; all else is the same SQL for every one. A value of constants and
// functions, one for each database, living as long as the program.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/column.hpp"
#include "storage/database_url.hpp"
#include "storage/storage_error.hpp"

namespace soci {
class session;
class statement;
class soci_error;
}  // namespace soci

namespace hbnb {

// Whether what is named must be there, or is made where it is missing. looking: it must be there, and neither it nor
// what lies beside it is changed (a server's tables are only left alone by whoever opened it so).
enum class Opening { existing, creating, looking };

struct Dialect {
    // Connects. Throws StorageError or soci::soci_error.
    // busy_timeout: how long a statement waits for another writer before it fails as busy.
    void (*open)(soci::session &session, const DatabaseUrl &url, Opening opening,
                 std::chrono::milliseconds busy_timeout);
    // What is said first on every connection, and holds for all of it.
    std::vector<std::string> (*settings)(const DatabaseUrl &url, std::chrono::milliseconds busy_timeout);
    int (*descriptor)(soci::session &session);  // of the socket to the server, or -1
    // Numbers are fetched as such, and where the row's value in a column is none, or not of that kind, this is its
    // text. nullptr: numbers are fetched as text. (SQLite's text has fewer digits than its numbers.)
    std::optional<std::string> (*misread)(soci::statement &statement, int column, Kind kind);
    StorageError (*to_error)(const soci::soci_error &error);

    std::string_view begin_reading;  // all that is read until the end is of one moment
    std::string_view begin_writing;
    std::string_view for_update;  // behind a query inside a writing transaction: locks its rows; "": all is locked
    // A query for a number that changes with every commit of another connection; "": there is none.
    std::string_view data_version;

    // Behind a column: whether it is one of the ids in a list; before and after the parameter. An index over the column
    // serves. The list is text, the ids in quotes as JSON has them, between these brackets.
    std::string_view in_before, in_after, list_brackets;

    // Around a column with ids that is compared with one of another table, whose collation may be another.
    std::string_view id_before, id_after;

    // The names, in small letters, of the database's tables and of the columns of table :p0.
    std::string_view tables, columns_of;
    // Types and the end of "create table (…)". Text is compared by its bytes.
    std::string_view text_suffix, time_type, real_type, table_suffix;
    // One connection at a time makes tables: a query that says at once whether the lock has been got (1), and the
    // statement that gives it back, as the connection's end does. "": a transaction is enough.
    std::string_view lock_schema, unlock_schema;
};

extern const Dialect kSqlite, kMysql, kPostgresql;

const Dialect &dialect_of(const DatabaseUrl &url);

}  // namespace hbnb
