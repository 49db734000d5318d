// One connection to a database through SOCI, with its prepared statements. Used by one thread at a time, and not across
// a fork. All failures are StorageError; after one the connection may be used on, outside any transaction, unless it is
// broken. Only connection.cpp and the dialects include SOCI.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/column.hpp"
#include "model/value.hpp"
#include "storage/dialect.hpp"
#include "storage/query_watch.hpp"

namespace hbnb {

// What one connection has seen of the data: as long as it stays the same, every query answers the same. Comparable only
// with others of the same connection.
struct DataVersion {
    std::int64_t by_others = -1;  // changes with what other connections commit
    std::int64_t by_us = -1;      // changes with what this connection does
    bool operator==(const DataVersion &) const = default;
};

class Connection {
  public:
    using Opening = hbnb::Opening;
    // watch: ends what takes longer than the URL's timeout; outlives the connection. nullptr: only what the server and
    // its client library end by themselves.
    Connection(const DatabaseUrl &url, Opening opening, std::chrono::milliseconds busy_timeout,
               QueryWatch *watch = nullptr);
    Connection(const std::string &path, Opening opening, std::chrono::milliseconds busy_timeout)  // an SQLite file
        : Connection(DatabaseUrl{path}, opening, busy_timeout) {}
    ~Connection();
    Connection(const Connection &) = delete;
    Connection &operator=(const Connection &) = delete;

    // Rows of a query, each with the given columns. Read to the end, so that no snapshot stays open.
    std::vector<Row> query(const std::string &sql, std::span<const Kind> columns,
                           std::span<const Value> parameters = {});

    // The same, a row at a time: `on_row` does nothing with this connection.
    void each(const std::string &sql, std::span<const Kind> columns, std::span<const Value> parameters,
              const std::function<void(Row)> &on_row);

    // Rows changed by a statement.
    std::int64_t execute(const std::string &sql, std::span<const Value> parameters = {});

    // Runs text that is used once (schema, pragmas, transactions) without keeping a statement.
    void run(const std::string &sql);

    // Of now, or of the open transaction's moment; none where the database does not tell.
    std::optional<DataVersion> data_version();

    const Dialect &dialect() const { return dialect_; }

    // A server that went away has taken the connection with it: there is no use in this one any more. check() asks it.
    bool is_broken() const;
    bool check();
    void abandon();  // breaks it at once, so that its end asks the server for nothing

  private:
    friend class Transaction;
    void run_quietly(std::string_view sql);  // what changes no data

    struct Impl;
    const Dialect &dialect_;
    std::unique_ptr<Impl> impl_;
    std::int64_t writes_ = 0;
};

enum class Access { reading, writing };

// Rolls back unless committed. The connection outlives it.
class Transaction {
  public:
    explicit Transaction(Connection &connection, Access access = Access::writing);
    ~Transaction();
    Transaction(const Transaction &) = delete;
    Transaction &operator=(const Transaction &) = delete;
    void commit();

  private:
    Connection &connection_;
    bool is_open_ = true;
};

// The single number a query answers.
std::int64_t query_number(Connection &connection, const std::string &sql, std::span<const Value> parameters = {});

}  // namespace hbnb
