// What of ours a database has.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/connection.hpp"

namespace hbnb {

// On a server this table is there from before the first of ours is made until the sample data is in: where nobody makes
// tables and it is there, whoever did so was killed.
inline constexpr std::string_view kUnfinishedTable = "hbnb_unfinished";

struct Inventory {
    bool has_any_table = false;
    bool is_unfinished = false;
    std::vector<std::string> missing_tables;   // "cities"
    std::vector<std::string> missing_columns;  // "places.latitude": the table is there, and the column is not

    bool is_whole() const {
        return has_any_table && missing_tables.empty() && missing_columns.empty() && !is_unfinished;
    }
    std::string which_columns_are_missing() const;  // a sentence for the operator; "": none
};

Inventory take_inventory(Connection &connection);

// The first column of each row.
std::vector<std::string> query_texts(Connection &connection, const std::string &sql,
                                     std::span<const Value> parameters = {});

}  // namespace hbnb
