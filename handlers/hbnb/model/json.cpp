#include "model/json.hpp"

#include "model/schema.hpp"

namespace hbnb {

namespace {

nlohmann::json to_json_value(Value value) {
    return std::visit(
        [](auto &&held) -> nlohmann::json {
            if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::monostate>) {
                return nullptr;
            } else {
                return std::forward<decltype(held)>(held);
            }
        },
        std::move(value));
}

}  // namespace

template <class T>
nlohmann::json to_json_object(const T &object) {
    nlohmann::json json{{"__class__", Class<T>::kName}};
    for (const Field<T> &field : Class<T>::kFields) {
        if (field.column.is_shown) json[std::string(field.column.name)] = to_json_value(get(object, field));
    }
    return json;
}

template <class T>
nlohmann::json to_json_list(std::span<const T> objects) {
    nlohmann::json list = nlohmann::json::array();
    for (const T &object : objects) list.push_back(to_json_object(object));
    return list;
}

// What an existing database holds may be no UTF-8; that must not cost the answer.
std::string to_json_text(const nlohmann::json &json) {
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

template nlohmann::json to_json_object(const State &);
template nlohmann::json to_json_object(const City &);
template nlohmann::json to_json_object(const Amenity &);
template nlohmann::json to_json_object(const User &);
template nlohmann::json to_json_object(const Place &);
template nlohmann::json to_json_object(const Review &);
template nlohmann::json to_json_list(std::span<const State>);
template nlohmann::json to_json_list(std::span<const City>);
template nlohmann::json to_json_list(std::span<const Amenity>);
template nlohmann::json to_json_list(std::span<const User>);
template nlohmann::json to_json_list(std::span<const Place>);
template nlohmann::json to_json_list(std::span<const Review>);

}  // namespace hbnb
