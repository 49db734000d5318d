// What prepare.hpp promises, for a database on a server.
#pragma once

#include <chrono>

#include "storage/connection.hpp"
#include "storage/prepare.hpp"

namespace hbnb {

// For sample data, as plugins ask: a server that is away, or another process that takes long to make the tables, is no
// refusal: the routes that need them answer 503 until they are there, and every new connection of a Storage is prepared
// then (below). For nothing, as hbnb-data asks: only the server that is away is none.
Checked<Prepared> prepare_server(const DatabaseUrl &url, Filling filling);

// The same over a connection, waiting for at most `patience` while another process makes the tables: then it is busy.
// What a process that was killed has begun is gone on with; no table of ours is ever dropped, no row changed. Throws
// StorageError.
Checked<Prepared> prepare_server(Connection &connection, const DatabaseUrl &url, Filling filling,
                                 std::chrono::milliseconds patience);

// What the first of these would refuse now. Changes nothing.
Checked<void> look_at_server(const DatabaseUrl &url);

}  // namespace hbnb
