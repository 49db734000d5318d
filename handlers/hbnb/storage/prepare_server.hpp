// What prepare.hpp promises, for a database on a server.
#pragma once

#include <chrono>

#include "storage/connection.hpp"
#include "storage/prepare.hpp"

namespace hbnb {

// A server that is away is no refusal: the routes that need it answer 503 until it is there, and every new connection of
// a Storage is prepared then (below). Neither is another process that takes more than five seconds to make the tables.
Checked<void> prepare_server(const DatabaseUrl &url, Filling filling);

// The same over a connection, waiting for at most `patience` while another process makes the tables (then it throws as if
// the server were away). What a process that was killed has begun is made anew, unless there are rows in it.
// Throws StorageError.
Checked<void> prepare_server(Connection &connection, const DatabaseUrl &url, Filling filling,
                             std::chrono::milliseconds patience);

}  // namespace hbnb
