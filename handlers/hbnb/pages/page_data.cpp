#include "pages/page_data.hpp"

#include <algorithm>
#include <unordered_map>

#include "pages/text.hpp"

namespace hbnb::pages {

namespace {

using mustache::data;

template <class T>
void sort_by_name(std::vector<T> &objects) {
    std::sort(objects.begin(), objects.end(),
              [](const T &a, const T &b) { return a.name != b.name ? a.name < b.name : a.id < b.id; });
}

template <class T>
data item(const T &object) {
    data one{"id", object.id};
    one.set("name", object.name);
    return one;
}

// Each state's cities, in the order they come in.
std::unordered_map<std::string, data> by_state(const std::vector<City> &cities) {
    std::unordered_map<std::string, data> lists;
    for (const City &city : cities) {
        const auto found = lists.try_emplace(city.state_id, data::type::list).first;
        found->second.push_back(item(city));
    }
    return lists;
}

std::string full_name(const User &user) {
    const std::string first = user.first_name.value_or(""), last = user.last_name.value_or("");
    return first.empty() || last.empty() ? first + last : first + " " + last;
}

data article(const Place &place) {
    data one = item(place);
    one.set("price", std::to_string(place.price_by_night));
    one.set("guests", counted(place.max_guest, "Guest"));
    one.set("bedrooms", counted(place.number_rooms, "Bedroom"));
    one.set("bathrooms", counted(place.number_bathrooms, "Bathroom"));
    one.set("description", description_html(place.description.value_or("")));
    return one;
}

}  // namespace

template <class T>
data list_of(std::vector<T> objects) {
    sort_by_name(objects);
    data list{data::type::list};
    for (const T &object : objects) list.push_back(item(object));
    return list;
}
template data list_of(std::vector<State>);
template data list_of(std::vector<City>);
template data list_of(std::vector<Amenity>);

data states_with_cities(std::vector<State> states, std::vector<City> cities) {
    sort_by_name(states);
    sort_by_name(cities);
    std::unordered_map<std::string, data> cities_of = by_state(cities);
    data list{data::type::list};
    for (const State &state : states) {
        data one = item(state);
        one.set("cities", cities_of.try_emplace(state.id, data::type::list).first->second);
        list.push_back(one);
    }
    return list;
}

data list_of_places(std::vector<Place> places, const std::vector<User> &users) {
    sort_by_name(places);
    std::unordered_map<std::string, std::string> names;
    for (const User &user : users) names.emplace(user.id, full_name(user));
    data list{data::type::list};
    for (const Place &place : places) {
        data one = article(place);
        one.set("owner", names[place.user_id]);
        list.push_back(one);
    }
    return list;
}

}  // namespace hbnb::pages
