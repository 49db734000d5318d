#pragma once

#include "model/field.hpp"

namespace hbnb {

struct User : Entity {
    std::string email;     // set once, not unique
    std::string password;  // a password hash, or "!" which none matches; never shown
    std::optional<std::string> first_name;
    std::optional<std::string> last_name;
    bool operator==(const User &) const = default;
};

template <>
struct Class<User> {
    static constexpr std::string_view kName = "User";
    static constexpr std::string_view kTable = "users";
    static constexpr auto kFields =
        fields_of<User>(Field<User>{text("email", 128).required().on_post(), &User::email},
                        Field<User>{text("password", 128).required().on_post_and_put().hidden(), &User::password},
                        Field<User>{text("first_name", 128).nullable().on_post_and_put(), &User::first_name},
                        Field<User>{text("last_name", 128).nullable().on_post_and_put(), &User::last_name});
};

}  // namespace hbnb
