// The dialect of PostgreSQL.
#include <soci/soci.h>

#include "storage/server_options.hpp"

namespace hbnb {

namespace {

// SOCI tells the class of an error, and the text the constraint, whose name PostgreSQL itself has made: it is in no
// language. (The exact code is behind a function of the backend, which is loaded by name only.)
StorageFault fault_of_constraint(const std::string &text) {
    if (text.find("_fkey\"") != std::string::npos) return StorageFault::broken_reference;
    if (text.find("_pkey\"") != std::string::npos) return StorageFault::duplicate;
    return StorageFault::other;
}

StorageError to_error(const soci::soci_error &error) {
    const std::string text = error.what();
    switch (error.get_error_category()) {
        case soci::soci_error::connection_error: return {StorageFault::unavailable, text};
        case soci::soci_error::constraint_violation: return {fault_of_constraint(text), text};
        default: return {StorageFault::other, text};
    }
}

void open(soci::session &session, const DatabaseUrl &url, Opening, std::chrono::milliseconds busy_timeout) {
    ServerOptions options;
    options.add("dbname", url.database).add("user", url.user).add("client_encoding", "UTF8");
    if (!url.password.empty()) options.add("password", url.password);
    options.add("host", url.socket.empty() ? url.host : url.socket);
    if (url.port != 0) options.add("port", std::to_string(url.port));
    options.add("connect_timeout", std::to_string(kConnectTimeout.count()));
    options.add("application_name", "hbnb");
    try {
        session.open("postgresql", options.text());
    } catch (const soci::soci_error &error) {
        throw StorageError(StorageFault::unavailable, error.what());
    }
    const long long query = std::chrono::milliseconds(kQueryTimeout).count();
    session.once << "set statement_timeout = " << query;
    session.once << "set lock_timeout = " << std::max<long long>(busy_timeout.count(), 1);
}

}  // namespace

const Dialect kPostgresql{
    .open = &open,
    .to_error = &to_error,
    .begin_reading = "begin isolation level repeatable read read only",
    .begin_writing = "begin",
    .data_version = "",
    .ids_before = "select json_array_elements_text(cast(",
    .ids_after = " as json))",
    .tables = "select lower(table_name) from information_schema.tables where table_schema = current_schema()",
    .columns_of =
        "select lower(column_name) from information_schema.columns where table_schema = current_schema() and "
        "table_name = :p0",
    .text_suffix = " collate \"C\"",
    .time_type = "timestamp(6)",
    .real_type = "double precision",
    .table_suffix = "",
    .lock_schema = "select pg_advisory_xact_lock(7291144)",
    .unlock_schema = ""};

}  // namespace hbnb
