// The project's own sample data: invented guests and homes in real cities, the same ids and values on every machine.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "model/schema.hpp"

namespace hbnb {

struct SampleData {
    std::vector<State> states;
    std::vector<City> cities;
    std::vector<Amenity> amenities;
    std::vector<User> users;
    std::vector<Place> places;
    std::vector<Review> reviews;
    std::vector<std::pair<std::string, std::string>> place_amenities;  // (place id, amenity id)
};

SampleData make_sample_data();

}  // namespace hbnb
