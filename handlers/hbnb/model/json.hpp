// The serialised form of objects: every shown column and __class__, keys sorted, compact, one final newline.
#pragma once

#include <span>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "model/field.hpp"

namespace hbnb {

// For the six classes; instantiated in json.cpp. Written straight into the text: a list of all places is most of what
// the application sends.
template <class T>
std::string object_json(const T &object);

template <class T>
std::string list_json(std::span<const T> objects);

// A long list in pieces: what has been added may be taken at any time, and what end() returns is the rest.
template <class T>
class ListJson {
  public:
    void add(std::span<const T> objects);
    std::size_t size() const { return text_.size(); }  // bytes that were not taken
    std::string take() { return std::exchange(text_, {}); }
    std::string end();

  private:
    std::string text_{"["};
    bool is_empty_ = true;
};

// The text as an answer has it, and a client gives it back: what is no UTF-8 has become U+FFFD.
std::string shown_text(const std::string &text);

// Of a small document that is no object of ours.
std::string to_json_text(const nlohmann::json &json);

}  // namespace hbnb
