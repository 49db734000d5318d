#include "data/data_json.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <istream>
#include <ostream>
#include <unordered_map>
#include <unordered_set>

#include <nlohmann/json.hpp>

#include "model/identity.hpp"
#include "model/input.hpp"
#include "model/password.hpp"
#include "storage/sql.hpp"

namespace hbnb::data {

namespace {

using Json = nlohmann::json;

std::string in_row(const std::string &list, std::size_t index) { return list + "[" + std::to_string(index) + "]"; }

// "2017-03-25T02:17:06.000000"; a blank for the T and a missing fraction are what other programs write.
Checked<Value> read_time(const Column &column, const Json &json) {
    const Refusal refusal{std::string(column.name) + " must be a time, YYYY-MM-DDTHH:MM:SS.ffffff"};
    if (!json.is_string()) return refusal;
    const auto &text = json.get_ref<const std::string &>();
    unsigned year, month, day, hour, minute, second, micros = 0;
    int used = 0;
    char separator = 0;
    const int found = std::sscanf(text.c_str(), "%4u-%2u-%2u%c%2u:%2u:%2u%n", &year, &month, &day, &separator, &hour,
                                  &minute, &second, &used);
    if (found != 7 || (separator != 'T' && separator != ' ')) return refusal;
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)), std::chrono::month(month),
                                           std::chrono::day(day)};
    if (!date.ok() || hour > 23 || minute > 59 || second > 59) return refusal;
    if (static_cast<std::size_t>(used) != text.size()) {
        int rest = 0;
        if (std::sscanf(text.c_str() + used, ".%6u%n", &micros, &rest) != 1 || rest != 7) return refusal;
        if (static_cast<std::size_t>(used + rest) != text.size()) return refusal;
    }
    std::array<char, 80> stamp;
    std::snprintf(stamp.data(), stamp.size(), "%04u-%02u-%02uT%02u:%02u:%02u.%06u", year, month, day, hour, minute,
                  second, micros);
    return Value(std::string(stamp.data()));
}

Checked<Value> read_column(const Column &column, const Json &row) {
    const auto found = row.find(column.name);
    if (found == row.end() && !column.is_nullable) return Refusal{std::string(column.name) + " is missing"};
    if (found == row.end()) return Value();
    if (column.kind == Kind::time) return read_time(column, *found);
    Checked<Value> value = read_value(column, *found);
    const bool is_key = column.name == "id" || !column.refers_to.empty();
    if (value && is_key && !is_id(std::get<std::string>(*value)))
        return Refusal{std::string(column.name) + " is no id"};
    return value;
}

Checked<Row> read_row(std::span<const Column> columns, const Json &json) {
    Row row;
    for (const Column &column : columns) {
        Checked<Value> value = read_column(column, json);
        if (!value) return value.error();
        row.push_back(std::move(*value));
    }
    return row;
}

// Takes the document's rows one by one, so that no more of it than one row is ever a JSON value.
class Reader {
  public:
    DataSet data;
    std::string problem;    // the first one
    bool has_ours = false;  // some name is one of our tables; others are ignored

    // What nlohmann's parser calls; true: it keeps the value.
    bool operator()(int depth, Json::parse_event_t event, Json &parsed) {
        if (!problem.empty()) return false;
        if (depth == 1 && event == Json::parse_event_t::key) {
            list_ = parsed.get<std::string>();
            index_ = 0;
            is_ours_ = is_table(list_);
            has_ours |= is_ours_;
        }
        const bool is_no_list = event == Json::parse_event_t::value || event == Json::parse_event_t::object_start;
        if (depth == 1 && is_ours_ && is_no_list) problem = list_ + " must be an array of rows";
        const bool is_row_end = event == Json::parse_event_t::object_end || event == Json::parse_event_t::value;
        if (depth != 2 || !is_row_end) return true;
        take(parsed);
        ++index_;
        return false;
    }

  private:
    bool is_table(const std::string &name) {
        bool is_ours = name == kPlaceAmenity.name;
        visit_lists(data, [&](auto &list) {
            is_ours = is_ours || name == kTableOf<typename std::decay_t<decltype(list)>::value_type>.name;
        });
        return is_ours;
    }

