// The serialised form of objects: every shown column and __class__, keys sorted, compact, one final newline.
#pragma once

#include <span>
#include <string>

#include <nlohmann/json.hpp>

#include "model/field.hpp"

namespace hbnb {

// For the six classes; instantiated in json.cpp. Written straight into the text: a list of all places is most of what the
// application sends.
template <class T>
std::string object_json(const T &object);

template <class T>
std::string list_json(std::span<const T> objects);

// Of a small document that is no object of ours.
std::string to_json_text(const nlohmann::json &json);

}  // namespace hbnb
