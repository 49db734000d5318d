// Fills a database. Inside the caller's transaction (MySQL commits with each table); throws StorageError.
#pragma once

#include <functional>

#include "storage/connection.hpp"
#include "storage/data_set.hpp"

namespace hbnb {

void make_tables(Connection &connection);  // and indexes; those that are missing

// The named ones of our tables, empty, beside the others, which stay as they are. Returns what could not be made, a
// sentence for the operator, or "". Throws StorageError where the connection breaks.
std::string add_tables(Connection &connection, const std::vector<std::string> &names);

// `on_row` is called after each row with the number of rows so far.
void insert_data(Connection &connection, const DataSet &data, const std::function<void(std::size_t)> &on_row = {});

// Deletes every row of our tables.
void empty_tables(Connection &connection);

}  // namespace hbnb
