// The SQL of the application, made from the tables. Pure text; parameters are :p0, :p1, … in the order of use.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/column.hpp"

namespace hbnb::sql {

std::string create_table(const Table &table);
std::vector<std::string> create_indexes(const Table &table);  // one for each reference that the key does not cover

std::string select_all(const Table &table);                             // ascending id
std::string select_one(const Table &table);                             // :p0 id
std::string select_of(const Table &table, std::string_view reference);  // :p0 the id referred to; ascending id
std::string count(const Table &table);

std::string insert(const Table &table);                                             // a parameter a column
std::string update(const Table &table, std::span<const std::string_view> columns);  // then :pN the id

// What deletes a row and everything that hangs on it, leaves first; each statement takes :p0, the id. The tables may
// themselves know no ON DELETE rule.
std::vector<std::string> remove(std::span<const Table> schema, const Table &table);

}  // namespace hbnb::sql
