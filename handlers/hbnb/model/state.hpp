#pragma once

#include "model/field.hpp"

namespace hbnb {

struct State : Entity {
    std::string name;
    bool operator==(const State &) const = default;
};

template <>
struct Class<State> {
    static constexpr std::string_view kName = "State";
    static constexpr std::string_view kTable = "states";
    static constexpr auto kFields =
        fields_of<State>(Field<State>{text("name", 128).required().on_post_and_put(), &State::name});
};

}  // namespace hbnb
