#include "model/place_search.hpp"

#include <algorithm>

#include "model/identity.hpp"

namespace hbnb {

namespace {

using Ids = std::vector<std::string>;

// What cannot be an id stays in the list as one that nobody has: an amenity that is unknown still excludes every place.
constexpr char kNobody[] = "";

Checked<Ids> read_ids(const nlohmann::json &object, const char *key) {
    const auto found = object.find(key);
    if (found == object.end() || found->is_null()) return Ids();
    const Refusal refusal{std::string(key) + " must be a list of ids"};
    if (!found->is_array()) return refusal;
    Ids ids;
    ids.reserve(found->size());
    for (const nlohmann::json &element : *found) {
        if (!element.is_string()) return refusal;
        const auto &id = element.get_ref<const std::string &>();
        ids.push_back(is_id(id) ? id : kNobody);
    }
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
}

}  // namespace

Checked<PlaceSearch> read_place_search(const nlohmann::json &object) {
    Checked<Ids> states = read_ids(object, "states");
    if (!states) return states.error();
    Checked<Ids> cities = read_ids(object, "cities");
    if (!cities) return cities.error();
    Checked<Ids> amenities = read_ids(object, "amenities");
    if (!amenities) return amenities.error();
    return PlaceSearch{std::move(*states), std::move(*cities), std::move(*amenities)};
}

}  // namespace hbnb
