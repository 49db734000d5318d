// Which of the application's fronts a request came in by: our nginx configuration says it (HBNB_FRONT), and it decides
// what the paths that several of them have mean.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace hbnb::pages {

enum class Front : std::uint8_t { site = 1, flask = 2, odd_even = 4, api = 8, dynamic = 16 };  // a set: site | flask

constexpr Front operator|(Front a, Front b) {
    return static_cast<Front>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr bool has(Front set, Front one) { return (static_cast<unsigned>(set) & static_cast<unsigned>(one)) != 0; }

struct FrontName {
    Front front;
    std::string_view name;
};
inline constexpr std::array<FrontName, 5> kFronts{{{Front::site, "site"},
                                                   {Front::flask, "flask"},
                                                   {Front::odd_even, "odd_even"},
                                                   {Front::api, "api"},
                                                   {Front::dynamic, "dynamic"}}};

// "" is the site. Throws std::runtime_error for a name that nginx should not have sent.
Front front_of(std::string_view name);

}  // namespace hbnb::pages
