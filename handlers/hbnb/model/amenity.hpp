#pragma once

#include "model/field.hpp"

namespace hbnb {

struct Amenity : Entity {
    std::string name;
    bool operator==(const Amenity &) const = default;
};

template <>
struct Class<Amenity> {
    static constexpr std::string_view kName = "Amenity";
    static constexpr std::string_view kTable = "amenities";
    static constexpr auto kFields =
        fields_of<Amenity>(Field<Amenity>{text("name", 128).required().on_post_and_put(), &Amenity::name});
};

}  // namespace hbnb
