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

// Calls visit(list) for each of the six lists, a referred-to one before those that refer to it.
template <class Data, class Visit>
void visit_lists(Data &data, const Visit &visit) {
    visit(data.states);
    visit(data.cities);
    visit(data.amenities);
    visit(data.users);
    visit(data.places);
    visit(data.reviews);
}

}  // namespace hbnb
