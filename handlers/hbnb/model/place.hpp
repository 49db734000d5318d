#pragma once

#include "model/field.hpp"

namespace hbnb {

struct Place : Entity {
    std::string city_id;  // comes from the URL, never from a body
    std::string user_id;  // set once
    std::string name;
    std::optional<std::string> description;
    std::int64_t number_rooms = 0;
    std::int64_t number_bathrooms = 0;
    std::int64_t max_guest = 0;
    std::int64_t price_by_night = 0;  // dollars
    std::optional<double> latitude;   // degrees, of any number: as other programs take them
    std::optional<double> longitude;
    bool operator==(const Place &) const = default;
};

template <>
struct Class<Place> {
    static constexpr std::string_view kName = "Place";
    static constexpr std::string_view kTable = "places";
    static constexpr auto kFields =
        fields_of<Place>(Field<Place>{id("city_id").of("cities"), &Place::city_id},
                         Field<Place>{id("user_id").of("users").required().on_post(), &Place::user_id},
                         Field<Place>{text("name", 128).required().on_post_and_put(), &Place::name},
                         Field<Place>{text("description", 1024).nullable().on_post_and_put(), &Place::description},
                         Field<Place>{integer("number_rooms").on_post_and_put(), &Place::number_rooms},
                         Field<Place>{integer("number_bathrooms").on_post_and_put(), &Place::number_bathrooms},
                         Field<Place>{integer("max_guest").on_post_and_put(), &Place::max_guest},
                         Field<Place>{integer("price_by_night").on_post_and_put(), &Place::price_by_night},
                         Field<Place>{real("latitude").nullable().on_post_and_put(), &Place::latitude},
                         Field<Place>{real("longitude").nullable().on_post_and_put(), &Place::longitude});
};

}  // namespace hbnb
