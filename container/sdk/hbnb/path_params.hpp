// What the router took from the path: {"id", "2b9a…"} for the pattern "/states/<id>". Views into the exchange and the
// router; valid while handle runs.
#pragma once

#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace hbnb::sdk {

inline constexpr std::size_t kPathParamsMax = 8;

class PathParams {
  public:
    // The value of a parameter that the route's pattern names: never empty, as the web server decoded it, not UTF-8 by
    // itself. Another name is the programmer's mistake: std::logic_error.
    std::string_view operator[](std::string_view name) const {
        for (std::size_t i = 0; i < count_; ++i) {
            if (entries_[i].name == name) return entries_[i].value;
        }
        throw std::logic_error("unable to read path parameter <" + std::string(name) +
                               ">: the route's pattern has none of that name");
    }
    std::size_t size() const { return count_; }

    void push(std::string_view name, std::string_view value) {
        entries_[count_++] = {name, value};
    }  // size() < kPathParamsMax
    void pop() { --count_; }

  private:
    struct Entry {
        std::string_view name, value;
    };
    std::array<Entry, kPathParamsMax> entries_;
    std::size_t count_ = 0;
};

}  // namespace hbnb::sdk
