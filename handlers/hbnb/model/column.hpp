// One column of a class: its name, what it may hold, who may write it. JSON, input checks and SQL all come from this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace hbnb {

enum class Kind { text, time, integer, real };

enum class Writable { never, on_post, on_post_and_put };  // by the body of a request

struct Column {
    std::string_view name;
    Kind kind = Kind::text;
    std::size_t length = 0;  // text: the most characters (code points)
    std::int64_t least = 0;  // integer: the range a request may set, both ends included
    std::int64_t most = 0;
    bool is_nullable = false;
    bool is_required = false;  // POST without it (or with null) is "Missing <name>"
    bool is_shown = true;      // part of the serialised form
    Writable writable = Writable::never;
    std::string_view refers_to = {};  // the table whose id stands here; its rows take ours along when they are deleted

    template <class Member>
    constexpr Column with(Member Column::*member, Member value) const {
        Column copy = *this;
        copy.*member = value;
        return copy;
    }

    constexpr Column nullable() const { return with(&Column::is_nullable, true); }
    constexpr Column required() const { return with(&Column::is_required, true); }
    constexpr Column hidden() const { return with(&Column::is_shown, false); }
    constexpr Column on_post() const { return with(&Column::writable, Writable::on_post); }
    constexpr Column on_post_and_put() const { return with(&Column::writable, Writable::on_post_and_put); }
    constexpr Column of(std::string_view table) const { return with(&Column::refers_to, table); }
};

inline constexpr std::size_t kIdLength = 60;                 // width of an id column; our ids have 36 characters
inline constexpr std::int64_t kIntegerMin = -2'147'483'648;  // an int column of every database we speak to
inline constexpr std::int64_t kIntegerMax = 2'147'483'647;

constexpr Column text(std::string_view name, std::size_t length) { return {.name = name, .length = length}; }
constexpr Column id(std::string_view name) { return text(name, kIdLength); }
constexpr Column time(std::string_view name) { return {.name = name, .kind = Kind::time}; }
constexpr Column integer(std::string_view name) {
    return {.name = name, .kind = Kind::integer, .least = kIntegerMin, .most = kIntegerMax};
}
constexpr Column real(std::string_view name) { return {.name = name, .kind = Kind::real}; }

// One table of the database. class_name is empty for a table that only links two classes (its key is all its columns).
struct Table {
    std::string_view name;
    std::string_view class_name;
    std::span<const Column> columns;
};

}  // namespace hbnb
