#include "config/settings/value.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>

#include "config/language/limits.hpp"

namespace hbnb::config {

namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr Unit kDurationUnits[] = {{"ns", 1},           {"us", 1'000},         {"ms", 1'000'000},     {"s", kSecond},
                                   {"m", 60 * kSecond}, {"h", 3600 * kSecond}, {"d", 86400 * kSecond}};
constexpr Unit kSizeUnits[] = {
    {"B", 1}, {"KiB", 1ull << 10}, {"MiB", 1ull << 20}, {"GiB", 1ull << 30}, {"TiB", 1ull << 40}};
constexpr Unit kPercentUnits[] = {{"%", 1}};

Error refused(const Setting &setting, const Node &node, const std::string &hint = {}) {
    const bool may_be_left_out = node.kind == Node::Kind::nothing && !setting.is_required;
    return Error{"found " + found_text(node) + "; allowed " + allowed_text(setting) +
                 (may_be_left_out ? "; leave the key out for the default" : hint)};
}

std::optional<std::uint64_t> whole_number(std::string_view digits, int base = 10) {
    std::uint64_t number = 0;
    const char *end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, number, base);
    if (error != std::errc() || stop != end) return std::nullopt;
    return number;
}

bool is_in_range(const Range &range, std::uint64_t number) {
    return (number >= range.min && number <= range.max) || (number == 0 && !range.zero.empty());
}

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

Result<Value> read_flag(const Setting &setting, const Node &node) {
    if (node.kind == Node::Kind::plain && (node.text == "true" || node.text == "false"))
        return Value(node.text == "true");
    return refused(setting, node);
}

Result<Value> read_count(const Setting &setting, const Node &node) {
    const auto number = node.kind == Node::Kind::plain ? whole_number(node.text) : std::nullopt;
    if (!number || !is_in_range(setting.range, *number)) return refused(setting, node);
    return Value(*number);
}

// The unit in a sentence's advice: the one of the default is what people have in mind.
std::string unit_hint(const Setting &setting, std::string_view digits) {
    std::string usual = default_text(setting);
    usual.erase(0, usual.find_first_not_of("0123456789"));
    if (usual.empty()) usual = setting.type == Type::size ? "MiB" : "s";
    return "; write a unit, such as " + std::string(digits) + usual;
}

template <std::size_t N>
Result<std::uint64_t> read_unit(const Setting &setting, const Node &node, const Unit (&units)[N]) {
    if (!node.is_scalar()) return refused(setting, node);
    const std::string_view text = node.text;
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = whole_number(text.substr(0, digits));
    const std::string_view name = text.substr(digits);
    if (!number) return refused(setting, node);
    if (name.empty() && *number == 0 && is_in_range(setting.range, 0)) return *number;
    if (name.empty()) return refused(setting, node, *number == 0 ? "" : unit_hint(setting, text));
    const auto *unit =
        std::find_if(std::begin(units), std::end(units), [&](const Unit &one) { return one.name == name; });
    if (unit == std::end(units)) {
        std::string names;
        for (const Unit &one : units) names += (names.empty() ? "" : ", ") + std::string(one.name);
        return refused(setting, node, "; the units are " + names);
    }
    if (*number > setting.range.max / unit->factor || !is_in_range(setting.range, *number * unit->factor))
        return refused(setting, node);
    return *number * unit->factor;
}

Result<Value> read_duration(const Setting &setting, const Node &node) {
    const auto number = read_unit(setting, node, kDurationUnits);
    if (!number) return number.error();
    return Value(Duration(static_cast<Duration::rep>(*number)));
}

Result<Value> read_mode(const Setting &setting, const Node &node) {
    const bool is_octal = node.is_scalar() && node.text.size() >= 3 && node.text.size() <= 4;
    const auto number = is_octal ? whole_number(node.text, 8) : std::nullopt;
    if (!number || !is_in_range(setting.range, *number)) return refused(setting, node);
    return Value(*number);
}

Result<Value> read_account(const Setting &setting, const Node &node) {
    const auto fits = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.';
    };
    if (!node.is_scalar() || node.text.size() > kAccountNameMax || node.text.starts_with('-') ||
        (node.text.empty() && !setting.may_be_empty) || !std::all_of(node.text.begin(), node.text.end(), fits))
        return refused(setting, node);
    return Value(node.text);
}

Result<Value> read_text(const Setting &setting, const Node &node) {
    if (!node.is_scalar() || (node.text.empty() && !setting.may_be_empty)) return refused(setting, node);
    if (has_control(node.text)) return refused(setting, node, "; control characters are not");
    if (node.text.find("${") != std::string::npos)
        return refused(setting, node, "; a variable is not replaced here: write its value, or give it with --set");
    if (node.text.size() > kPathMax) return refused(setting, node);
    return Value(node.text);
}

Result<Value> read_choice(const Setting &setting, const Node &node) {
    const auto &choices = setting.choices;
    if (!node.is_scalar() || std::find(choices.begin(), choices.end(), node.text) == choices.end())
        return refused(setting, node);
    return Value(node.text);
}

