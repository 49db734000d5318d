// Passwords are kept as argon2id strings only.
#pragma once

#include <string>
#include <string_view>

namespace hbnb {

// About 20 ms and 19 MiB for as long; fits a column of 128 characters. Any thread. Throws std::runtime_error where the
// memory is not to be had.
std::string hash_password(const std::string &password);

// Whether it is what hash_password makes, or "!", which no password opens.
bool is_hashed(std::string_view stored);

}  // namespace hbnb
