#include "storage/connection.hpp"

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <unordered_map>

#include "storage/storage_error.hpp"

namespace hbnb {

namespace {

constexpr std::size_t kStatementsMax = 128;  // kept prepared; more texts than that begin anew

StorageFault fault_of(int code) {
    switch (code & 0xFF) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return StorageFault::busy;
        case SQLITE_NOTADB:
        case SQLITE_CORRUPT: return StorageFault::unreadable;
        default: break;
    }
    return code == SQLITE_CONSTRAINT_FOREIGNKEY ? StorageFault::broken_reference : StorageFault::other;
}

// Every call into SOCI goes through here: its exceptions end at this file.
template <class Work>
auto guarded(Work work) {
    try {
        return work();
    } catch (const soci::sqlite3_soci_error &error) {
        throw StorageError(fault_of(error.result()), error.what());
    } catch (const soci::soci_error &error) {
        throw StorageError(StorageFault::other, error.what());
    }
}

// SOCI opens with SQLITE_OPEN_CREATE, which would leave an empty file where a database is missing, knows its busy
// timeout in whole seconds only, and reads its own syntax into the path. So it gets its connection from us.
class FileFactory : public soci::backend_factory {
  public:
    FileFactory(const std::string &path, Connection::Opening opening, std::chrono::milliseconds busy_timeout)
        : path_(path), opening_(opening), busy_timeout_(busy_timeout) {}

    // (UBSan cannot look at the backend's type: its typeinfo is not exported either.)
    __attribute__((no_sanitize("vptr"))) soci::details::session_backend *make_session(
        const soci::connection_parameters &) const override {
        const soci::backend_factory &sqlite = *soci::factory_sqlite3();  // its class's own functions are not exported
        std::unique_ptr<soci::details::session_backend> session(sqlite.make_session({sqlite, ":memory:"}));
        auto *backend = static_cast<soci::sqlite3_session_backend *>(session.get());
        sqlite_api::sqlite3_close(backend->conn_);
        backend->conn_ = nullptr;
        const int flags = SQLITE_OPEN_READWRITE | (opening_ == Connection::Opening::creating ? SQLITE_OPEN_CREATE : 0);
        const int code = sqlite_api::sqlite3_open_v2(path_.c_str(), &backend->conn_, flags, nullptr);
        if (code != SQLITE_OK) throw StorageError(fault_of(code), sqlite_api::sqlite3_errstr(code));
        sqlite_api::sqlite3_extended_result_codes(backend->conn_, 1);
        sqlite_api::sqlite3_busy_timeout(backend->conn_, static_cast<int>(busy_timeout_.count()));
        return session.release();
    }

  private:
    const std::string &path_;
    Connection::Opening opening_;
    std::chrono::milliseconds busy_timeout_;
};

// A place in memory that a parameter is read from or a column is written to; bound once, used for every execution.
struct Cell {
    std::string text;
    long long integer = 0;
    double real = 0;
    soci::indicator indicator = soci::i_null;
};

Value to_value(Cell &cell, Kind kind) {
    if (cell.indicator == soci::i_null) return {};
    switch (kind) {
        case Kind::integer: return static_cast<std::int64_t>(cell.integer);
        case Kind::real: return cell.real;
        case Kind::text:
        case Kind::time: break;
    }
    return cell.text;
}

void fill(Cell &cell, const Value &value) {
    cell.indicator = soci::i_ok;
    if (const auto *text = std::get_if<std::string>(&value)) {
        cell.text = *text;
    } else if (const auto *integer = std::get_if<std::int64_t>(&value)) {
        cell.integer = *integer;
    } else if (const auto *real = std::get_if<double>(&value)) {
        cell.real = *real;
    } else {
        cell.indicator = soci::i_null;
    }
}

// A prepared statement with its cells. The kinds of the parameters are those of the first execution's values: a
// statement's text decides them, except for null, which any cell can hold.
class Statement {
  public:
    Statement(soci::session &session, const std::string &sql, std::span<const Kind> columns,
              std::span<const Value> parameters)
        : kinds_(columns.begin(), columns.end()),
          columns_(columns.size()),
          parameters_(parameters.size()),
          statement_(session) {
        statement_.alloc();
        statement_.prepare(sql);
        for (std::size_t i = 0; i < kinds_.size(); ++i) define(columns_[i], kinds_[i]);
        for (std::size_t i = 0; i < parameters.size(); ++i) bind(parameters_[i], parameters[i]);
        statement_.define_and_bind();
    }

