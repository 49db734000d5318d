// The dialect of PostgreSQL.
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

#include <regex>

#include "storage/client_library.hpp"
#include "storage/server_options.hpp"

namespace hbnb {

namespace {

constexpr char kLibrary[] = "libpq.so.5";

PGconn *connection_of(soci::session &session) {
    return static_cast<soci::postgresql_session_backend *>(session.get_backend())->conn_;
}

// What a connection's errors say beside their text, which is in the server's language: "ERROR:  55P03: canceling …".
std::string state_in(const std::string &text) {
    static const std::regex pattern(":  ([0-9A-Z]{5}): ");
    std::smatch found;
    return std::regex_search(text, found, pattern) ? found[1].str() : "";
}

// Of the standard's classes and PostgreSQL's own states.
StorageFault fault_of(const std::string &state) {
    if (state == "23503") return StorageFault::broken_reference;
    if (state == "23505") return StorageFault::duplicate;
    if (state == "25006") return StorageFault::read_only;
    if (state == "53100") return StorageFault::full;
    if (state == "55P03" || state == "40P01" || state == "40001") return StorageFault::busy;  // lock timeout, deadlock
    if (state == "57014") return StorageFault::busy;                         // statement timeout: rolled back
    if (state == "42P01" || state == "42703") return StorageFault::missing;  // table, column
    if (state == "42501") return StorageFault::forbidden;
    if (state == "0A000") return StorageFault::busy;  // the table has been made anew since the statement was prepared
    const std::string group = state.substr(0, 2);
    // Too long, too large, no UTF-8, null, a check of the table, another type.
    if (group == "22" || group == "23" || state == "42804" || state == "42883") return StorageFault::misfit;
    // A connection lost, no place for one more, a server that stops or starts.
    if (group == "08" || state == "53300" || state.substr(0, 4) == "57P0") return StorageFault::unavailable;
    return StorageFault::other;
}

StorageError to_error(const soci::soci_error &error) {
    const std::string text = error.get_error_message();
    const bool is_lost = error.get_error_category() == soci::soci_error::connection_error;
    return {is_lost ? StorageFault::unavailable : fault_of(state_in(text)), text.substr(0, text.find('\n'))};
}

void open(soci::session &session, const DatabaseUrl &url, Opening, std::chrono::milliseconds) {
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
        throw StorageError(StorageFault::unavailable, error.get_error_message());
    }
    using SetVerbosity = PGVerbosity (*)(PGconn *, PGVerbosity);
    using SetNotices = PQnoticeReceiver (*)(PGconn *, PQnoticeReceiver, void *);
    static const auto set_verbosity = reinterpret_cast<SetVerbosity>(find_function(kLibrary, "PQsetErrorVerbosity"));
    static const auto set_notices = reinterpret_cast<SetNotices>(find_function(kLibrary, "PQsetNoticeReceiver"));
    if (set_verbosity != nullptr) set_verbosity(connection_of(session), PQERRORS_VERBOSE);
    // Else they go to the standard error, without a limit; what fails, we hear anyway.
    if (set_notices != nullptr)
        set_notices(
            connection_of(session), [](void *, const PGresult *) {}, nullptr);
}

std::vector<std::string> settings(const DatabaseUrl &url, std::chrono::milliseconds busy_timeout) {
    const auto query = std::chrono::milliseconds(url.timeout).count();
    return {"set statement_timeout = " + std::to_string(query), "set timezone = 'UTC'",
            "set lock_timeout = " + std::to_string(std::max(busy_timeout.count(), 1L))};
}

int descriptor(soci::session &session) {
    using Socket = int (*)(const PGconn *);
    static const auto socket = reinterpret_cast<Socket>(find_function(kLibrary, "PQsocket"));
    return socket == nullptr ? -1 : socket(connection_of(session));
}

}  // namespace

const Dialect kPostgresql{
    .open = &open,
    .settings = &settings,
    .descriptor = &descriptor,
    .misread = nullptr,
    .to_error = &to_error,
    .begin_reading = "begin isolation level repeatable read read only",
    .begin_writing = "begin",
    .for_update = " for update",
    .data_version = "",
    .in_before = " = any(",  // of arrays of the column's own type
    .in_after = ")",
    .list_brackets = "{}",
    .id_before = "",
    .id_after = "",
    .tables = "select lower(table_name) from information_schema.tables where table_schema = current_schema()",
    .columns_of =
        "select lower(column_name) from information_schema.columns where table_schema = current_schema() and "
        "table_name = :p0",
    .text_suffix = " collate \"C\"",
    .time_type = "timestamp(6)",
    .real_type = "double precision",
    .table_suffix = "",
    .lock_schema = "select cast(pg_try_advisory_lock(7291144) as int)",
    .unlock_schema = "select pg_advisory_unlock(7291144)"};

}  // namespace hbnb
