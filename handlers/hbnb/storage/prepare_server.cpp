#include "storage/prepare_server.hpp"

#include <algorithm>

#include "storage/inventory.hpp"
#include "storage/new_tables.hpp"
#include "storage/sample_data.hpp"
#include "storage/storage_error.hpp"

namespace hbnb {

namespace {

// What a statement has here at the least, however little the URL gives to those that clients wait for: another process may
// be making the tables, on a machine that starts much else.
constexpr std::chrono::seconds kPrepareTimeout{5};

// One process at a time makes tables: PostgreSQL's lock ends with the transaction, MySQL's is given back by hand.
class SchemaLock {
  public:
    explicit SchemaLock(Connection &connection) : connection_(connection) {
        connection_.run(std::string(connection.dialect().lock_schema));
    }
    ~SchemaLock() {
        const std::string unlock(connection_.dialect().unlock_schema);
        try {
            if (!unlock.empty()) connection_.run(unlock);
        } catch (const StorageError &) {  // the connection is gone, and the lock with it
        }
    }
    SchemaLock(const SchemaLock &) = delete;
    SchemaLock &operator=(const SchemaLock &) = delete;

  private:
    Connection &connection_;
};

// MySQL commits with each "create table": who looks without the lock may see some of them while another process makes
// them; what failed in between leaves some, too, and then those missing are named.
Checked<void> make(Connection &connection, const DatabaseUrl &url, Filling filling) {
    Transaction transaction(connection);
    const SchemaLock lock(connection);
    const Inventory inventory = take_inventory(connection);
    if (inventory.is_partial())
        return Refusal{"unable to use database " + url.shown() + ": " + inventory.what_is_missing()};
    if (!inventory.has_any_table) {
        make_tables(connection);
        if (filling == Filling::sample_data) insert_data(connection, make_sample_data());
    }
    transaction.commit();
    return {};
}

}  // namespace

Checked<void> prepare_server(Connection &connection, const DatabaseUrl &url, Filling filling) {
    const Inventory inventory = take_inventory(connection);
    if (inventory.has_any_table && !inventory.is_partial()) return {};
    return make(connection, url, filling);
}

Checked<void> prepare_server(const DatabaseUrl &url, Filling filling) {
    DatabaseUrl patient = url;
    patient.timeout = std::max(url.timeout, kPrepareTimeout);
    try {
        Connection connection(patient, Opening::existing, kPrepareTimeout);
        return prepare_server(connection, url, filling);
    } catch (const StorageError &error) {
        if (error.fault() == StorageFault::unavailable) return {};
        return Refusal{"unable to open database " + url.shown() + ": " + error.what()};
    }
}

}  // namespace hbnb
