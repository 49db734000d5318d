#pragma once

#include "model/field.hpp"

namespace hbnb {

struct Review : Entity {
    std::string place_id;  // comes from the URL, never from a body
    std::string user_id;   // set once
    std::string text;
    bool operator==(const Review &) const = default;
};

template <>
struct Class<Review> {
    static constexpr std::string_view kName = "Review";
    static constexpr std::string_view kTable = "reviews";
    static constexpr auto kFields =
        fields_of<Review>(Field<Review>{id("place_id").of("places"), &Review::place_id},
                          Field<Review>{id("user_id").of("users").required().on_post(), &Review::user_id},
                          Field<Review>{text("text", 1024).required().on_post_and_put(), &Review::text});
};

}  // namespace hbnb