constexpr std::string_view kMapped = "::ffff:";

// "" for what is no IP address; otherwise the one way to write it.
std::string normal_address(const std::string &text) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    std::array<char, INET6_ADDRSTRLEN> normal{};
    for (const int family : {AF_INET, AF_INET6})
        if (inet_pton(family, text.c_str(), bytes.data()) == 1)
            return inet_ntop(family, bytes.data(), normal.data(), normal.size());
    return "";
}

// The IPv4 address that "::ffff:127.0.0.1" is; "" for another. normal: what normal_address says.
std::string mapped_address(const std::string &normal) {
    if (!normal.starts_with(kMapped) || normal.find('.') == std::string::npos) return "";
    return normal.substr(kMapped.size());
}

// An address in brackets and without quotes is a list to YAML, and "::" in it a mapping.
std::string quotes_hint(const Node &node) {
    const bool is_split = node.kind == Node::Kind::list || node.kind == Node::Kind::mapping;
    return is_split ? "; put an IPv6 address in quotes" : "";
}

Result<Value> read_address(const Setting &setting, const Node &node) {
    if (!node.is_scalar() || has_control(node.text)) return refused(setting, node, quotes_hint(node));
    const std::size_t colon = node.text.rfind(':');
    if (colon == std::string::npos) return refused(setting, node);
    std::string host = node.text.substr(0, colon);
    const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (in_brackets) host = host.substr(1, host.size() - 2);
    host = normal_address(host);
    const bool is_v6 = host.find(':') != std::string::npos;
    const auto port = whole_number(std::string_view(node.text).substr(colon + 1));
    if (host.empty() || is_v6 != in_brackets || !port || *port < 1 || *port > 65535) return refused(setting, node);
    if (const std::string v4 = mapped_address(host); !v4.empty())
        return refused(setting, node, "; write the IPv4 address itself: " + v4 + ":" + std::to_string(*port));
    return Value((is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(*port));
}

// The first item that `read` refuses is the one the sentence names.
template <class Item, class Read>
Result<Value> read_list(const Setting &setting, const Node &node, Read read) {
    if (node.kind != Node::Kind::list) return refused(setting, node);
    if (node.items.size() > kListMax)
        return Error{"found a list of " + std::to_string(node.items.size()) + "; allowed at most " +
                     std::to_string(kListMax)};
    std::vector<Item> items;
    for (const Node &item : node.items) {
        std::optional<Item> one = read(item);
        if (!one) {
            const std::string hint = setting.type == Type::peers ? quotes_hint(item) : "";
            return Error{"found " + found_text(item) + " in the list; allowed " + allowed_text(setting) + hint};
        }
        items.push_back(*std::move(one));
    }
    return Value(std::move(items));
}

std::optional<std::uint32_t> uid_of(const Node &item) {
    const auto number = item.kind == Node::Kind::plain ? whole_number(item.text) : std::nullopt;
    if (!number || *number >= 0xffffffff) return std::nullopt;  // the last one means "no user" to the kernel
    return static_cast<std::uint32_t>(*number);
}

std::optional<std::string> word_of(const Node &item) {
    if (!item.is_scalar() || has_control(item.text) || item.text.size() > kPathMax) return std::nullopt;
    return item.text;
}

// Where a relative path would start is not what a shell would do, so there is none.
Result<Value> read_words(const Setting &setting, const Node &node) {
    auto words = read_list<std::string>(setting, node, word_of);
    if (!words) return words;
    const auto &list = std::get<std::vector<std::string>>(*words);
    if (list.empty() || list.front().starts_with('/')) return words;
    if (!list.front().empty() && list.front().find('/') == std::string::npos) return words;
    return Error{"found the program " + in_quotes(list.front()) + "; allowed " + allowed_text(setting)};
}

std::optional<std::string> peer_of(const Node &item) {
    if (!item.is_scalar() || has_control(item.text)) return std::nullopt;
    std::string address = normal_address(item.text);
    if (address.empty()) return std::nullopt;
    std::string v4 = mapped_address(address);
    return v4.empty() ? std::move(address) : std::move(v4);
}

Result<Value> as_value(const Result<std::uint64_t> &number) {
    if (!number) return number.error();
    return Value(*number);
}

template <std::size_t N>
std::string in_largest_unit(std::uint64_t number, const Unit (&units)[N]) {
    if (number == 0) return "0";
    std::size_t i = N - 1;
    while (number % units[i].factor != 0) --i;
    return std::to_string(number / units[i].factor) + std::string(units[i].name);
}

std::string range_text(const Setting &setting, std::string (*text)(std::uint64_t)) {
    const auto &[min, max, zero] = setting.range;
    return " from " + text(min) + " to " + text(max) + (zero.empty() ? "" : ", or 0 (" + std::string(zero) + ")");
}

std::string words_text(std::span<const std::string_view> words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
        text += words[i];
    }
    return text;
}

