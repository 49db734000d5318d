#include "config/language/document.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "config/language/limits.hpp"

namespace hbnb::config {

namespace {

// The end of a document. yaml-cpp 0.7 takes a quotation mark that is never closed, or an open list, for closed at the
// end of the file; in front of this line it does not.
constexpr const char *kEnd = "\n...\n";

// Leaves the parser from inside an event.
struct Refusal {
    Place place;
    std::string text;
};

// One open list or mapping.
struct Frame {
    Node node;
    std::unordered_map<std::string, Place> keys;  // of a mapping: those met so far
    bool has_key = false;                         // of a mapping: the next value belongs to `key`
    bool is_second = false;                       // ... which was there before
    std::string key;
    Place key_place;
};

class TreeBuilder : public YAML::EventHandler {
  public:
    TreeBuilder(std::string set, Findings &findings)
        : set_(std::move(set)), findings_(findings), last_key_{set_.empty() ? 1 : 0, 1, set_} {}

    Node take_root() { return std::move(root_); }

    Place place(const YAML::Mark &mark) const {
        if (!set_.empty()) return {0, 0, set_};
        if (mark.is_null()) return {};
        return {mark.line + 1, mark.column + 1, {}};
    }

    const Place &last_key() const { return last_key_; }

    void OnDocumentStart(const YAML::Mark &mark) override {
        if (std::exchange(has_document_, true))
            throw Refusal{place(mark), "found a second document or text outside the mapping; allowed one document"};
    }
    void OnDocumentEnd() override {}
    void OnAnchor(const YAML::Mark &mark, const std::string &name) override {
        throw Refusal{place(mark),
                      "found the anchor &" + name + "; anchors and aliases are not allowed, write the value out"};
    }
    void OnAlias(const YAML::Mark &mark, YAML::anchor_t) override {
        throw Refusal{place(mark), "found an alias; anchors and aliases are not allowed, write the value out"};
    }
    void OnNull(const YAML::Mark &mark, YAML::anchor_t) override {
        if (expects_key())
            throw Refusal{place(mark), "found a key that is nothing; allowed a word (null and ~ need quotation marks)"};
        attach(make(Node::Kind::nothing, mark));
    }
    void OnScalar(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t, const std::string &value) override {
        refuse_tag(mark, tag);
        if (expects_key()) return open_entry(value, place(mark));
        Node node = make(tag == "!" ? Node::Kind::quoted : Node::Kind::plain, mark);
        node.text = value;
        attach(std::move(node));
    }
    void OnSequenceStart(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {
        open(Node::Kind::list, mark, tag);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {
        open(Node::Kind::mapping, mark, tag);
    }
    void OnMapEnd() override { close(); }

  private:
    Node make(Node::Kind kind, const YAML::Mark &mark) const {
        Node node;
        node.kind = kind;
        // yaml-cpp gives an absent value the place of whatever comes next: its key is where people look.
        const bool absent = kind == Node::Kind::nothing && !open_.empty() && open_.back().has_key;
        node.place = absent ? open_.back().key_place : place(mark);
        return node;
    }

    bool expects_key() const {
        return !open_.empty() && open_.back().node.kind == Node::Kind::mapping && !open_.back().has_key;
    }

    void refuse_tag(const YAML::Mark &mark, const std::string &tag) const {
        if (tag.empty() || tag == "?" || tag == "!") return;
        throw Refusal{place(mark), "found the tag " + in_quotes(tag) + "; tags are not allowed"};
    }

    void open(Node::Kind kind, const YAML::Mark &mark, const std::string &tag) {
        refuse_tag(mark, tag);
        if (expects_key())
            throw Refusal{place(mark),
                          "found a list or a mapping that is a key or is never closed; allowed words as keys"};
        if (open_.size() == kDepthMax)
            throw Refusal{place(mark),
                          "found more than " + std::to_string(kDepthMax) + " levels of lists and mappings"};
        Frame frame;
        frame.node = make(kind, mark);
        open_.push_back(std::move(frame));
    }

    void close() {
        Node node = std::move(open_.back().node);
        open_.pop_back();
        attach(std::move(node));
    }

    void open_entry(const std::string &key, Place key_place) {
        if (key.size() > kKeyMax)
            throw Refusal{key_place, "found a key of " + std::to_string(key.size()) + " bytes; allowed at most " +
                                         std::to_string(kKeyMax)};
        Frame &frame = open_.back();
        frame.key = key;
        frame.key_place = last_key_ = key_place;
        frame.has_key = true;
        const auto [first, is_new] = frame.keys.emplace(key, key_place);
        frame.is_second = !is_new;
        if (is_new) return;
        std::string text = "found this key twice; the first";
        if (set_.empty())
            text += " is at line " + std::to_string(first->second.line) + ", column " +
                    std::to_string(first->second.column);
        else
            text += " is in the same value";
        findings_.add(key_place, key_here(), std::move(text));
    }

    std::string key_here() const {
        std::string key = set_;
        for (const Frame &frame : open_) {
            if (frame.node.kind == Node::Kind::list)
                key = join_index(key, frame.node.items.size());
            else
                key = join_key(key, frame.key);
        }
        return key;
    }

    void attach(Node node) {
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        Frame &frame = open_.back();
        if (frame.node.kind == Node::Kind::list) {
            frame.node.items.push_back(std::move(node));
            return;
        }
        frame.has_key = false;
        if (!frame.is_second) frame.node.entries.push_back({frame.key, frame.key_place, std::move(node)});
    }

    const std::string set_;
    Findings &findings_;
    std::vector<Frame> open_;
    bool has_document_ = false;
    Place last_key_;  // where to look for what is never closed
    Node root_;
};

int line_count(const std::string &text) { return static_cast<int>(std::count(text.begin(), text.end(), '\n')); }

// YAML forbids tabs where they would indent, and yaml-cpp then complains of something else.
bool is_indented_by_tab(const std::string &text, int line) {
    std::istringstream lines(text);
    std::string content;
    for (int i = 0; i <= line; ++i)
        if (!std::getline(lines, content)) return false;
    const auto end = content.find_first_not_of(" \t");
    return content.substr(0, end).find('\t') != std::string::npos;
}

bool is_address_in_brackets(std::string_view text) {
    if (text.size() < 4 || text.front() != '[' || text.back() != ']') return false;
    text = text.substr(1, text.size() - 2);
    return text.find("::") != std::string_view::npos || std::count(text.begin(), text.end(), ':') == 7;
}

// To YAML [::1]:9000 is a list with something behind it. Empty: there is no such thing without quotes in `text`.
std::string address_without_quotes(const std::string &text) {
    for (std::size_t open = text.find('['); open != std::string::npos; open = text.find('[', open + 1)) {
        const std::size_t after = text.find_first_not_of("0123456789abcdefABCDEF:.", open + 1);
        if (after == std::string::npos || text[after] != ']' || text.compare(after + 1, 1, ":") != 0) continue;
        if (!is_address_in_brackets(std::string_view(text).substr(open, after + 1 - open))) continue;
        if (open > 0 && (text[open - 1] == '"' || text[open - 1] == '\'')) continue;
        return text.substr(open, text.find_first_not_of("0123456789", after + 2) - open);
    }
    return {};
}

// What is wrong with a text that has an IPv6 address without quotes, and what to write; empty: it has none there.
// line: from 0, of the file.
std::string quotes_advice(const std::string &text, const std::string &set, int line) {
    std::istringstream lines(text);
    std::string content;
    for (int i = 0; i <= line; ++i)
        if (!std::getline(lines, content)) return {};
    const std::string address = address_without_quotes(content.substr(0, content.find(" #")));
    if (address.empty()) return {};
    const std::string example = set.empty() ? "\"" + address + "\"" : "--set '" + set + "=\"" + address + "\"'";
    const bool is_whole = set.empty() || text == address;
    return "found " + address +
           ", an IPv6 address without quotes; put it in quotes: " + (is_whole ? example : "\"" + address + "\"");
}

}  // namespace

Entry *Node::find(std::string_view key) {
    const auto found =
        std::find_if(entries.begin(), entries.end(), [&](const Entry &entry) { return entry.key == key; });
    return found == entries.end() ? nullptr : &*found;
}

const Entry *Node::find(std::string_view key) const { return const_cast<Node *>(this)->find(key); }

std::string found_text(const Node &node) {
    switch (node.kind) {
        case Node::Kind::nothing: return "nothing";
        case Node::Kind::list: return "a list";
        case Node::Kind::mapping: return "a mapping";
        case Node::Kind::quoted: return in_quotes(node.text) + " in quotes";
        case Node::Kind::plain: break;
    }
    return in_quotes(node.text);
}

std::string join_key(std::string_view parent, std::string_view name) {
    std::string key(parent);
    if (!key.empty()) key += '.';
    if (name.size() <= kFoundTextMax) return key.append(name);
    const std::string cut = in_quotes(name);
    return key + cut.substr(1, cut.size() - 2);
}

std::string join_index(std::string_view parent, std::size_t index) {
    return std::string(parent).append("[").append(std::to_string(index)).append("]");
}

std::optional<Node> parse_document(const std::string &text, const std::string &set, Findings &findings) {
    Findings duplicates;
    TreeBuilder tree(set, duplicates);
    const auto fail = [&](const Place &place, const std::string &why) {
        findings.add(place, {}, why);
        return std::nullopt;
    };
    try {
        std::istringstream in(text + kEnd);
        YAML::Parser parser(in);
        while (parser.HandleNextDocument(tree)) {
        }
    } catch (const Refusal &refusal) {
        const std::string advice = quotes_advice(text, set, std::max(refusal.place.line - 1, 0));
        return fail(refusal.place, advice.empty() ? refusal.text : advice);
    } catch (const YAML::Exception &error) {
        if (error.mark.line > line_count(text))
            return fail(tree.last_key(),
                        "unable to parse the YAML: a quotation mark, [ or { near here is never closed");
        if (const std::string advice = quotes_advice(text, set, error.mark.line); !advice.empty())
            return fail(tree.place(error.mark), advice);
        std::string why = "unable to parse the YAML: " + error.msg;
        if (is_indented_by_tab(text, error.mark.line)) why += "; the line begins with a tab, indent with spaces";
        return fail(tree.place(error.mark), why);
    } catch (const std::exception &error) {
        return fail({0, 0, set}, std::string("unable to parse the YAML: ") + error.what());
    }
    findings.append(duplicates);
    return tree.take_root();
}

}  // namespace hbnb::config
