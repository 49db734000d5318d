#include "model/json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "model/schema.hpp"

namespace hbnb {

namespace {

// What an existing database holds may be no UTF-8; that must not cost the answer.
std::string dumped(const nlohmann::json &json) {
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool is_plain(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }

// Most text is plain; what is not, the library writes.
void append(std::string &out, const std::string &text) {
    if (std::all_of(text.begin(), text.end(), is_plain)) {
        out.append(1, '"').append(text).append(1, '"');
    } else {
        out += dumped(text);
    }
}

template <class Number>
void append_digits(std::string &out, Number number) {
    std::array<char, 32> digits;
    out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

void append(std::string &out, std::int64_t number) { append_digits(out, number); }

void append(std::string &out, double number) {
    if (!std::isfinite(number)) {
        out += "null";
        return;
    }
    const std::size_t begin = out.size();
    append_digits(out, number);
    if (out.find_first_of(".e", begin) == std::string::npos) out += ".0";
}

template <class Held>
void append(std::string &out, const std::optional<Held> &held) {
    if (held) {
        append(out, *held);
    } else {
        out += "null";
    }
}

// The shown fields in the order of their names, behind __class__, which comes before all small letters.
template <class T>
std::vector<const Field<T> *> sorted_fields() {
    std::vector<const Field<T> *> fields;
    for (const Field<T> &field : Class<T>::kFields) {
        if (field.column.is_shown) fields.push_back(&field);
    }
    std::sort(fields.begin(), fields.end(), [](auto *a, auto *b) { return a->column.name < b->column.name; });
    return fields;
}

template <class T>
void append_object(std::string &out, const T &object) {
    static const std::vector<const Field<T> *> fields = sorted_fields<T>();
    out.append("{\"__class__\":\"").append(Class<T>::kName).append(1, '"');
    for (const Field<T> *field : fields) {
        out.append(",\"").append(field->column.name).append("\":");
        if (has_null(object, *field)) {
            out += "null";
            continue;
        }
        std::visit([&](auto member) { append(out, object.*member); }, field->member);
    }
    out += '}';
}

}  // namespace

template <class T>
std::string object_json(const T &object) {
    std::string out;
    append_object(out, object);
    return out += '\n';
}

template <class T>
void ListJson<T>::add(std::span<const T> objects) {
    for (const T &object : objects) {
        if (!is_empty_) text_ += ',';
        is_empty_ = false;
        append_object(text_, object);
    }
}

template <class T>
std::string ListJson<T>::end() {
    text_ += "]\n";
    return take();
}

template <class T>
std::string list_json(std::span<const T> objects) {
    ListJson<T> list;
    list.add(objects);
    return list.end();
}

std::string shown_text(const std::string &text) { return nlohmann::json::parse(dumped(text)).get<std::string>(); }

std::string to_json_text(const nlohmann::json &json) { return dumped(json) + "\n"; }

template std::string object_json(const State &);
template std::string object_json(const City &);
template std::string object_json(const Amenity &);
template std::string object_json(const User &);
template std::string object_json(const Place &);
template std::string object_json(const Review &);
template class ListJson<Place>;
template std::string list_json(std::span<const State>);
template std::string list_json(std::span<const City>);
template std::string list_json(std::span<const Amenity>);
template std::string list_json(std::span<const User>);
template std::string list_json(std::span<const Place>);
template std::string list_json(std::span<const Review>);

}  // namespace hbnb
