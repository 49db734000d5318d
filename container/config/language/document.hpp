// A YAML text as a tree of values with places; the only code that meets yaml-cpp. It knows nothing of settings.
// Narrower than YAML on purpose: one document, no anchors, aliases or tags (so nothing can multiply), keys are
// scalars of at most kKeyMax bytes, no key twice in a mapping, at most kDepthMax levels (config/language/limits.hpp).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/language/findings.hpp"

namespace hbnb::config {

struct Entry;

struct Node {
    enum class Kind {
        nothing,
        plain,
        quoted,
        list,
        mapping
    };  // plain and quoted: scalars without and with quotation marks
    Kind kind = Kind::nothing;
    Place place;
    std::string text;            // of a scalar
    std::vector<Node> items;     // of a list
    std::vector<Entry> entries;  // of a mapping, in the file's order

    bool is_scalar() const { return kind == Kind::plain || kind == Kind::quoted; }
    Entry *find(std::string_view key);
    const Entry *find(std::string_view key) const;
};

struct Entry {
    std::string key;
    Place place;  // of the key
    Node value;
};

// What stands there, for sentences: `nothing`, `a list`, `a mapping`, `"text"`, `"8" in quotes`.
std::string found_text(const Node &node);

// How the key `name` below `parent` is written in sentences and on the command line.
std::string join_key(std::string_view parent, std::string_view name);

// "pools.hbnb.listen[0]": the same for an item of a list.
std::string join_index(std::string_view parent, std::size_t index);

// Nothing, and exactly one finding, for a text that cannot be parsed; keys written twice are found besides, the first
// counts. With `set`, the text is the value of that override, and every place in it is the override.
std::optional<Node> parse_document(const std::string &text, const std::string &set, Findings &findings);

}  // namespace hbnb::config
