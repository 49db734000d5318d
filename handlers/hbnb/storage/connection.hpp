// One connection to an SQLite file through SOCI, with its prepared statements. Used by one thread at a time, and not
// across a fork. All failures are StorageError; after one the connection may be used on, outside any transaction.
// connection.cpp is the only file that includes SOCI.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/column.hpp"
#include "model/value.hpp"

namespace hbnb {

class Connection {
  public:
    // Opens the file, which must exist (must_create: must not, or be empty). busy_timeout: how long a statement waits
    // for another writer before it fails as busy.
    enum class Opening { existing, creating };
    Connection(const std::string &path, Opening opening, std::chrono::milliseconds busy_timeout);
    ~Connection();
    Connection(const Connection &) = delete;
    Connection &operator=(const Connection &) = delete;

    // Rows of a query, each with the given columns. Read to the end, so that no snapshot stays open.
    std::vector<Row> query(const std::string &sql, std::span<const Kind> columns,
                           std::span<const Value> parameters = {});

    // Rows changed by a statement.
    std::int64_t execute(const std::string &sql, std::span<const Value> parameters = {});

    // Runs text that is used once (schema, pragmas, transactions) without keeping a statement.
    void run(const std::string &sql);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// A write transaction: takes the write lock at once (so that it is busy at its start or never), rolls back unless
// committed. The connection outlives it.
class Transaction {
  public:
    explicit Transaction(Connection &connection);
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
