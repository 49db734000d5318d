#include "model/input.hpp"

#include <algorithm>
#include <cmath>

#include "model/json.hpp"
#include "model/json_fault.hpp"

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
    return Value(number);  // finite: the parser has refused what is not
}

// Whether the answer to a GET has it so. Clients that know no integers beyond 2^53 send the nearest one back.
bool is_shown_as(const Value &held, const Json &given) {
    if (const auto *text = std::get_if<std::string>(&held)) {
        const auto *other = given.get_ptr<const std::string *>();
        return other != nullptr && (*other == *text || *other == shown_text(*text));
    }
    if (const auto *integer = std::get_if<std::int64_t>(&held))
        return given.is_number() && given.get<double>() == static_cast<double>(*integer);
    if (const auto *real = std::get_if<double>(&held)) return given.is_number() && given.get<double>() == *real;
    return given.is_null();
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
    // The parser takes a NUL for the end, and would pass over whatever stands behind it.
    if (text.find('\0') != std::string_view::npos) return Refusal{kNotJson};
    Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) return Refusal{what_is_wrong(text).value_or(kNotJson)};
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

Proposals read_proposals(const Table &table, const Json &object, Purpose purpose) {
    Proposals proposals;
    for (const Column &column : table.columns) {
        if (!may_write(column, purpose)) continue;
        const auto found = object.find(column.name);
        if (found != object.end()) proposals.push_back({&column, &*found, read_value(column, *found)});
    }
    return proposals;
}

Checked<Changes> changes_to(const Row &row, const Table &table, const Proposals &proposals) {
    Changes changes;
    for (const Proposal &one : proposals) {
        const auto index = static_cast<std::size_t>(one.column - table.columns.data());
        if (one.column->is_shown && is_shown_as(row[index], *one.given)) continue;
        if (!one.value) return one.value.error();
        changes.push_back({one.column, *one.value});
    }
    return changes;
}

Checked<Changes> read_changes(const Table &table, const Json &object, Purpose purpose) {
    Changes changes;
    for (Proposal &one : read_proposals(table, object, purpose)) {
        if (!one.value) return one.value.error();
        changes.push_back({one.column, std::move(*one.value)});
    }
    return changes;
}

}  // namespace hbnb
