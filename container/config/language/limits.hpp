// Every limit of the configuration language itself, by name. The ranges of single settings stand in settings.cpp's
// table.
#pragma once

#include <cstddef>

namespace hbnb::config {

inline constexpr std::size_t kFileBytesMax = 1 << 20;
inline constexpr std::size_t kKeyMax = 255;           // bytes of a key
inline constexpr std::size_t kDepthMax = 32;          // lists and mappings inside each other
inline constexpr std::size_t kFindingsMax = 100;      // of a file and its overrides; the rest is counted
inline constexpr std::size_t kFoundTextMax = 80;      // bytes of a value or key repeated in a sentence
inline constexpr std::size_t kOverrideKeyMax = 1024;  // bytes of the KEY of --set KEY=VALUE
inline constexpr std::size_t kPoolNameMax = 32;
inline constexpr std::size_t kAccountNameMax = 32;  // user and group names, as useradd(8) allows
inline constexpr std::size_t kPathMax = 4095;       // PATH_MAX without its NUL
inline constexpr std::size_t kSocketPathMax = 107;  // sun_path holds 108 with its closing NUL, unix(7)
inline constexpr std::size_t kListMax = 1024;       // entries of a list: allow, allow_uids, listen, wrapper

}  // namespace hbnb::config
