#pragma once

#include "model/field.hpp"

namespace hbnb {

struct City : Entity {
    std::string state_id;  // comes from the URL, never from a body
    std::string name;
    bool operator==(const City &) const = default;
};

template <>
struct Class<City> {
    static constexpr std::string_view kName = "City";
    static constexpr std::string_view kTable = "cities";
    static constexpr auto kFields =
        fields_of<City>(Field<City>{id("state_id").of("states"), &City::state_id},
                        Field<City>{text("name", 128).required().on_post_and_put(), &City::name});
};

}  // namespace hbnb
