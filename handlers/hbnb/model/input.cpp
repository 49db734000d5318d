#include "model/input.hpp"

#include <algorithm>
#include <cmath>

namespace hbnb {

namespace {

using Json = nlohmann::json;

constexpr char kNotJson[] = "Not a JSON";

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string lower(std::string_view text) {
    std::string result(text);
    for (char &c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

// The parser has refused invalid UTF-8, so every byte that continues none begins a character.
std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

Refusal refusal(const Column &column, const std::string &rule) { return {std::string(column.name) + " " + rule}; }

Checked<Value> read_text(const Column &column, const Json &json) {
    if (!json.is_string()) return refusal(column, "must be a string");
    const auto &text = json.get_ref<const std::string &>();
    if (characters(text) > column.length) {
        return refusal(column, "must not be longer than " + std::to_string(column.length) + " characters");
    }
    if (text.find('\0') != std::string::npos) return refusal(column, "must not contain a NUL character");
    return Value(text);
}

bool is_in_range(const Column &column, double number) {
    return number >= static_cast<double>(column.least) && number <= static_cast<double>(column.most);
}

Refusal out_of_range(const Column &column) {
    return refusal(column, "must be between " + std::to_string(column.least) + " and " + std::to_string(column.most));
}

// 4.0 is an integer, too: some clients write all numbers that way.
Checked<Value> read_integer(const Column &column, const Json &json) {
    if (!json.is_number()) return refusal(column, "must be an integer");
    const auto number = json.get<double>();  // every integer that is in range is exact
    if (json.is_number_float() && number != std::floor(number)) return refusal(column, "must be an integer");
    if (!is_in_range(column, number)) return out_of_range(column);
    return Value(static_cast<std::int64_t>(number));
}

Checked<Value> read_real(const Column &column, const Json &json) {
    if (!json.is_number()) return refusal(column, "must be a number");
    const auto number = json.get<double>();
    if (!is_in_range(column, number)) return out_of_range(column);
    return Value(number);
}

bool may_write(const Column &column, Purpose purpose) {
    if (column.writable == Writable::on_post_and_put) return true;
    return column.writable == Writable::on_post && purpose == Purpose::post;
}

}  // namespace

bool is_json_type(std::string_view content_type) {
    std::string_view type = content_type.substr(0, content_type.find(';'));
    while (!type.empty() && is_blank(type.back())) type.remove_suffix(1);
    while (!type.empty() && is_blank(type.front())) type.remove_prefix(1);
    const std::string name = lower(type);
    constexpr std::string_view prefix = "application/";
    if (!name.starts_with(prefix)) return false;
    return name == "application/json" || (name.ends_with("+json") && name.size() > prefix.size() + 5);
}

Checked<Json> parse_object(std::string_view text) {
    Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) return Refusal{kNotJson};
    return Checked<Json>(boost::system::in_place_value, std::move(json));
}

Checked<void> check_present(const Column &column, const Json &object) {
    const auto found = object.find(column.name);
    if (found == object.end() || found->is_null()) return Refusal{"Missing " + std::string(column.name)};
    return {};
}

Checked<Value> read_value(const Column &column, const Json &json) {
    if (json.is_null()) {
        if (!column.is_nullable) return refusal(column, "must not be null");
        return Value();
    }
    switch (column.kind) {
        case Kind::text: return read_text(column, json);
        case Kind::integer: return read_integer(column, json);
        case Kind::real: return read_real(column, json);
        case Kind::time: break;
    }
    return refusal(column, "is not writable");
}

Checked<Changes> read_changes(const Table &table, const Json &object, Purpose purpose) {
    Changes changes;
    for (const Column &column : table.columns) {
        if (!may_write(column, purpose)) continue;
        const auto found = object.find(column.name);
        if (found == object.end()) continue;
        Checked<Value> value = read_value(column, *found);
        if (!value) return value.error();
        changes.push_back({&column, std::move(*value)});
    }
    return changes;
}

}  // namespace hbnb
