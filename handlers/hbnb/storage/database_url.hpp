// Where the data lives, as the configuration names it.
#pragma once

#include <string>
#include <string_view>

#include "model/refusal.hpp"

namespace hbnb {

struct DatabaseUrl {
    std::string path;  // of the SQLite file, absolute
    bool operator==(const DatabaseUrl &) const = default;
};

// "sqlite:///ABSOLUTE/PATH", the path taken literally. A refusal names the scheme at most: other URLs hold passwords.
Checked<DatabaseUrl> parse_database_url(std::string_view url);

}  // namespace hbnb