std::string number_text(std::uint64_t number) { return std::to_string(number); }

std::string mode_text(std::uint64_t mode) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "\"%04llo\"", static_cast<unsigned long long>(mode));
    return text.data();
}

std::string number_in_units(const Setting &setting, std::uint64_t number) {
    switch (setting.type) {
        case Type::size: return size_text(number);
        case Type::percent: return std::to_string(number) + "%";
        case Type::mode: return mode_text(number);
        default: return std::to_string(number);
    }
}

}  // namespace

Result<Value> read_value(const Setting &setting, const Node &node) {
    switch (setting.type) {
        case Type::flag: return read_flag(setting, node);
        case Type::count: return read_count(setting, node);
        case Type::percent: return as_value(read_unit(setting, node, kPercentUnits));
        case Type::size: return as_value(read_unit(setting, node, kSizeUnits));
        case Type::duration: return read_duration(setting, node);
        case Type::mode: return read_mode(setting, node);
        case Type::account: return read_account(setting, node);
        case Type::choice: return read_choice(setting, node);
        case Type::address: return read_address(setting, node);
        case Type::uids: return read_list<std::uint32_t>(setting, node, uid_of);
        case Type::peers: return read_list<std::string>(setting, node, peer_of);
        case Type::words: return read_words(setting, node);
        default: return read_text(setting, node);
    }
}

std::string allowed_text(const Setting &setting) {
    switch (setting.type) {
        case Type::flag: return "true or false";
        case Type::count: return "a whole number" + range_text(setting, number_text);
        case Type::percent:
            return "a percentage from " + std::to_string(setting.range.min) + "% to " +
                   std::to_string(setting.range.max) + "%";
        case Type::size: return "a size" + range_text(setting, size_text);
        case Type::duration: return "a duration" + range_text(setting, duration_text);
        case Type::mode:
            return "an octal file mode from " + mode_text(setting.range.min) + " to " + mode_text(setting.range.max);
        case Type::account:
            return "a name or number of at most " + std::to_string(kAccountNameMax) +
                   " letters, digits, '_', '-' and '.'";
        case Type::path: return "a path of at most " + std::to_string(kPathMax) + " bytes";
        case Type::socket: return "a path of at most " + std::to_string(kSocketPathMax) + " bytes";
        case Type::error_log: return "stderr or a path";
        case Type::access_log: return "off, a path or a mapping of path and format";
        case Type::choice: return words_text(setting.choices);
        case Type::address: return "an IP address and a port from 1 to 65535, such as 127.0.0.1:9000 or \"[::1]:9000\"";
        case Type::uids: return "a list of user ids, such as [0, 33]";
        case Type::peers: return "a list of IP addresses, such as [10.0.0.5, \"::1\"]";
        case Type::words:
            return "a list of a program (a name without a slash, or an absolute path) and its arguments, such as "
                   "[valgrind, -q]";
        case Type::plugin: return "a file name such as api.so, or a path";
        case Type::subtree: return "a mapping";
        case Type::pools: return "a mapping from each pool's name to its settings";
        case Type::listeners: return "a list of { unix: PATH } and { tcp: ADDRESS:PORT }";
        case Type::mounts: return "a mapping from paths to { plugin: FILE, config: { ... } }";
    }
    return "";
}

std::string value_text(const Setting &setting, const Value &value) {
    if (const auto *flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
    if (const auto *number = std::get_if<std::uint64_t>(&value)) return number_in_units(setting, *number);
    if (const auto *duration = std::get_if<Duration>(&value))
        return duration_text(static_cast<std::uint64_t>(duration->count()));
    std::string items;
    if (const auto *uids = std::get_if<std::vector<std::uint32_t>>(&value)) {
        for (const auto uid : *uids) items += (items.empty() ? "" : ", ") + std::to_string(uid);
        return "[" + items + "]";
    }
    if (const auto *texts = std::get_if<std::vector<std::string>>(&value)) {
        for (const auto &text : *texts) items += (items.empty() ? "" : ", ") + yaml_string(text);
        return "[" + items + "]";
    }
    const auto &text = std::get<std::string>(value);
    const bool is_word = setting.type == Type::choice || setting.type == Type::subtree;
    const bool is_name =
        (setting.type == Type::error_log && text == "stderr") || (setting.type == Type::access_log && text == "off");
    return is_word || is_name ? text : yaml_string(text);
}

std::string default_text(const Setting &setting) { return value_text(setting, default_value(setting)); }

std::string duration_text(std::uint64_t nanoseconds) { return in_largest_unit(nanoseconds, kDurationUnits); }

std::string size_text(std::uint64_t bytes) { return in_largest_unit(bytes, kSizeUnits); }

std::string yaml_string(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) {
            result += c;
            continue;
        }
        std::array<char, 8> escaped{};
        std::snprintf(escaped.data(), escaped.size(), "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
        result += escaped.data();
    }
    return result + "\"";
}

}  // namespace hbnb::config
