// The serialised form of objects: every shown column and __class__, keys sorted, compact, one final newline.
#pragma once

#include <span>

#include <nlohmann/json.hpp>

#include "model/field.hpp"

namespace hbnb {

// For the six classes; instantiated in json.cpp.
template <class T>
nlohmann::json to_json_object(const T &object);

template <class T>
nlohmann::json to_json_list(std::span<const T> objects);

std::string to_json_text(const nlohmann::json &json);

}  // namespace hbnb
