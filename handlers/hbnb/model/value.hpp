// What one column of one row holds, on its way between a request, an object and the database.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace hbnb {

// monostate is the null of a nullable column. Times are text: YYYY-MM-DDTHH:MM:SS.ffffff, UTC.
using Value = std::variant<std::monostate, std::string, std::int64_t, double>;
using Row = std::vector<Value>;

}  // namespace hbnb
