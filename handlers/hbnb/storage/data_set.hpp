// All that a database of ours holds, as values: sample data, imports.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/schema.hpp"

namespace hbnb {

struct DataSet {
    std::vector<State> states;
    std::vector<City> cities;
    std::vector<Amenity> amenities;
    std::vector<User> users;
    std::vector<Place> places;
    std::vector<Review> reviews;
    std::vector<std::pair<std::string, std::string>> place_amenities;  // (place id, amenity id)

    bool operator==(const DataSet &) const = default;
};

}  // namespace hbnb
