// The dialect of SQLite.
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/stat.h>

#include <string>
#include <string_view>

#include "storage/dialect.hpp"

namespace hbnb {

namespace {

StorageFault fault_of(int code) {
    switch (code) {
        case SQLITE_CONSTRAINT_FOREIGNKEY: return StorageFault::broken_reference;
        case SQLITE_CONSTRAINT_PRIMARYKEY:
        case SQLITE_CONSTRAINT_UNIQUE: return StorageFault::duplicate;
        default: break;
    }
    switch (code & 0xFF) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return StorageFault::busy;
        case SQLITE_NOTADB:
        case SQLITE_CORRUPT: return StorageFault::unreadable;
        case SQLITE_FULL: return StorageFault::full;
        case SQLITE_READONLY: return StorageFault::read_only;
        case SQLITE_CONSTRAINT:  // null, a check of the table
        case SQLITE_MISMATCH:
        case SQLITE_TOOBIG: return StorageFault::misfit;
        default: return StorageFault::other;
    }
}

// SQLite has one code for all that is wrong with a statement.
bool says_missing(const std::string &text) {
    for (const char *words : {"no such table", "no such column", "has no column named", "foreign key mismatch"}) {
        if (text.find(words) != std::string::npos) return true;
    }
    return false;
}

StorageError to_error(const soci::soci_error &error) {
    const auto *own = dynamic_cast<const soci::sqlite3_soci_error *>(&error);
    if (own && own->result() == SQLITE_ERROR && says_missing(error.get_error_message()))
        return {StorageFault::missing, error.get_error_message()};
    return {own ? fault_of(own->result()) : StorageFault::other, error.get_error_message()};
}

// SOCI opens with SQLITE_OPEN_CREATE, which would leave an empty file where a database is missing, knows its busy
// timeout in whole seconds only, and reads its own syntax into the path. So it gets its connection from us.
class FileFactory : public soci::backend_factory {
  public:
    FileFactory(const std::string &path, Opening opening, std::chrono::milliseconds busy_timeout)
        : path_(path), opening_(opening), busy_timeout_(busy_timeout) {}

    // (UBSan cannot look at the backend's type: its typeinfo is not exported either.)
    __attribute__((no_sanitize("vptr"))) soci::details::session_backend *make_session(
        const soci::connection_parameters &) const override {
        const soci::backend_factory &sqlite = *soci::factory_sqlite3();  // its class's own functions are not exported
        std::unique_ptr<soci::details::session_backend> session(sqlite.make_session({sqlite, ":memory:"}));
        auto *backend = static_cast<soci::sqlite3_session_backend *>(session.get());
        sqlite_api::sqlite3_close(backend->conn_);
        backend->conn_ = nullptr;
        const std::string name = opening_ == Opening::looking ? name_for_looking() : path_;
        const int code = sqlite_api::sqlite3_open_v2(name.c_str(), &backend->conn_, flags(), nullptr);
        if (code != SQLITE_OK) throw StorageError(fault_of(code), sqlite_api::sqlite3_errstr(code));
        sqlite_api::sqlite3_extended_result_codes(backend->conn_, 1);
        sqlite_api::sqlite3_busy_timeout(backend->conn_, static_cast<int>(busy_timeout_.count()));
        return session.release();
    }

  private:
    int flags() const {
        switch (opening_) {
            case Opening::looking: return SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
            case Opening::creating: return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
            default: return SQLITE_OPEN_READWRITE;
        }
    }

    // A reader of a file without a log would make one beside it, unless it is told that nobody writes the file.
    std::string name_for_looking() const {
        struct stat log {};
        const bool is_written = ::stat((path_ + "-wal").c_str(), &log) == 0 && log.st_size > 0;
        std::string name = "file:";
        for (const char c : path_) {
            if (c == '%' || c == '?' || c == '#') {
                constexpr std::string_view kDigits = "0123456789ABCDEF";
                name += {'%', kDigits[static_cast<unsigned char>(c) >> 4], kDigits[static_cast<unsigned char>(c) & 15]};
            } else {
                name += c;
            }
        }
        return name + (is_written ? "" : "?immutable=1");
    }

    const std::string &path_;
    Opening opening_;
    std::chrono::milliseconds busy_timeout_;
};

void open(soci::session &session, const DatabaseUrl &url, Opening opening, std::chrono::milliseconds busy_timeout) {
    const FileFactory factory(url.path, opening, busy_timeout);
    session.open(factory, url.path);
}

std::vector<std::string> settings(const DatabaseUrl &, std::chrono::milliseconds) {
    return {"pragma foreign_keys = on", "pragma synchronous = normal"};
}

int descriptor(soci::session &) { return -1; }

// A column of numbers takes whatever it is given. (UBSan: as above.)
__attribute__((no_sanitize("vptr"))) std::optional<std::string> misread(soci::statement &statement, int column,
                                                                        Kind kind) {
    auto *row = static_cast<soci::sqlite3_statement_backend *>(statement.get_backend())->stmt_;
    const int type = sqlite_api::sqlite3_column_type(row, column);
    if (type == SQLITE_INTEGER || (type == SQLITE_FLOAT && kind == Kind::real)) return std::nullopt;
    const unsigned char *text = sqlite_api::sqlite3_column_text(row, column);
    return text == nullptr ? std::string() : std::string(reinterpret_cast<const char *>(text));
}

}  // namespace

// A write transaction takes the write lock at once, so that it is busy at its start or never.
const Dialect kSqlite{.open = &open,
                      .settings = &settings,
                      .descriptor = &descriptor,
                      .misread = &misread,
                      .to_error = &to_error,
                      .begin_reading = "begin",
                      .begin_writing = "begin immediate",
                      .for_update = "",
                      .data_version = "pragma data_version",
                      .in_before = " in (select value from json_each(",
                      .in_after = "))",
                      .list_brackets = "[]",
                      .id_before = "",
                      .id_after = "",
                      .tables = "select lower(name) from sqlite_master where type in ('table', 'view')",
                      .columns_of = "select lower(name) from pragma_table_info(:p0)",
                      .text_suffix = "",
                      .time_type = "datetime",
                      .real_type = "float",
                      .table_suffix = "",
                      .lock_schema = "",
                      .unlock_schema = ""};

}  // namespace hbnb
