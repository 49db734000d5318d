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

// The object in the text, or "Not a JSON" for everything else: malformed, empty, no object. Where it would be one but
// for a number beyond a double, half a surrogate pair or bytes that are no UTF-8, the reason says so, with the key and
// the byte.
Checked<nlohmann::json> parse_object(std::string_view text);

// "Missing <name>" where the body has no such key, or null there.
Checked<void> check_present(const Column &column, const nlohmann::json &object);

// One value of a body as the column takes it: kind, length, range, null.
Checked<Value> read_value(const Column &column, const nlohmann::json &json);

// A value of a body for a column, or why the column does not take it.
struct Proposal {
    const Column *column;         // lives in the class's table
    const nlohmann::json *given;  // lives in the body
    Checked<Value> value;
};
using Proposals = std::vector<Proposal>;

// Of the columns that the body may write. What is no such column is ignored.
Proposals read_proposals(const Table &table, const nlohmann::json &object, Purpose purpose);

// Those that change the row. What the row shows already is neither refused nor written, whatever it is: an object can
// be fetched, edited and put back.
Checked<Changes> changes_to(const Row &row, const Table &table, const Proposals &proposals);

// The values of the columns that the body may write, each checked. What is no such column is ignored.
Checked<Changes> read_changes(const Table &table, const nlohmann::json &object, Purpose purpose);

}  // namespace hbnb
