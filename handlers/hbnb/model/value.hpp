// What one column of one row holds, on its way between a request, an object and the database.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace hbnb {

// What stands in a database and is nothing that its column can hold: "many" for a number, a month 0 for a time.
struct Unreadable {
    bool operator==(const Unreadable &) const = default;
};

// monostate is null. Times are text: YYYY-MM-DDTHH:MM:SS.ffffff, UTC.
using Value = std::variant<std::monostate, std::string, std::int64_t, double, Unreadable>;
using Row = std::vector<Value>;

}  // namespace hbnb
