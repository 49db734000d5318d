// From objects to what the templates show. Every list comes out by name in byte order, ties by id. Values only.
#pragma once

#include <string>
#include <vector>

#include <kainjow/mustache.hpp>

#include "model/schema.hpp"

namespace hbnb::pages {

namespace mustache = kainjow::mustache;

// id and name of each. For State, City and Amenity.
template <class T>
mustache::data list_of(std::vector<T> objects);

// The states, each with its own `cities`.
mustache::data states_with_cities(std::vector<State> states, std::vector<City> cities);

// What an article shows of a place, ready to be read: `guests` is "2 Guests", `description` is HTML.
mustache::data list_of_places(std::vector<Place> places, const std::vector<User> &users);

}  // namespace hbnb::pages
