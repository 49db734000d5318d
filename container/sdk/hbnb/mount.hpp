// What is a mount: the path prefix at which a plugin serves. The one rule, for the configuration, the container and the
// tests of a handler. Values only; any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace hbnb::sdk {

inline constexpr std::size_t kMountBytesMax = 255;

// "/" or "/demo": whole segments, at most kMountBytesMax bytes, no blank and no control character. Why this is none, as
// a sentence's end ("it has a blank"); empty: it is one.
inline std::string mount_problem(std::string_view mount) {
    const auto has = [&](auto kind) { return std::any_of(mount.begin(), mount.end(), kind); };
    if (!mount.starts_with('/')) return "it does not begin with '/'";
    if (mount.size() > kMountBytesMax) return "it is longer than " + std::to_string(kMountBytesMax) + " bytes";
    if (has([](char c) { return c == ' '; })) return "it has a blank";
    if (has([](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
        return "it has a control character";
    if (mount.find("//") != std::string_view::npos) return "it has an empty segment ('//')";
    if (mount.size() > 1 && mount.ends_with('/')) return "it ends with '/'";
    return "";
}

// The sentence behind "unable to load plugin FILE: ".
inline std::string refusal_of_mount(std::string_view mount) {
    return "its mount is \"" + std::string(mount) + "\": " + mount_problem(mount) +
           "; allowed a path such as / or /api/v1";
}

}  // namespace hbnb::sdk
