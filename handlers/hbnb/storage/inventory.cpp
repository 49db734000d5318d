#include "storage/inventory.hpp"

#include <algorithm>

#include "model/schema.hpp"

namespace hbnb {

namespace {

bool contains(const std::vector<std::string> &names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::string Inventory::which_columns_are_missing() const {
    std::string list;
    for (const std::string &name : missing_columns) list += (list.empty() ? "" : ", ") + name;
    return list.empty() ? "" : "it has our tables, but lacks " + list;
}

Inventory take_inventory(Connection &connection) {
    const std::vector<std::string> tables = query_texts(connection, std::string(connection.dialect().tables));
    Inventory inventory;
    inventory.is_unfinished = contains(tables, kUnfinishedTable);
    for (const Table &table : kSchema) {
        const std::string name(table.name);
        if (!contains(tables, name)) {
            inventory.missing_tables.push_back(name);
            continue;
        }
        inventory.has_any_table = true;
        const Value parameters[] = {name};
        const auto columns = query_texts(connection, std::string(connection.dialect().columns_of), parameters);
        for (const Column &column : table.columns) {
            if (!contains(columns, column.name)) {
                inventory.missing_columns.push_back(name + "." + std::string(column.name));
            }
        }
    }
    return inventory;
}

std::vector<std::string> query_texts(Connection &connection, const std::string &sql,
                                     std::span<const Value> parameters) {
    constexpr Kind text[] = {Kind::text};
    std::vector<std::string> found;
    connection.each(sql, text, parameters, [&](Row row) {
        auto *value = std::get_if<std::string>(&row.front());
        found.push_back(value ? std::move(*value) : "");
    });
    return found;
}

}  // namespace hbnb
