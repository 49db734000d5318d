// What of ours a database has.
#pragma once

#include <string>
#include <vector>

#include "storage/connection.hpp"

namespace hbnb {

struct Inventory {
    bool has_any_table = false;
    std::vector<std::string> missing;  // "cities", or "places.latitude" where the table is there and the column is not

    bool is_partial() const { return has_any_table && !missing.empty(); }
    std::string what_is_missing() const;
};

Inventory take_inventory(Connection &connection);

// The first column of each row.
std::vector<std::string> query_texts(Connection &connection, const std::string &sql,
                                     std::span<const Value> parameters = {});

}  // namespace hbnb
