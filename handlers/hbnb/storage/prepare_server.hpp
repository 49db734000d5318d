// What prepare.hpp promises, for a database on a server.
#pragma once

#include "storage/connection.hpp"
#include "storage/prepare.hpp"

namespace hbnb {

// A server that is away is no refusal: the routes that need it answer 503 until it is there, and every new connection of
// a Storage is prepared then (below).
Checked<void> prepare_server(const DatabaseUrl &url, Filling filling);

// The same over a connection. Throws StorageError.
Checked<void> prepare_server(Connection &connection, const DatabaseUrl &url, Filling filling);

}  // namespace hbnb
