// A field of a class: a column and the member that holds it. Class<T> is the one table of T's fields; everything that
// is done with all fields (JSON, SQL, input) goes through it.
#pragma once

#include <array>
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

template <class Held>
void assign(Held &member, Value value) {
    member = std::get<Held>(std::move(value));
}
template <class Held>
void assign(std::optional<Held> &member, Value value) {
    if (std::holds_alternative<std::monostate>(value)) {
        member.reset();
    } else {
        member = std::get<Held>(std::move(value));
    }
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

template <class T>
Value get(const T &object, const Field<T> &field) {
    return std::visit([&](auto member) { return detail::value_of(object.*member); }, field.member);
}

// Throws std::bad_variant_access where the value is not of the column's kind.
template <class T>
void set(T &object, const Field<T> &field, Value value) {
    std::visit([&](auto member) { detail::assign(object.*member, std::move(value)); }, field.member);
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
