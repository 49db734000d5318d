#include "storage/sql.hpp"

#include "model/schema.hpp"

namespace hbnb::sql {

namespace {

std::string parameter(std::size_t index) { return ":p" + std::to_string(index); }

std::string names(const Table &table, const std::string &before = "") {
    std::string list;
    for (const Column &column : table.columns) {
        list.append(list.empty() ? "" : ", ").append(before).append(column.name);
    }
    return list;
}

std::string select(const Table &table) { return "select " + names(table) + " from " + std::string(table.name); }

std::string type_of(const Column &column, const Dialect &dialect) {
    switch (column.kind) {
        case Kind::text: return "varchar(" + std::to_string(column.length) + ")" + std::string(dialect.text_suffix);
        case Kind::time: return std::string(dialect.time_type);
        case Kind::integer: return "int";
        case Kind::real: return std::string(dialect.real_type);
    }
    return {};
}

std::string definition(const Column &column, const Dialect &dialect) {
    std::string line =
        std::string(column.name) + " " + type_of(column, dialect) + (column.is_nullable ? " null" : " not null");
    if (column.kind == Kind::integer) line += " default 0";
    return line;
}

std::string is_one_of(const Dialect &dialect, std::string_view column, std::size_t index) {
    return std::string(column).append(dialect.in_before) + parameter(index) + std::string(dialect.in_after);
}

bool is_link(const Table &table) { return table.class_name.empty(); }

std::string primary_key(const Table &table) { return is_link(table) ? names(table) : "id"; }

std::string compared(const Dialect &dialect, const std::string &column) {
    return std::string(dialect.id_before) + column + std::string(dialect.id_after);
}

void append_removal(std::vector<std::string> &statements, const Dialect &dialect, std::span<const Table> schema,
                    const Table &table, const std::string &condition) {
    for (const Table &other : schema) {
        for (const Column &column : other.columns) {
            if (column.refers_to != table.name) continue;
            append_removal(statements, dialect, schema, other,
                           std::string(column.name) + " in (select " + compared(dialect, "id") + " from " +
                               std::string(table.name) + " where " + condition + ")");
        }
    }
    statements.push_back("delete from " + std::string(table.name) + " where " + condition);
}

}  // namespace

std::string create_table(const Table &table, const Dialect &dialect, References references) {
    std::string text = "create table if not exists " + std::string(table.name) + " (";
    for (const Column &column : table.columns) text += definition(column, dialect) + ", ";
    text += "primary key (" + primary_key(table) + ")";
    for (const Column &column : table.columns) {
        if (column.refers_to.empty() || references == References::without) continue;
        text +=
            ", foreign key (" + std::string(column.name) + ") references " + std::string(column.refers_to) + " (id)";
    }
    return text + ")" + std::string(dialect.table_suffix);
}

std::vector<std::string> create_indexes(const Table &table) {
    std::vector<std::string> statements;
    for (const Column &column : table.columns) {
        const bool leads_key = is_link(table) && column.name == table.columns.front().name;
        if (column.refers_to.empty() || leads_key) continue;
        const std::string name = std::string(table.name) + "_" + std::string(column.name);
        // With the key behind it, the rows of one owner come out in their order, and a link needs no look at its row.
        const std::string columns =
            std::string(column.name) + ", " + (is_link(table) ? std::string(table.columns.front().name) : "id");
        statements.push_back("create index if not exists " + name + " on " + std::string(table.name) + " (" + columns +
                             ")");
    }
    return statements;
}

std::string select_all(const Table &table) { return select(table) + " order by " + primary_key(table); }

std::string select_one(const Table &table) { return select(table) + " where id = :p0"; }

std::string select_of(const Table &table, std::string_view reference) {
    return select(table) + " where " + std::string(reference) + " = :p0 order by id";
}

std::string count(const Table &table) { return "select count(*) from " + std::string(table.name); }

std::string exists(std::string_view table) { return "select id from " + std::string(table) + " where id = :p0"; }

std::string select_linked(const Dialect &dialect, const Table &table, const Table &link, std::string_view column,
                          std::string_view by) {
    const std::string name(table.name), linked(link.name);
    return "select " + names(table, name + ".") + " from " + linked + " join " + name + " on " + name +
           ".id = " + compared(dialect, linked + "." + std::string(column)) + " where " + linked + "." +
           std::string(by) + " = :p0 order by " + name + ".id";
}

std::string select_children(const Dialect &dialect, const Table &table, std::string_view reference) {
    return "select id from " + std::string(table.name) + " where " + is_one_of(dialect, reference, 0);
}

std::string search_places(const Dialect &dialect, bool by_city, bool by_amenity, bool is_behind, std::size_t rows) {
    std::size_t parameters = 0;
    std::vector<std::string> conditions;
    if (by_city) conditions.push_back(is_one_of(dialect, "city_id", parameters++));
    if (by_amenity) {
        std::string having = "id in (select " + compared(dialect, "place_id") + " from place_amenity where " +
                             is_one_of(dialect, "amenity_id", parameters++);
        if (is_behind) having += " and place_id > " + parameter(parameters++);
        conditions.push_back(having + " group by place_id having count(*) = " + parameter(parameters++) + ")");
    }
    if (is_behind) conditions.push_back("id > " + parameter(parameters));
    std::string text = select(kTableOf<Place>);
    for (std::size_t i = 0; i < conditions.size(); ++i) text += (i == 0 ? " where " : " and ") + conditions[i];
    return text + " order by id limit " + std::to_string(rows);
}

std::string insert(const Table &table) {
    std::string values;
    for (std::size_t i = 0; i < table.columns.size(); ++i) values += (i == 0 ? "" : ", ") + parameter(i);
    return "insert into " + std::string(table.name) + " (" + names(table) + ") values (" + values + ")";
}

std::string update(const Table &table, std::span<const std::string_view> columns) {
    std::string assignments;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        assignments.append(i == 0 ? "" : ", ").append(columns[i]).append(" = ").append(parameter(i));
    }
    return "update " + std::string(table.name) + " set " + assignments + " where id = " + parameter(columns.size());
}

std::string remove_link(const Table &link) {
    std::string text = "delete from " + std::string(link.name);
    for (std::size_t i = 0; i < link.columns.size(); ++i) {
        text.append(i == 0 ? " where " : " and ").append(link.columns[i].name).append(" = ").append(parameter(i));
    }
    return text;
}

std::vector<std::string> remove(const Dialect &dialect, std::span<const Table> schema, const Table &table) {
    std::vector<std::string> statements;
    append_removal(statements, dialect, schema, table, "id = :p0");
    return statements;
}

}  // namespace hbnb::sql
