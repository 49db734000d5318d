// From the body of a request to values that fit the columns. Pure; nothing is stored here.
#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

#include "model/column.hpp"
#include "model/refusal.hpp"
#include "model/value.hpp"

namespace hbnb {

enum class Purpose { post, put };

struct Change {
    const Column *column;  // lives in the class's table
    Value value;
};
using Changes = std::vector<Change>;

// "application/json" and "application/…+json", any case, parameters allowed.
bool is_json_type(std::string_view content_type);

// The object in the text, or "Not a JSON" for everything else: malformed, empty, no object, invalid UTF-8.
Checked<nlohmann::json> parse_object(std::string_view text);

// "Missing <name>" where the body has no such key, or null there.
Checked<void> check_present(const Column &column, const nlohmann::json &object);

// One value of a body as the column takes it: kind, length, range, null.
Checked<Value> read_value(const Column &column, const nlohmann::json &json);

// The values of the columns that the body may write, each checked. What is no such column is ignored.
Checked<Changes> read_changes(const Table &table, const nlohmann::json &object, Purpose purpose);

}  // namespace hbnb
