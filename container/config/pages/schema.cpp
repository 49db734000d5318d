#include <nlohmann/json.hpp>

#include <string>

#include "config/language/limits.hpp"
#include "config/pages/reference.hpp"
#include "config/settings/settings.hpp"
#include "config/settings/value.hpp"

namespace hbnb::config {

namespace {

using nlohmann::ordered_json;

ordered_json text(const std::string &form) { return {{"type", "string"}, {"pattern", form}}; }

ordered_json reference_to(const std::string &name) { return {{"$ref", "#/definitions/" + name}}; }

// Whole numbers are checked in full; of units an editor sees the form, the loader sees the range.
ordered_json with_unit(const Setting &row, const std::string &units) {
    ordered_json form = text("^[0-9]+(" + units + ")$");
    const bool may_be_zero = row.range.min == 0 || !row.range.zero.empty();
    if (!may_be_zero) return form;
    return {{"anyOf", {form, {{"const", 0}}}}};
}

ordered_json count(const Setting &row) {
    ordered_json form = {{"type", "integer"}, {"minimum", row.range.min}, {"maximum", row.range.max}};
    if (row.range.zero.empty()) return form;
    return {{"anyOf", {form, {{"const", 0}}}}};
}

ordered_json map_of(const std::string &keys, const std::string &definition) {
    return {
        {"type", "object"}, {"patternProperties", {{keys, reference_to(definition)}}}, {"additionalProperties", false}};
}

ordered_json list_of(const ordered_json &items) {
    return {{"type", "array"}, {"items", items}, {"maxItems", kListMax}};
}

ordered_json type_of(const Setting &row) {
    switch (row.type) {
        case Type::flag: return {{"type", "boolean"}};
        case Type::count: return count(row);
        case Type::percent: return with_unit(row, "%");
        case Type::size: return with_unit(row, "B|KiB|MiB|GiB|TiB");
        case Type::duration: return with_unit(row, "ns|us|ms|s|m|h|d");
        case Type::mode: return {{"type", {"string", "integer"}}, {"pattern", "^[0-7]{3,4}$"}};
        case Type::account: return {{"type", {"string", "integer"}}};
        case Type::choice: return {{"enum", row.choices}};
        case Type::address: return text("^(\\[[0-9a-fA-F:.]+\\]|[0-9.]+):[0-9]+$");
        case Type::uids: return list_of({{"type", "integer"}, {"minimum", 0}, {"maximum", 0xfffffffeU}});
        case Type::peers: return list_of({{"type", "string"}});
        case Type::words: return list_of({{"type", {"string", "number", "boolean"}}});
        case Type::subtree: return {{"type", {"object", "null"}}};
        case Type::pools: {
            ordered_json pools = map_of("^[A-Za-z0-9_-]{1," + std::to_string(kPoolNameMax) + "}$", "pool");
            pools["minProperties"] = 1;
            return pools;
        }
        case Type::mounts: return map_of("^/", "mount");
        case Type::listeners: {
            ordered_json listeners =
                list_of({{"oneOf", {reference_to("unix_listener"), reference_to("tcp_listener")}}});
            listeners["minItems"] = 1;
            return listeners;
        }
        default: return {{"type", "string"}};
    }
}

ordered_json object() {
    return {{"type", "object"}, {"properties", ordered_json::object()}, {"additionalProperties", false}};
}

std::string title(const Setting &row) {
    std::string help(row.help);
    if (row.access.show && !row.is_required && !row.may_be_empty && row.unset.empty())
        help += " (default: " + default_text(row) + ")";
    return help;
}

ordered_json section_object(Scope scope, const std::string &section);

ordered_json entry(Scope scope, const std::string &key) {
    const Setting *row = find_setting(scope, key);
    if (!row) return section_object(scope, key);
    ordered_json form = type_of(*row);
    if (is_section(scope, key)) form = {{"anyOf", {form, section_object(scope, key)}}};
    form["description"] = title(*row);
    return form;
}

ordered_json section_object(Scope scope, const std::string &section) {
    ordered_json form = object();
    if (!section.empty()) form["type"] = {"object", "null"};  // all its keys may be commented out
    for (const std::string &word : keys_below(scope, section)) {
        const std::string key = section.empty() ? word : section + "." + word;
        form["properties"][word] = entry(scope, key);
        const Setting *row = find_setting(scope, key);
        if (row && row->is_required) form["required"].push_back(word);
    }
    return form;
}

}  // namespace

std::string schema_json() {
    ordered_json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", "hbnb.yaml"}};
    schema.update(section_object(Scope::root, ""));
    schema["definitions"] = {{"pool", section_object(Scope::pool, "")},
                             {"unix_listener", section_object(Scope::unix_listener, "")},
                             {"tcp_listener", section_object(Scope::tcp_listener, "")},
                             {"mount", section_object(Scope::mount, "")}};
    return schema.dump(2) + "\n";
}

}  // namespace hbnb::config
