// All the data as one JSON document: {"users":[{"id":…,"created_at":…,"email":…,…},…],"states":[…],"cities":[…],
// "amenities":[…],"places":[…],"reviews":[…],"place_amenity":[{"place_id":…,"amenity_id":…},…]}. A row is an object
// with all the columns of its table, the password's hash included.
#pragma once

#include <iosfwd>

#include "model/refusal.hpp"
#include "storage/connection.hpp"
#include "storage/data_set.hpp"

namespace hbnb::data {

// Every value is checked as if it came by the API, every reference must be to a row of the document. A refusal names
// the row and the column: "places[3].name must be a string". A password that is no hash is hashed. Lists that are not
// there are empty; other keys are ignored.
Checked<DataSet> read_data(std::istream &in);

// A row a line. Throws StorageError. The caller looks whether `out` is still good.
void write_data(std::ostream &out, Connection &connection);

}  // namespace hbnb::data
