// Fills a database that has none of our tables. Inside the caller's transaction; throws StorageError.
#pragma once

#include "storage/connection.hpp"

namespace hbnb {

void make_tables(Connection &connection);  // tables, indexes, schema version
void insert_sample_data(Connection &connection);

}  // namespace hbnb
