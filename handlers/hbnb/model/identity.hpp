// Ids and stamps of new objects.
#pragma once

#include <string>

namespace hbnb {

std::string new_id();     // UUIDv4, lower case, from the kernel's random source; any thread
std::string now_stamp();  // YYYY-MM-DDTHH:MM:SS.ffffff, UTC, wall clock; any thread

}  // namespace hbnb
