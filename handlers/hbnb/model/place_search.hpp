// What POST /places_search asks for.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "model/refusal.hpp"

namespace hbnb {

// Ids, ascending, each once. The places of the listed states and of the listed cities, or all places where neither is
// listed; of these the ones that have every listed amenity.
struct PlaceSearch {
    std::vector<std::string> states, cities, amenities;
    bool is_everywhere() const { return states.empty() && cities.empty(); }
    bool is_for_all() const { return is_everywhere() && amenities.empty(); }
    bool operator==(const PlaceSearch &) const = default;
};

// A list that is missing, null or empty asks for nothing; other keys are ignored. Refused where a value is no list, or
// an element no string.
Checked<PlaceSearch> read_place_search(const nlohmann::json &object);

}  // namespace hbnb
