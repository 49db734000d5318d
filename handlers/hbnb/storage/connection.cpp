#include "storage/connection.hpp"

#include <soci/soci.h>
#include <sys/socket.h>

#include <cmath>
#include <unordered_map>

#include "storage/storage_error.hpp"
#include "storage/stored_text.hpp"

namespace hbnb {

namespace {

constexpr std::chrono::seconds kGrace{1};     // behind the query's time, for the server to end it by itself
constexpr std::chrono::seconds kCheckMax{2};  // for a server to say that it is still there
constexpr std::size_t kStatementsMax = 128;   // kept prepared; more texts than that begin anew

// A place in memory that a parameter is read from or a column is written to; bound once, used for every execution.
struct Cell {
    std::string text;
    long long integer = 0;
    double real = 0;
    soci::indicator indicator = soci::i_null;
};

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
    Statement(soci::session &session, const Dialect &dialect, const std::string &sql, std::span<const Kind> columns,
              std::span<const Value> parameters)
        : dialect_(dialect),
          kinds_(columns.begin(), columns.end()),
          columns_(columns.size()),
          parameters_(parameters.size()),
          statement_(session) {
        statement_.alloc();
        statement_.prepare(sql);
        for (std::size_t i = 0; i < kinds_.size(); ++i) define(columns_[i], kinds_[i]);
        for (std::size_t i = 0; i < parameters.size(); ++i) bind(parameters_[i], parameters[i]);
        statement_.define_and_bind();
    }

    void each(std::span<const Value> parameters, const std::function<void(Row)> &on_row) {
        for (bool more = start(parameters); more; more = statement_.fetch()) on_row(take());
    }

    std::int64_t changed(std::span<const Value> parameters) {
        start(parameters);
        return statement_.get_affected_rows();
    }

  private:
    // SOCI fails where a column's text is no number: what servers say is read as text, and then by us.
    bool is_number(Kind kind) const {
        return dialect_.misread != nullptr && (kind == Kind::integer || kind == Kind::real);
    }

    void define(Cell &cell, Kind kind) {
        if (is_number(kind) && kind == Kind::integer) {
            statement_.exchange(soci::into(cell.integer, cell.indicator));
        } else if (is_number(kind)) {
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
        for (std::size_t i = 0; i < kinds_.size(); ++i) row.push_back(value_of(i));
        return row;
    }

    Value value_of(std::size_t column) {
        const Cell &cell = columns_[column];
        const Kind kind = kinds_[column];
        if (cell.indicator == soci::i_null) return {};
        if (!is_number(kind)) return read_stored(cell.text, kind);
        if (auto text = dialect_.misread(statement_, static_cast<int>(column), kind)) return read_stored(*text, kind);
        if (kind == Kind::integer) return static_cast<std::int64_t>(cell.integer);
        return std::isfinite(cell.real) ? Value(cell.real) : Value(Unreadable{});
    }

    const Dialect &dialect_;
    std::vector<Kind> kinds_;
    std::vector<Cell> columns_;  // SOCI holds pointers into both: never resized
    std::vector<Cell> parameters_;
    soci::statement statement_;
};

}  // namespace

struct Connection::Impl {
    Impl(const DatabaseUrl &url, QueryWatch *its_watch)
        : dialect(dialect_of(url)), watch(its_watch), timeout(url.timeout) {}

    // Every call into SOCI goes through here: its exceptions end at this file. After one that says nothing clear, a
    // server is asked whether it is still there.
    template <class Work>
    auto guarded(Work work) {
        try {
            const QueryWatch::Guard guard(watch, descriptor, timeout + kGrace, is_broken);
            return work();
        } catch (const soci::soci_error &failure) {
            const StorageError error = dialect.to_error(failure);
            const bool is_clear = error.fault() != StorageFault::other;
            if (is_broken || error.fault() == StorageFault::unavailable || !(is_clear || is_connected())) {
                is_broken = true;
                throw StorageError(StorageFault::unavailable, error.what());
            }
            throw error;
        }
    }
    bool is_connected() {
        try {
            const QueryWatch::Guard guard(watch, descriptor, std::min(timeout, kCheckMax), is_broken);
            return session.is_connected();
        } catch (const soci::soci_error &) {
            return false;
        }
    }

