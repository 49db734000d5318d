#include "storage/new_tables.hpp"

#include "storage/sample_data.hpp"
#include "storage/sql.hpp"
#include "storage/storage.hpp"

namespace hbnb {

namespace {

template <class T>
void insert_all(Connection &connection, const std::vector<T> &objects) {
    for (const T &object : objects) insert_row(connection, kTableOf<T>, to_row(object));
}

}  // namespace

void make_tables(Connection &connection) {
    for (const Table &table : kSchema) {
        connection.run(sql::create_table(table));
        for (const std::string &index : sql::create_indexes(table)) connection.run(index);
    }
    connection.run("pragma user_version = " + std::to_string(kSchemaVersion));
}

void insert_sample_data(Connection &connection) {
    const SampleData data = make_sample_data();
    insert_all(connection, data.states);
    insert_all(connection, data.cities);
    insert_all(connection, data.amenities);
    insert_all(connection, data.users);
    insert_all(connection, data.places);
    insert_all(connection, data.reviews);
    for (const auto &[place, amenity] : data.place_amenities) insert_row(connection, kPlaceAmenity, {place, amenity});
}

}  // namespace hbnb
