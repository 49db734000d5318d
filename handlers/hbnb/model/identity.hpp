// Ids and stamps of objects.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace hbnb {

std::string id_of(std::array<unsigned char, 16> bytes);  // the UUIDv4 that they make

std::string new_id();     // UUIDv4, lower case, from the kernel's random source; any thread
std::string now_stamp();  // YYYY-MM-DDTHH:MM:SS.ffffff, UTC, wall clock; any thread

// Whether it can be the id of an object: 1 to 60 visible ASCII characters. What is none is nobody's, and no database
// need be asked (one takes "A" for "a ", another fails on what is no UTF-8).
bool is_id(std::string_view text);

}  // namespace hbnb
