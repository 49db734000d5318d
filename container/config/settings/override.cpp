#include "config/settings/override.hpp"

#include <charconv>
#include <optional>
#include <utility>

#include "base/log.hpp"
#include "config/language/limits.hpp"
#include "config/language/text_file.hpp"
#include "config/settings/settings.hpp"

namespace hbnb::config {

namespace {

struct Step {
    std::string key;
    std::vector<std::size_t> indices;  // listen[0] has one
};

// A word ends at the next dot; a mount, which begins with a slash and may contain dots, at its ".plugin", ".config" or
// ".timeouts".
std::size_t word_end(std::string_view rest) {
    if (!rest.starts_with('/')) return std::min(rest.find('.'), rest.size());
    std::size_t end = rest.size();
    for (const std::string_view word : {".plugin", ".config", ".timeouts"}) {
        const std::size_t at = rest.find(word);
        const bool is_whole =
            at != std::string_view::npos && (at + word.size() == rest.size() || rest[at + word.size()] == '.');
        if (is_whole) end = std::min(end, at);
    }
    return end;
}

// Moves "[0][1]" from the end of a word into its indices; false where that is malformed.
bool split_indices(Step &step) {
    const std::size_t open = step.key.find('[');
    if (step.key.starts_with('/') || open == std::string::npos) return true;
    std::string_view rest = std::string_view(step.key).substr(open);
    while (!rest.empty()) {
        const std::size_t close = rest.find(']');
        std::size_t index = 0;
        if (rest.front() != '[' || close == std::string_view::npos) return false;
        const auto [stop, error] = std::from_chars(rest.data() + 1, rest.data() + close, index);
        if (error != std::errc() || stop != rest.data() + close) return false;
        step.indices.push_back(index);
        rest.remove_prefix(close + 1);
    }
    step.key.resize(open);
    return !step.key.empty();
}

std::optional<std::vector<Step>> steps_of(std::string_view key) {
    std::vector<Step> steps;
    while (true) {
        const std::size_t end = word_end(key);
        Step step{std::string(key.substr(0, end)), {}};
        if (step.key.empty() || !split_indices(step)) return std::nullopt;
        steps.push_back(std::move(step));
        if (end == key.size()) return steps;
        key.remove_prefix(end + 1);
    }
}

class Walk {
  public:
    Walk(const std::string &set, Node &root, Findings &findings)
        : place_{0, 0, set}, node_(&root), findings_(findings) {}

    // Null: the way is blocked, and a finding says by what.
    Node *to(const std::vector<Step> &steps) {
        for (const Step &step : steps) {
            if (!enter(step.key)) return nullptr;
            for (const std::size_t index : step.indices)
                if (!enter(index)) return nullptr;
        }
        return node_;
    }

  private:
    bool enter(const std::string &key) {
        // What may be a text or a section (log.access) becomes the section; elsewhere a text in the way is a mistake.
        const bool may_become_section = find_setting(Scope::root, walked_) && is_section(Scope::root, walked_);
        if (node_->is_scalar() && may_become_section) *node_ = Node{};
        if (node_->kind == Node::Kind::nothing) node_->kind = Node::Kind::mapping, node_->place = place_;
        if (node_->kind != Node::Kind::mapping) return blocked("a mapping");
        if (!node_->find(key)) node_->entries.push_back({key, place_, Node{}});
        Entry &entry = *node_->find(key);
        if (entry.value.kind == Node::Kind::nothing) entry.place = entry.value.place = place_;
        walked_ = join_key(walked_, key);
        node_ = &entry.value;
        return true;
    }

    bool enter(std::size_t index) {
        if (node_->kind == Node::Kind::nothing) node_->kind = Node::Kind::list, node_->place = place_;
        if (node_->kind != Node::Kind::list) return blocked("a list");
        if (index > node_->items.size()) {
            findings_.add(place_, walked_,
                          "found the index " + std::to_string(index) + "; the list has " +
                              std::to_string(node_->items.size()) + " items");
            return false;
        }
        if (index == node_->items.size()) node_->items.push_back(Node{Node::Kind::nothing, place_, {}, {}, {}});
        walked_ = join_index(walked_, index);
        node_ = &node_->items[index];
        return true;
    }

    bool blocked(const std::string &needed) {
        findings_.add(place_, walked_,
                      "found " + found_text(*node_) + "; allowed " + needed + ", to set something in it");
        return false;
    }

    const Place place_;
    Node *node_;
    Findings &findings_;
    std::string walked_;
};

}  // namespace

Result<Override> parse_override(const std::string &text) {
    const auto refuse = [&](const std::string &why) {
        return Error{"unable to read --set " + escape_control(in_quotes(text)) + ": " + why +
                     "; expected KEY=VALUE, such as pools.hbnb.workers.max=8"};
    };
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) return refuse("there is no '='");
    std::string key = text.substr(0, equals);
    if (key.empty()) return refuse("there is no key before '='");
    if (key.size() > kOverrideKeyMax)
        return refuse("the key is longer than " + std::to_string(kOverrideKeyMax) + " bytes");
    if (!steps_of(key)) return refuse("the key is malformed");
    return Override{std::move(key), text.substr(equals + 1)};
}

void apply_override(const Override &change, Node &root, Findings &findings) {
    const Place place{0, 0, change.key};
    const auto steps = steps_of(change.key);
    if (!steps) return findings.add(place, {}, "the key is malformed; expected words with dots between them");
    if (!is_clean_text(change.key, change.key, findings) || !is_clean_text(change.value, change.key, findings)) return;
    auto value = parse_document(change.value, change.key, findings);
    if (!value) return;
    if (Node *target = Walk(change.key, root, findings).to(*steps)) {
        *target = *std::move(value);
        target->place = place;
    }
}

}  // namespace hbnb::config
