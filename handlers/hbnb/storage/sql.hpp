// The SQL of the application, made from the tables. Pure text; parameters are :p0, :p1, … in the order of use.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/column.hpp"
#include "storage/dialect.hpp"

namespace hbnb::sql {

// Without references: where the tables referred to cannot have them, as of another character set.
enum class References { with, without };
std::string create_table(const Table &table, const Dialect &dialect, References references = References::with);
std::vector<std::string> create_indexes(const Table &table);  // one for each reference that the key does not cover

std::string select_all(const Table &table);                             // ascending id
std::string select_one(const Table &table);                             // :p0 id
std::string select_of(const Table &table, std::string_view reference);  // :p0 the id referred to; ascending id
std::string count(const Table &table);
std::string exists(std::string_view table);  // :p0 id; that id, or no row

// The class's objects that `link` ties to one of the other class: :p0 its id; ascending id.
std::string select_linked(const Dialect &dialect, const Table &table, const Table &link, std::string_view column,
                          std::string_view by);

// The ids of the rows that refer to one of a list of ids: :p0.
std::string select_children(const Dialect &dialect, const Table &table, std::string_view reference);

// Places, ascending id, at most `rows`. Parameters, in this order, where by_city: a list of cities, to be in one of
// them; by_amenity: a list of amenities, to have all of them, then (where is_behind) an id, then the number of
// amenities; is_behind: an id, to be behind it.
std::string search_places(const Dialect &dialect, bool by_city, bool by_amenity, bool is_behind, std::size_t rows);

std::string insert(const Table &table);                                             // a parameter a column
std::string update(const Table &table, std::span<const std::string_view> columns);  // then :pN the id

std::string remove_link(const Table &link);  // a parameter a column

// What deletes a row and everything that hangs on it, leaves first; each statement takes :p0, the id. The tables may
// themselves know no ON DELETE rule.
std::vector<std::string> remove(const Dialect &dialect, std::span<const Table> schema, const Table &table);

}  // namespace hbnb::sql
