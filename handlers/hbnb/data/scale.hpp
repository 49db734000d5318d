// Makes a database larger: every place that is there, with its reviews and its amenities, times N.
#pragma once

#include <cstddef>
#include <functional>

#include "storage/connection.hpp"

namespace hbnb::data {

// Adds factor - 1 copies of each place. The same database gets the same copies. A transaction a copy: what fails in
// between leaves whole copies. `on_copy` hears how many of them there are. Returns the number of places. Throws
// StorageError.
std::size_t scale(Connection &connection, std::size_t factor, const std::function<void(std::size_t)> &on_copy);

}  // namespace hbnb::data