    std::vector<Row> rows(std::span<const Value> parameters) {
        std::vector<Row> result;
        for (bool more = start(parameters); more; more = statement_.fetch()) result.push_back(take());
        return result;
    }

    std::int64_t changed(std::span<const Value> parameters) {
        start(parameters);
        return statement_.get_affected_rows();
    }

  private:
    void define(Cell &cell, Kind kind) {
        if (kind == Kind::integer) {
            statement_.exchange(soci::into(cell.integer, cell.indicator));
        } else if (kind == Kind::real) {
            statement_.exchange(soci::into(cell.real, cell.indicator));
        } else {
            statement_.exchange(soci::into(cell.text, cell.indicator));
        }
    }

    void bind(Cell &cell, const Value &first) {
        if (std::holds_alternative<std::int64_t>(first)) {
            statement_.exchange(soci::use(cell.integer, cell.indicator));
        } else if (std::holds_alternative<double>(first)) {
            statement_.exchange(soci::use(cell.real, cell.indicator));
        } else {
            statement_.exchange(soci::use(cell.text, cell.indicator));
        }
    }

    bool start(std::span<const Value> parameters) {
        for (std::size_t i = 0; i < parameters.size(); ++i) fill(parameters_[i], parameters[i]);
        return statement_.execute(true);
    }

    Row take() {
        Row row;
        row.reserve(kinds_.size());
        for (std::size_t i = 0; i < kinds_.size(); ++i) row.push_back(to_value(columns_[i], kinds_[i]));
        return row;
    }

    std::vector<Kind> kinds_;
    std::vector<Cell> columns_;  // SOCI holds pointers into both: never resized
    std::vector<Cell> parameters_;
    soci::statement statement_;
};

}  // namespace

struct Connection::Impl {
    soci::session session;
    std::unordered_map<std::string, std::unique_ptr<Statement>> statements;  // ends before the session

    Statement &statement(const std::string &key, const std::string &sql, std::span<const Kind> columns,
                         std::span<const Value> parameters) {
        const auto found = statements.find(key);
        if (found != statements.end()) return *found->second;
        if (statements.size() >= kStatementsMax) statements.clear();
        auto made = std::make_unique<Statement>(session, sql, columns, parameters);
        return *statements.emplace(key, std::move(made)).first->second;
    }

    // A statement that failed is in mid-flight and would hold its locks until its next use: it goes.
    template <class Use>
    auto use(const std::string &sql, std::span<const Kind> columns, std::span<const Value> parameters, Use use_it) {
        std::string key = sql;
        // The same text with a null for the first time must not fix that parameter's kind for ever.
        for (const Value &value : parameters) key += static_cast<char>('0' + value.index());
        try {
            return guarded([&] { return use_it(statement(key, sql, columns, parameters)); });
        } catch (...) {
            statements.erase(key);
            throw;
        }
    }
};

Connection::Connection(const std::string &path, Opening opening, std::chrono::milliseconds busy_timeout)
    : impl_(std::make_unique<Impl>()) {
    const FileFactory factory(path, opening, busy_timeout);
    guarded([&] { impl_->session.open(factory, path); });
    run("pragma foreign_keys = on");
    run("pragma synchronous = normal");
}

Connection::~Connection() = default;

std::vector<Row> Connection::query(const std::string &sql, std::span<const Kind> columns,
                                   std::span<const Value> parameters) {
    return impl_->use(sql, columns, parameters, [&](Statement &statement) { return statement.rows(parameters); });
}

std::int64_t Connection::execute(const std::string &sql, std::span<const Value> parameters) {
    return impl_->use(sql, {}, parameters, [&](Statement &statement) { return statement.changed(parameters); });
}

void Connection::run(const std::string &sql) {
    guarded([&] { impl_->session.once << sql; });
}

Transaction::Transaction(Connection &connection) : connection_(connection) { connection_.run("begin immediate"); }

Transaction::~Transaction() {
    if (!is_open_) return;
    try {
        connection_.run("rollback");
    } catch (const StorageError &) {  // SQLite has rolled back by itself
    }
}

void Transaction::commit() {
    connection_.run("commit");
    is_open_ = false;
}

std::int64_t query_number(Connection &connection, const std::string &sql, std::span<const Value> parameters) {
    constexpr Kind number[] = {Kind::integer};
    const std::vector<Row> rows = connection.query(sql, number, parameters);
    if (rows.size() != 1) throw StorageError(StorageFault::other, "no single number: " + sql);
    const auto *found = std::get_if<std::int64_t>(&rows.front().front());
    return found ? *found : 0;
}

}  // namespace hbnb
