#include "config/language/subtree.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hbnb::config {

namespace {

bool are_digits(std::string_view text, std::string_view digits) {
    return !text.empty() && text.find_first_not_of(digits) == std::string_view::npos;
}

// [-+]?[0-9]+ | 0o[0-7]+ | 0x[0-9a-fA-F]+
bool is_whole_number(std::string_view text) {
    if (text.starts_with("0o")) return are_digits(text.substr(2), "01234567");
    if (text.starts_with("0x")) return are_digits(text.substr(2), "0123456789abcdefABCDEF");
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    return are_digits(text, "0123456789");
}

// [-+]? ( \.[0-9]+ | [0-9]+ (\.[0-9]*)? ) ([eE][-+]?[0-9]+)?
bool is_fraction(std::string_view text) {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    const std::size_t e = text.find_first_of("eE");
    if (e != std::string_view::npos) {
        std::string_view exponent = text.substr(e + 1);
        if (exponent.starts_with('-') || exponent.starts_with('+')) exponent.remove_prefix(1);
        if (!are_digits(exponent, "0123456789")) return false;
        text = text.substr(0, e);
    }
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos) return are_digits(text, "0123456789");
    const std::string_view whole = text.substr(0, dot), rest = text.substr(dot + 1);
    const auto is_digits_or_empty = [](std::string_view part) {
        return part.empty() || are_digits(part, "0123456789");
    };
    return is_digits_or_empty(whole) && is_digits_or_empty(rest) && !(whole.empty() && rest.empty());
}

bool is_no_number(std::string_view text) {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    return text == ".inf" || text == ".Inf" || text == ".INF" || text == ".nan" || text == ".NaN" || text == ".NAN";
}

template <class Number>
std::optional<Number> parsed(std::string_view text, int base) {
    Number number{};
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<nlohmann::json> whole_number(std::string_view text) {
    const int base = text.starts_with("0o") ? 8 : text.starts_with("0x") ? 16 : 10;
    if (base != 10) text.remove_prefix(2);
    if (text.starts_with('+')) text.remove_prefix(1);
    if (const auto number = parsed<std::uint64_t>(text, base)) return *number;
    if (const auto number = parsed<std::int64_t>(text, base)) return *number;
    return std::nullopt;
}

std::optional<nlohmann::json> fraction(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    double number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || stop != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
    return number;
}

nlohmann::json plain_scalar(const Node &node, const std::string &key, Findings &findings) {
    const std::string &text = node.text;
    if (text == "true" || text == "True" || text == "TRUE") return true;
    if (text == "false" || text == "False" || text == "FALSE") return false;
    std::optional<nlohmann::json> number;
    if (is_whole_number(text)) {
        number = whole_number(text);
        if (!number)
            findings.add(node.place, key,
                         "found " + in_quotes(text) +
                             "; allowed a whole number from -2^63 to 2^64-1; put it in quotes to hand it on as text");
        return number.value_or(nullptr);
    }
    if (is_fraction(text)) number = fraction(text);
    if (number) return *number;
    if (is_fraction(text) || is_no_number(text)) {
        findings.add(node.place, key,
                     "found " + in_quotes(text) + ", which JSON cannot say; put it in quotes to hand it on as text");
        return nullptr;
    }
    return text;
}

}  // namespace

nlohmann::json to_json(const Node &node, const std::string &key, Findings &findings) {
    switch (node.kind) {
        case Node::Kind::nothing: return nullptr;
        case Node::Kind::plain: return plain_scalar(node, key, findings);
        case Node::Kind::quoted: return node.text;
        case Node::Kind::list: {
            auto list = nlohmann::json::array();
            for (const Node &item : node.items) list.push_back(to_json(item, join_index(key, list.size()), findings));
            return list;
        }
        case Node::Kind::mapping: break;
    }
    auto object = nlohmann::json::object();
    for (const Entry &entry : node.entries)
        object[entry.key] = to_json(entry.value, join_key(key, entry.key), findings);
    return object;
}

}  // namespace hbnb::config
