// Fills a database. Inside the caller's transaction (MySQL commits with each table); throws StorageError.
#pragma once

#include <functional>

#include "storage/connection.hpp"
#include "storage/data_set.hpp"

namespace hbnb {

void make_tables(Connection &connection);  // and indexes; those that are missing

// `on_row` is called after each row with the number of rows so far.
void insert_data(Connection &connection, const DataSet &data, const std::function<void(std::size_t)> &on_row = {});

// Deletes every row of our tables.
void empty_tables(Connection &connection);

}  // namespace hbnb
