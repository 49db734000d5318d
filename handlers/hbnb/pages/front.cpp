#include "pages/front.hpp"

#include <stdexcept>
#include <string>

namespace hbnb::pages {

Front front_of(std::string_view name) {
    if (name.empty()) return Front::site;
    std::string known;
    for (const FrontName &one : kFronts) {
        if (one.name == name) return one.front;
        known.append(known.empty() ? "" : ", ").append(one.name);
    }
    throw std::runtime_error("unable to choose the routes: HBNB_FRONT is " + std::string(name) + "; known: " + known);
}

}  // namespace hbnb::pages
