// How a failed CHECK prints a vector. Included by every test here that compares some, so that all agree on it.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace doctest {
template <class Value>
struct StringMaker<std::vector<Value>> {
    static String convert(const std::vector<Value> &values) {
        std::string text = "{";
        for (const Value &value : values) text += (text.size() > 1 ? ", " : "") + std::string(toString(value).c_str());
        return (text + "}").c_str();
    }
};
}  // namespace doctest
