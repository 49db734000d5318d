#include "storage/prepare_server.hpp"

#include <algorithm>
#include <thread>

#include "storage/inventory.hpp"
#include "storage/new_tables.hpp"
#include "storage/sample_data.hpp"
#include "storage/sql.hpp"
#include "storage/storage_error.hpp"

namespace hbnb {

namespace {

// What a statement has here at the least, however little the URL gives to those that clients wait for: a server may make
// a table slowly on a machine that starts much else.
constexpr std::chrono::seconds kStatementTimeout{5};
constexpr std::chrono::seconds kPatience{5};  // below the default of timeouts.start, which kills
constexpr std::chrono::milliseconds kLockPoll{20};

// One process at a time makes tables.
class SchemaLock {
  public:
    SchemaLock(Connection &connection, std::chrono::milliseconds patience) : connection_(connection) {
        const auto until = std::chrono::steady_clock::now() + patience;
        while (query_number(connection, std::string(connection.dialect().lock_schema)) != 1) {
            if (std::chrono::steady_clock::now() >= until) {
                throw StorageError(StorageFault::unavailable, "another process is making the tables");
            }
            std::this_thread::sleep_for(kLockPoll);
        }
    }
    ~SchemaLock() {
        try {
            connection_.run(std::string(connection_.dialect().unlock_schema));
        } catch (const StorageError &) {  // the connection is gone, and the lock with it
        }
    }
    SchemaLock(const SchemaLock &) = delete;
    SchemaLock &operator=(const SchemaLock &) = delete;

  private:
    Connection &connection_;
};

bool has_rows(Connection &connection, const Inventory &inventory) {
    return std::any_of(kSchema.begin(), kSchema.end(), [&](const Table &table) {
        return inventory.has(table.name) && query_number(connection, sql::count(table)) > 0;
    });
}

void drop_tables(Connection &connection) {
    for (auto table = kSchema.rbegin(); table != kSchema.rend(); ++table) {
        connection.run("drop table if exists " + std::string(table->name));
    }
}

void make(Connection &connection, Filling filling) {
    const std::string marker(kUnfinishedTable);
    connection.run("create table if not exists " + marker + " (id int)");
    make_tables(connection);
    if (filling == Filling::sample_data) {
        Transaction transaction(connection);
        insert_data(connection, make_sample_data());
        transaction.commit();
    }
    connection.run("drop table " + marker);
}

// MySQL commits with each "create table": who looks without the lock may see some of them while another process makes
// them, and whoever is killed leaves some.
Checked<void> make_if_missing(Connection &connection, const DatabaseUrl &url, Filling filling,
                              std::chrono::milliseconds patience) {
    const SchemaLock lock(connection, patience);
    Inventory inventory = take_inventory(connection);
    if (inventory.is_unfinished && !has_rows(connection, inventory)) {
        drop_tables(connection);
        inventory.has_any_table = false;
    }
    if (inventory.is_partial())
        return Refusal{"unable to use database " + url.shown() + ": " + inventory.what_is_missing()};
    if (!inventory.has_any_table) {
        make(connection, filling);
    } else if (inventory.is_unfinished) {
        connection.run("drop table " + std::string(kUnfinishedTable));
    }
    return {};
}

}  // namespace

Checked<void> prepare_server(Connection &connection, const DatabaseUrl &url, Filling filling,
                             std::chrono::milliseconds patience) {
    if (take_inventory(connection).is_whole()) return {};
    return make_if_missing(connection, url, filling, patience);
}

Checked<void> prepare_server(const DatabaseUrl &url, Filling filling) {
    DatabaseUrl patient = url;
    patient.timeout = std::max(url.timeout, kStatementTimeout);
    try {
        Connection connection(patient, Opening::existing, kStatementTimeout);
        return prepare_server(connection, url, filling, kPatience);
    } catch (const StorageError &error) {
        if (error.fault() == StorageFault::unavailable) return {};
        return Refusal{"unable to open database " + url.shown() + ": " + error.what()};
    }
}

}  // namespace hbnb