    const Dialect &dialect;
    QueryWatch *const watch;
    const std::chrono::seconds timeout;
    int descriptor = -1;  // of the connection's socket, where it is watched
    bool is_broken = false;
    soci::session session;
    std::unordered_map<std::string, std::unique_ptr<Statement>> statements;  // ends before the session

    Statement &statement(const std::string &key, const std::string &sql, std::span<const Kind> columns,
                         std::span<const Value> parameters) {
        const auto found = statements.find(key);
        if (found != statements.end()) return *found->second;
        if (statements.size() >= kStatementsMax) statements.clear();
        auto made = std::make_unique<Statement>(session, dialect, sql, columns, parameters);
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

Connection::Connection(const DatabaseUrl &url, Opening opening, std::chrono::milliseconds busy_timeout,
                       QueryWatch *watch)
    : dialect_(dialect_of(url)), impl_(std::make_unique<Impl>(url, watch)) {
    impl_->guarded([&] { dialect_.open(impl_->session, url, opening, busy_timeout); });
    if (watch != nullptr) impl_->descriptor = dialect_.descriptor(impl_->session);
    impl_->guarded([&] {
        for (const std::string &statement : dialect_.settings(url, busy_timeout)) impl_->session.once << statement;
    });
}

// The end of a statement asks the server, too.
Connection::~Connection() {
    const QueryWatch::Guard guard(impl_->watch, impl_->descriptor, kCheckMax, impl_->is_broken);
    impl_->statements.clear();
}

std::vector<Row> Connection::query(const std::string &sql, std::span<const Kind> columns,
                                   std::span<const Value> parameters) {
    std::vector<Row> rows;
    each(sql, columns, parameters, [&](Row row) { rows.push_back(std::move(row)); });
    return rows;
}

void Connection::each(const std::string &sql, std::span<const Kind> columns, std::span<const Value> parameters,
                      const std::function<void(Row)> &on_row) {
    impl_->use(sql, columns, parameters, [&](Statement &statement) { statement.each(parameters, on_row); });
}

std::int64_t Connection::execute(const std::string &sql, std::span<const Value> parameters) {
    ++writes_;
    return impl_->use(sql, {}, parameters, [&](Statement &statement) { return statement.changed(parameters); });
}

void Connection::run(const std::string &sql) {
    ++writes_;
    run_quietly(sql);
}

void Connection::run_quietly(std::string_view sql) {
    impl_->guarded([&] { impl_->session.once << sql; });
}

bool Connection::is_broken() const { return impl_->is_broken; }

bool Connection::check() {
    if (!impl_->is_connected()) impl_->is_broken = true;
    return !impl_->is_broken;
}

void Connection::abandon() {
    impl_->is_broken = true;
    if (impl_->descriptor >= 0) ::shutdown(impl_->descriptor, SHUT_RDWR);
}

std::optional<DataVersion> Connection::data_version() {
    if (dialect_.data_version.empty()) return std::nullopt;
    return DataVersion{query_number(*this, std::string(dialect_.data_version)), writes_};
}

Transaction::Transaction(Connection &connection, Access access) : connection_(connection) {
    const Dialect &dialect = connection.dialect();
    connection_.run_quietly(access == Access::writing ? dialect.begin_writing : dialect.begin_reading);
}

Transaction::~Transaction() {
    if (!is_open_) return;
    try {
        connection_.run_quietly("rollback");
    } catch (const StorageError &) {  // the database has rolled back by itself, or the connection is broken
    }
}

void Transaction::commit() {
    connection_.run_quietly("commit");
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
