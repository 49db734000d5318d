// Databases that others have made of the application's tables: the same names, other types, other rules, other rows.
// Everything is made from the application's own table of its schema, so that a new column is in every shape. One
// thread.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "model/schema.hpp"
#include "storage/connection.hpp"
#include "unit/handlers/test_database.hpp"

namespace hbnb {

// What differs from the shape that we make ourselves, in every column that `is_for` names.
struct Shape {
    std::string name;
    std::function<std::string(const Table &, const Column &)> type{};  // "": the usual one
    bool is_nullable = false;
    // SQL literals, each for a row of its own, sound but for this column.
    std::function<std::vector<std::string>(const Table &, const Column &)> odd{};
    std::function<std::string(const Table &)> table_suffix{};
    bool has_keys = true;
    bool has_references = false;
    std::set<std::string_view> missing{};  // tables
};

inline bool is_key(const Column &column) { return column.name == "id" || !column.refers_to.empty(); }

inline std::string usual_type(const Column &column) {
    switch (column.kind) {
        case Kind::text: return "varchar(" + std::to_string(column.length) + ")";
        case Kind::time: return TestDatabase::kind() == DatabaseKind::postgresql ? "timestamp" : "datetime";
        case Kind::integer: return "int";
        case Kind::real: return TestDatabase::kind() == DatabaseKind::postgresql ? "real" : "float";
    }
    return {};
}

class OddDatabase {
  public:
    OddDatabase(const TestDatabase &database, const Shape &shape)
        : shape_(shape), connection_(database.url(), Opening::creating, std::chrono::seconds(30)) {
        for (const Table &table : kSchema) {
            if (!shape_.missing.contains(table.name)) make(table);
        }
        for (const Table &table : kSchema) {
            if (!shape_.missing.contains(table.name)) fill(table);
        }
    }

    // Of the rows that are in a table, the odd ones behind the first.
    static std::string row_id(std::string_view table, std::size_t row) {
        std::size_t number = 0;
        while (kSchema[number].name != table) ++number;
        std::string digits = std::to_string(number * 10000 + row);
        return "00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits;
    }
    std::size_t rows_of(std::string_view table) const {
        const auto found = rows_.find(table);
        return found == rows_.end() ? 0 : found->second;
    }

  private:
    void make(const Table &table) {
        std::string text = "create table " + std::string(table.name) + " (";
        for (const Column &column : table.columns) {
            const std::string type = shape_.type ? shape_.type(table, column) : "";
            const bool is_nullable = shape_.is_nullable || column.is_nullable;
            text += (&column == table.columns.data() ? "" : ", ") + std::string(column.name) + " " +
                    (type.empty() ? usual_type(column) : type) + (is_nullable ? " null" : " not null");
        }
        const bool is_link = table.class_name.empty();
        // A nullable key is no primary one, but on SQLite.
        const bool is_primary = !shape_.is_nullable || TestDatabase::kind() == DatabaseKind::sqlite;
        if (shape_.has_keys) {
            text += std::string(is_primary ? ", primary key (" : ", unique (") +
                    (is_link ? "place_id, amenity_id" : "id") + ")";
        }
        for (const Column &column : table.columns) {
            if (!shape_.has_references || column.refers_to.empty()) continue;
            text += ", foreign key (" + std::string(column.name) + ") references " + std::string(column.refers_to) +
                    " (id)";
        }
        connection_.run(text + ")" + (shape_.table_suffix ? shape_.table_suffix(table) : ""));
    }

    // A sound row, one that refers to nothing, and the odd ones.
    void fill(const Table &table) {
        insert(table, nullptr, "");
        for (const Column &column : table.columns) {
            if (!column.refers_to.empty() && !shape_.has_references)
                insert(table, &column, "'" + row_id("states", 9999) + "'");
            if (!shape_.odd) continue;
            for (const std::string &value : shape_.odd(table, column)) insert(table, &column, value);
        }
    }

    void insert(const Table &table, const Column *odd, const std::string &value) {
        std::string names, values;
        const std::size_t row = rows_[table.name]++;
        for (const Column &column : table.columns) {
            const char *separator = names.empty() ? "" : ", ";
            names += separator + std::string(column.name);
            values += separator + (&column == odd ? value : sound(table, column, row));
        }
        const std::string sql = "insert into " + std::string(table.name) + " (" + names + ") values (" + values + ")";
        try {
            connection_.run(sql);
        } catch (const StorageError &error) {
            FAIL(shape_.name << ": " << error.what() << ": " << sql);
        }
    }

    // A link's rows differ in the amenity, of which there are none but the first: orphans.
    static std::string sound(const Table &table, const Column &column, std::size_t row) {
        if (column.name == "id") return "'" + row_id(table.name, row) + "'";
        if (!column.refers_to.empty())
            return "'" + row_id(column.refers_to, column.name == "amenity_id" ? row : 0) + "'";
        switch (column.kind) {
            case Kind::text: return "'abc'";
            case Kind::time: return "'2017-03-25 02:17:06'";
            case Kind::integer: return "2";
            case Kind::real: return "1.5";
        }
        return {};
    }

    const Shape &shape_;
    Connection connection_;
    std::map<std::string_view, std::size_t> rows_;
};

}  // namespace hbnb
