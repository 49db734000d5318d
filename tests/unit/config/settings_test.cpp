// The table against itself and against Config.
#include <doctest/doctest.h>

#include <set>

#include "config/language/limits.hpp"
#include "config/settings/settings.hpp"
#include "config/settings/value.hpp"
#include "unit/config/config_file.hpp"

using namespace hbnb;
using namespace hbnb::config;

namespace {

// A file in which every row of the table has a place.
const char *const kFile =
    "pools: { p: { listen: [ { unix: s }, { tcp: \"127.0.0.1:9000\" } ], handlers: { mounts: { /: { plugin: ./a.so } } "
    "} } }";

std::string key_in_file(const Setting &row) {
    std::string scope;
    switch (row.scope) {
        case Scope::root: return std::string(row.key);
        case Scope::pool: scope = "pools.p."; break;
        case Scope::unix_listener: scope = "pools.p.listen[0]."; break;
        case Scope::tcp_listener: scope = "pools.p.listen[1]."; break;
        case Scope::mount: scope = "pools.p.handlers.mounts./."; break;
    }
    return scope.append(row.key);
}

bool has_default(const Setting &row) { return row.access.show && !row.is_required && row.unset.empty(); }

bool has_range(const Setting &row) { return row.range.max > 0; }

Value as_value(const Setting &row, std::uint64_t number) {
    if (row.type == Type::duration) return Duration(static_cast<Duration::rep>(number));
    return number;
}

Node plain(const std::string &text) {
    Node node;
    node.kind = Node::Kind::plain;
    node.text = text;
    return node;
}

}  // namespace

TEST_CASE("the default that the table shows is what leaving the key out gives") {
    const ConfigFile file(kFile);
    const Config without = file.config();
    for (const Setting &row : settings()) {
        if (!has_default(row) || row.key == "log.access.format") continue;  // which has no place while the log is off
        INFO(pattern(row));
        CHECK(file.config({key_in_file(row) + "=" + default_text(row)}) == without);
    }
}

TEST_CASE("every setting has a help, and a default or a word for its absence") {
    std::set<std::string> seen;
    for (const Setting &row : settings()) {
        INFO(pattern(row));
        CHECK_FALSE(row.help.empty());
        CHECK_FALSE(row.help.ends_with('.'));
        CHECK_FALSE(allowed_text(row).empty());
        CHECK((row.is_required || !row.unset.empty() || !default_text(row).empty()));
        CHECK(find_setting(row.scope, row.key) == &row);
        CHECK(seen.insert(std::to_string(static_cast<int>(row.scope)) + std::string(row.key)).second);
    }
}

TEST_CASE("both ends of every range are allowed and kept, and one beyond them is not") {
    for (const Setting &row : settings()) {
        if (!has_range(row)) continue;
        INFO(pattern(row));
        Pool pool;
        UnixListener unix_listener;
        TcpListener tcp_listener;
        Plugin plugin;
        const Owner owner = row.scope == Scope::pool            ? Owner(&pool)
                            : row.scope == Scope::unix_listener ? Owner(&unix_listener)
                            : row.scope == Scope::mount         ? Owner(&plugin)
                                                                : Owner(&tcp_listener);
        const auto text = [&](std::uint64_t number) {
            std::string written = value_text(row, as_value(row, number));
            std::erase(written, '"');
            return written;
        };
        for (const std::uint64_t end : {row.range.min, row.range.max}) {
            const auto value = read_value(row, plain(text(end)));
            REQUIRE(value.has_value());
            row.access.store(owner, *value);
            CHECK(row.access.show(owner) == as_value(row, end));
        }
        CHECK_FALSE(read_value(row, plain(text(row.range.max + 1))).has_value());
        if (row.range.min > 1) CHECK_FALSE(read_value(row, plain(text(row.range.min - 1))).has_value());
        CHECK(read_value(row, plain(row.type == Type::mode ? "000" : "0")).has_value() ==
              (row.range.min == 0 || !row.range.zero.empty()));
    }
}

TEST_CASE("a default is in its range") {
    for (const Setting &row : settings()) {
        if (!has_default(row) || !has_range(row)) continue;
        INFO(pattern(row));
        std::string text = default_text(row);
        std::erase(text, '"');
        CHECK(read_value(row, plain(text)).has_value());
    }
}

TEST_CASE("values are written in their largest unit without a rest") {
    CHECK(duration_text(90'000'000'000) == "90s");
    CHECK(duration_text(86'400'000'000'000) == "1d");
    CHECK(duration_text(1) == "1ns");
    CHECK(size_text(64 << 10) == "64KiB");
    CHECK(size_text((64 << 10) + 1) == "65537B");
    CHECK(size_text(0) == "0");
}
