// A field of a class: a column and the member that holds it. Class<T> is the one table of T's fields; everything that
// is done with all fields (JSON, SQL, input) goes through it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "model/column.hpp"
#include "model/value.hpp"

namespace hbnb {

// What every class has (BaseModel of the AirBnB clone). A value: copies and compares.
struct Entity {
    std::string id;          // UUIDv4, lower case
    std::string created_at;  // see Value
    std::string updated_at;

    // Of a database that others have made: bit i is set where it has null, or what cannot be read, for the class's
    // field i, whose member has no null of its own. The member is then "" or 0.
    std::uint32_t nulls = 0;

    bool operator==(const Entity &) const = default;
};

template <class T>
using Member =
    std::variant<std::string T::*, std::optional<std::string> T::*, std::int64_t T::*, std::optional<double> T::*>;

template <class T>
struct Field {
    Column column;
    Member<T> member;
};

template <class T>
struct Class;  // specialised by each class: kName, kTable, kFields

// The fields of Entity, then T's own.
template <class T, class... Own>
constexpr std::array<Field<T>, 3 + sizeof...(Own)> fields_of(Own... own) {
    return {Field<T>{id("id"), &T::id}, Field<T>{time("created_at"), &T::created_at},
            Field<T>{time("updated_at"), &T::updated_at}, own...};
}

namespace detail {

template <class T>
constexpr auto columns_of() {
    std::array<Column, Class<T>::kFields.size()> columns;
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i] = Class<T>::kFields[i].column;
    return columns;
}

template <class T>
inline constexpr auto kColumns = columns_of<T>();

inline Value value_of(const std::string &text) { return text; }
inline Value value_of(std::int64_t integer) { return integer; }
template <class Held>
Value value_of(const std::optional<Held> &held) {
    return held ? Value(*held) : Value();
}

inline bool is_null(const Value &value) {
    return std::holds_alternative<std::monostate>(value) || std::holds_alternative<Unreadable>(value);
}

// Returns whether the member has no way to say that it is null.
template <class Held>
bool assign(Held &member, Value value) {
    const bool has_none = is_null(value);
    member = has_none ? Held{} : std::get<Held>(std::move(value));
    return has_none;
}
template <class Held>
bool assign(std::optional<Held> &member, Value value) {
    if (is_null(value)) {
        member.reset();
    } else {
        member = std::get<Held>(std::move(value));
    }
    return false;
}

}  // namespace detail

template <class T>
inline constexpr Table kTableOf{Class<T>::kTable, Class<T>::kName, detail::kColumns<T>};

namespace detail {

template <class T, class Owner>
constexpr const Field<T> &reference_to() {
    for (const Field<T> &field : Class<T>::kFields) {
        if (field.column.refers_to == Class<Owner>::kTable) return field;
    }
    throw "T has no field that refers to Owner";
}

}  // namespace detail

// The field of T that holds the id of its Owner: City's state_id for State. Does not compile where there is none.
template <class T, class Owner>
inline constexpr const Field<T> &kReference = detail::reference_to<T, Owner>();

// The field's bit in Entity::nulls.
template <class T>
std::uint32_t bit_of(const Field<T> &field) {
    static_assert(Class<T>::kFields.size() <= 32);
    return std::uint32_t{1} << (&field - Class<T>::kFields.data());
}

template <class T>
bool has_null(const T &object, const Field<T> &field) {
    return object.nulls != 0 && (object.nulls & bit_of(field)) != 0;
}

template <class T>
Value get(const T &object, const Field<T> &field) {
    if (has_null(object, field)) return {};
    return std::visit([&](auto member) { return detail::value_of(object.*member); }, field.member);
}

// Null goes into any field. Throws std::bad_variant_access where the value is of another kind than the column.
template <class T>
void set(T &object, const Field<T> &field, Value value) {
    const bool is_bare =
        std::visit([&](auto member) { return detail::assign(object.*member, std::move(value)); }, field.member);
    object.nulls = is_bare ? object.nulls | bit_of(field) : object.nulls & ~bit_of(field);
}

template <class T>
Row to_row(const T &object) {
    Row row;
    row.reserve(Class<T>::kFields.size());
    for (const Field<T> &field : Class<T>::kFields) row.push_back(get(object, field));
    return row;
}

template <class T>
T from_row(Row row) {
    T object;
    for (std::size_t i = 0; i < row.size(); ++i) set(object, Class<T>::kFields[i], std::move(row[i]));
    return object;
}

}  // namespace hbnb
