// Leads tables of ours from an older shape to the one of this program.
#pragma once

#include "storage/connection.hpp"

namespace hbnb {

// From the version that the tables have (1 or more) to kSchemaVersion. Inside the caller's transaction: all of it or
// nothing. Throws StorageError.
void migrate(Connection &connection, std::int64_t from);

}  // namespace hbnb
