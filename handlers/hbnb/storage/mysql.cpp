// The dialect of MariaDB and MySQL.
#include <soci/mysql/soci-mysql.h>
#include <soci/soci.h>

#include "storage/client_library.hpp"
#include "storage/server_options.hpp"

namespace hbnb {

namespace {

// Numbers of the server (1000 and on) and of the client library (2000 and on).
StorageFault fault_of(unsigned number) {
    switch (number) {
        case 1062: return StorageFault::duplicate;
        case 1216:
        case 1217:
        case 1451:
        case 1452: return StorageFault::broken_reference;
        case 1205:                                  // lock wait timeout
        case 1213: return StorageFault::busy;       // deadlock
        case 1048:                                  // null
        case 1264:                                  // out of range
        case 1265:                                  // cut
        case 1292:                                  // no such time or number
        case 1364:                                  // a column of others, without a default
        case 1366:                                  // cannot be spelt in the column's character set
        case 1406:                                  // too long
        case 4025: return StorageFault::misfit;     // a check of the table
        case 1054:                                  // column
        case 1146:                                  // table
        case 1932: return StorageFault::missing;    // table, of which the server knows and the engine does not
        case 1044:                                  // database
        case 1142:                                  // table
        case 1143: return StorageFault::forbidden;  // column
        case 1021:                                  // disk full
        case 1114: return StorageFault::full;       // table full
        case 1290:                                  // --read-only
        case 1792:                                  // read-only transaction
        case 1836: return StorageFault::read_only;
        case 1040:                                    // too many connections
        case 1053:                                    // shutdown in progress
        case 1129:                                    // host blocked
        case 1203:                                    // too many connections of this user
        case 1927: return StorageFault::unavailable;  // connection killed
        default: return number >= 2000 && number < 3000 ? StorageFault::unavailable : StorageFault::other;
    }
}

StorageError to_error(const soci::soci_error &error) {
    const auto *own = dynamic_cast<const soci::mysql_soci_error *>(&error);
    return {own ? fault_of(own->err_num_) : StorageFault::other, error.get_error_message()};
}

void open(soci::session &session, const DatabaseUrl &url, Opening, std::chrono::milliseconds) {
    ServerOptions options;
    options.add("db", url.database).add("user", url.user).add("charset", "utf8mb4");
    if (!url.password.empty()) options.add("password", url.password);
    if (url.socket.empty()) {
        options.add("host", url.host);
        if (url.port != 0) options.add("port", std::to_string(url.port));
    } else {
        options.add("unix_socket", url.socket);
    }
    options.add("connect_timeout", std::to_string(kConnectTimeout.count()));
    options.add("read_timeout", std::to_string(url.timeout.count()));
    options.add("write_timeout", std::to_string(url.timeout.count()));
    session.open("mysql", options.text());
}

// What a column cannot hold is an error and never cut to fit, whatever the server's own setting.
std::vector<std::string> settings(const DatabaseUrl &, std::chrono::milliseconds busy_timeout) {
    return {"set session sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
            "set session innodb_lock_wait_timeout = " + std::to_string(std::max(busy_timeout.count() / 1000, 1L)),
            "set session time_zone = '+00:00'"};
}

int descriptor(soci::session &session) {
    using GetSocket = my_socket (*)(MYSQL *);
    static const auto get_socket = reinterpret_cast<GetSocket>(find_function("libmariadb.so.3", "mysql_get_socket"));
    if (get_socket == nullptr) return -1;
    return get_socket(static_cast<soci::mysql_session_backend *>(session.get_backend())->conn_);
}

}  // namespace

// An id that is compared with a column is made ascii, which every id is: it goes with a column of any character set and
// collation, of one table or another, and its index serves.
const Dialect kMysql{
    .open = &open,
    .settings = &settings,
    .descriptor = &descriptor,
    .misread = nullptr,
    .to_error = &to_error,
    .begin_reading = "start transaction read only",
    .begin_writing = "start transaction",
    .for_update = " for update",
    .data_version = "",
    .in_before = " in (select convert(id using ascii) from json_table(",
    .in_after = ", '$[*]' columns (id varchar(60) path '$')) as ids)",
    .list_brackets = "[]",
    .id_before = "convert(",
    .id_after = " using ascii)",
    .tables = "select lower(table_name) from information_schema.tables where table_schema = database()",
    .columns_of =
        "select lower(column_name) from information_schema.columns where table_schema = "
        "database() and table_name = :p0",
    .text_suffix = "",
    .time_type = "datetime(6)",
    .real_type = "double",
    .table_suffix = " engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin",
    .lock_schema = "select coalesce(get_lock(concat('hbnb ', md5(database())), 0), 0)",
    .unlock_schema = "do release_lock(concat('hbnb ', md5(database())))"};

}  // namespace hbnb
