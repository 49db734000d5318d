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

// What a statement has here at the least, however little the URL gives to those that clients wait for: a server may
// make a table slowly on a machine that starts much else.
constexpr std::chrono::seconds kStatementTimeout{5};
constexpr std::chrono::seconds kPatience{2};  // of each plugin of a worker: together below timeouts.start, which kills
constexpr std::chrono::milliseconds kLockPoll{20};

// One process at a time makes tables.
class SchemaLock {
  public:
    SchemaLock(Connection &connection, std::chrono::milliseconds patience) : connection_(connection) {
        const auto until = std::chrono::steady_clock::now() + patience;
        while (query_number(connection, std::string(connection.dialect().lock_schema)) != 1) {
            if (std::chrono::steady_clock::now() >= until) {
                throw StorageError(StorageFault::busy, "another process is making its tables");
            }
            std::this_thread::sleep_for(kLockPoll);
        }
    }
    ~SchemaLock() {
        try {
            connection_.run(std::string(connection_.dialect().unlock_schema));
        } catch (const StorageError &) {
            connection_.abandon();  // with its end the lock is free
        }
    }
    SchemaLock(const SchemaLock &) = delete;
    SchemaLock &operator=(const SchemaLock &) = delete;

  private:
    Connection &connection_;
};

bool has_rows(Connection &connection) {
    return std::any_of(kSchema.begin(), kSchema.end(),
                       [&](const Table &table) { return query_number(connection, sql::count(table)) > 0; });
}

// A user may be allowed to make tables and not to drop one: then a look at the rows is all that it costs to leave it.
void drop_marker(Connection &connection) {
    try {
        connection.run("drop table if exists " + std::string(kUnfinishedTable));
    } catch (const StorageError &error) {
        if (error.fault() == StorageFault::unavailable) throw;
    }
}

Prepared to_prepared(const DatabaseUrl &url, const std::string &columns, const std::string &tables) {
    if (columns.empty() && tables.empty()) return {};
    const std::string separator = columns.empty() || tables.empty() ? "" : "; ";
    return {.lacks = "unable to use all of database " + url.shown() + ": " + columns + separator + tables};
}

// Nothing is ever dropped but the marker: whoever goes on where another was killed makes what is missing.
void make(Connection &connection, Filling filling) {
    connection.run("create table if not exists " + std::string(kUnfinishedTable) + " (id int primary key)");
    make_tables(connection);
    Transaction transaction(connection);
    if (filling == Filling::sample_data && !has_rows(connection)) insert_data(connection, make_sample_data());
    transaction.commit();
    drop_marker(connection);
}

// Runs `work` over a connection of its own.
template <class Work>
Checked<Prepared> with_patience(const DatabaseUrl &url, Filling filling, const Work &work) {
    DatabaseUrl patient = url;
    patient.timeout = std::max(url.timeout, kStatementTimeout);
    try {
        Connection connection(patient, Opening::existing, kStatementTimeout);
        return work(connection);
    } catch (const StorageError &error) {
        const bool is_for_plugin = filling == Filling::sample_data;
        if (error.fault() == StorageFault::unavailable || (is_for_plugin && error.is_temporary()))
            return Prepared{.is_done = false};
        return Refusal{"unable to open database " + url.shown() + ": " + error.what()};
    }
}

// MySQL commits with each "create table": who looks without the lock may see some of them while another process makes
// them, and whoever is killed leaves some. Some without a trace of us are the work of others: they get the rest, empty.
Prepared make_if_missing(Connection &connection, const DatabaseUrl &url, Filling filling,
                         std::chrono::milliseconds patience) {
    const SchemaLock lock(connection, patience);
    const Inventory inventory = take_inventory(connection);
    const std::string lacks = inventory.which_columns_are_missing();
    if (inventory.has_any_table && !inventory.is_unfinished)
        return to_prepared(url, lacks, add_tables(connection, inventory.missing_tables));
    if (lacks.empty()) make(connection, filling);
    return to_prepared(url, lacks, "");
}

}  // namespace

Checked<Prepared> prepare_server(Connection &connection, const DatabaseUrl &url, Filling filling,
                                 std::chrono::milliseconds patience) {
    const Inventory inventory = take_inventory(connection);
    if (inventory.is_whole()) return Prepared{};
    if (inventory.is_unfinished && inventory.missing_tables.empty() && inventory.missing_columns.empty() &&
        has_rows(connection)) {
        drop_marker(connection);
        return Prepared{};
    }
    return make_if_missing(connection, url, filling, patience);
}

Checked<void> look_at_server(const DatabaseUrl &url) {
    const Checked<Prepared> looked = with_patience(url, Filling::sample_data, [](Connection &connection) {
        take_inventory(connection);
        return Checked<Prepared>(Prepared{});
    });
    if (!looked) return looked.error();
    return {};
}

Checked<Prepared> prepare_server(const DatabaseUrl &url, Filling filling) {
    return with_patience(url, filling,
                         [&](Connection &connection) { return prepare_server(connection, url, filling, kPatience); });
}

}  // namespace hbnb
