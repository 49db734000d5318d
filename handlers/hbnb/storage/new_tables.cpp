#include "storage/new_tables.hpp"

#include <algorithm>

#include "storage/sql.hpp"
#include "storage/storage.hpp"
#include "storage/storage_error.hpp"

namespace hbnb {

namespace {

// Puts rows and counts them.
class Inserter {
  public:
    Inserter(Connection &connection, const std::function<void(std::size_t)> &on_row)
        : connection_(connection), on_row_(on_row) {}

    template <class T>
    void put_all(const std::vector<T> &objects) {
        for (const T &object : objects) put(kTableOf<T>, to_row(object));
    }
    void put(const Table &table, const Row &row) {
        insert_row(connection_, table, row);
        ++count_;
        if (on_row_) on_row_(count_);
    }

  private:
    Connection &connection_;
    const std::function<void(std::size_t)> &on_row_;
    std::size_t count_ = 0;
};

void add_table(Connection &connection, const Table &table) {
    const Dialect &dialect = connection.dialect();
    try {
        connection.run(sql::create_table(table, dialect));
    } catch (const StorageError &error) {
        if (error.fault() == StorageFault::unavailable || error.fault() == StorageFault::busy) throw;
        connection.run(sql::create_table(table, dialect, sql::References::without));
    }
    for (const std::string &index : sql::create_indexes(table)) connection.run(index);
}

}  // namespace

std::string add_tables(Connection &connection, const std::vector<std::string> &names) {
    std::string problems;
    for (const Table &table : kSchema) {
        if (std::find(names.begin(), names.end(), table.name) == names.end()) continue;
        try {
            add_table(connection, table);
        } catch (const StorageError &error) {
            if (error.fault() == StorageFault::unavailable || error.fault() == StorageFault::busy) throw;
            problems.append(problems.empty() ? "" : "; ")
                .append("unable to make table " + std::string(table.name) + ": " + error.what());
        }
    }
    return problems;
}

void make_tables(Connection &connection) {
    for (const Table &table : kSchema) {
        connection.run(sql::create_table(table, connection.dialect()));
        for (const std::string &index : sql::create_indexes(table)) connection.run(index);
    }
}

void insert_data(Connection &connection, const DataSet &data, const std::function<void(std::size_t)> &on_row) {
    Inserter inserter(connection, on_row);
    visit_lists(data, [&](const auto &list) { inserter.put_all(list); });
    for (const auto &[place, amenity] : data.place_amenities) inserter.put(kPlaceAmenity, {place, amenity});
}

void empty_tables(Connection &connection) {
    for (auto table = kSchema.rbegin(); table != kSchema.rend(); ++table) {
        connection.execute("delete from " + std::string(table->name));
    }
}

}  // namespace hbnb