    void take(const Json &json) {
        bool is_ours = false;
        visit_lists(data, [&](auto &list) {
            using T = typename std::decay_t<decltype(list)>::value_type;
            if (list_ != kTableOf<T>.name) return;
            is_ours = true;
            if (const auto row = checked(kTableOf<T>.columns, json)) list.push_back(from_row<T>(*row));
        });
        if (is_ours || list_ != kPlaceAmenity.name) return;
        if (const auto row = checked(kPlaceAmenityColumns, json)) {
            data.place_amenities.emplace_back(std::get<std::string>((*row)[0]), std::get<std::string>((*row)[1]));
        }
    }

    std::optional<Row> checked(std::span<const Column> columns, const Json &json) {
        if (!json.is_object()) {
            problem = in_row(list_, index_) + " must be an object";
            return std::nullopt;
        }
        Checked<Row> row = read_row(columns, json);
        if (row) return std::move(*row);
        problem = in_row(list_, index_) + "." + row.error().reason;
        return std::nullopt;
    }

    std::string list_;
    std::size_t index_ = 0;
    bool is_ours_ = false;
};

// Which ids there are, by table; the second of an id is a problem, and so is a reference to none.
class References {
  public:
    std::string problem;

    explicit References(const DataSet &data) {
        visit_lists(data, [&](const auto &list) { check_list(list); });
        for (std::size_t i = 0; i < data.place_amenities.size() && problem.empty(); ++i) {
            const auto &[place, amenity] = data.place_amenities[i];
            check(kPlaceAmenity, {place, amenity}, i);
            if (!ids_[kPlaceAmenity.name].insert(place + " " + amenity).second) {
                problem = in_row(std::string(kPlaceAmenity.name), i) + " is there twice";
            }
        }
    }

  private:
    template <class T>
    void check_list(const std::vector<T> &list) {
        for (std::size_t i = 0; i < list.size() && problem.empty(); ++i) {
            check(kTableOf<T>, to_row(list[i]), i);
            if (ids_[kTableOf<T>.name].insert(list[i].id).second) continue;
            problem = in_row(std::string(kTableOf<T>.name), i) + ".id is there twice: " + list[i].id;
        }
    }

    void check(const Table &table, const Row &row, std::size_t index) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            const Column &column = table.columns[i];
            if (column.refers_to.empty()) continue;
            const auto &id = std::get<std::string>(row[i]);
            if (ids_[column.refers_to].count(id) > 0) continue;
            problem = in_row(std::string(table.name), index) + "." + std::string(column.name) +
                      " refers to no row of " + std::string(column.refers_to) + ": " + id;
        }
    }

    std::unordered_map<std::string_view, std::unordered_set<std::string>> ids_;
};

nlohmann::ordered_json to_json(const Table &table, Row row) {
    nlohmann::ordered_json json = nlohmann::ordered_json::object();
    for (std::size_t i = 0; i < row.size(); ++i) {
        auto &member = json[std::string(table.columns[i].name)];
        std::visit(
            [&](auto &&held) {
                using Held = std::decay_t<decltype(held)>;
                constexpr bool is_null = std::is_same_v<Held, std::monostate> || std::is_same_v<Held, Unreadable>;
                if constexpr (!is_null) member = std::move(held);
            },
            std::move(row[i]));
    }
    return json;
}

}  // namespace

Checked<DataSet> read_data(std::istream &in) {
    Reader reader;
    Json rest;
    try {
        rest = Json::parse(in, std::ref(reader));
    } catch (const Json::parse_error &error) {
        return Refusal{error.what()};
    }
    if (!reader.problem.empty()) return Refusal{reader.problem};
    if (!rest.is_object()) return Refusal{"it is no JSON object"};
    if (!reader.has_ours) return Refusal{"it has none of the tables: users, states, cities …"};
    const References references(reader.data);
    if (!references.problem.empty()) return Refusal{references.problem};
    for (User &user : reader.data.users) {
        if (!is_hashed(user.password)) user.password = hash_password(user.password);
    }
    return std::move(reader.data);
}

void write_data(std::ostream &out, Connection &connection) {
    Transaction snapshot(connection, Access::reading);
    out << '{';
    for (const Table &table : kSchema) {
        if (&table != &kSchema.front()) out << ',';
        out << "\n\"" << table.name << "\":[";
        std::vector<Kind> kinds;
        for (const Column &column : table.columns) kinds.push_back(column.kind);
        const char *separator = "\n";
        connection.each(sql::select_all(table), kinds, {}, [&](Row row) {
            out << separator << to_json(table, std::move(row)).dump(-1, ' ', false, Json::error_handler_t::replace);
            separator = ",\n";
        });
        out << ']';
    }
    out << "\n}\n";
    snapshot.commit();
}

}  // namespace hbnb::data
