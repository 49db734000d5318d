// Private copies of plugin files: what a generation runs can no longer be changed under it. Nothing of a plugin is
// loaded here: the manager never calls dlopen.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/fd.hpp"
#include "config/settings/config.hpp"

namespace hbnb::manager {

inline constexpr std::uint64_t kPluginBytesMax = 256 << 20;

struct PluginCopy {
    std::string file;  // canonical path it was copied from
    std::string hash;  // SHA-256 of the copy, hexadecimal
    Fd memfd;          // sealed: nobody can write or resize it any more
};

// Whose plugin files and directories are trusted, beside root's and our own.
struct PluginTrust {
    uid_t service_user;
};

// Refused with a sentence: not a regular file, unreadable, owned by or writable for anybody else, or in a
// directory that is (sticky ones like /tmp excepted), longer than kPluginBytesMax.
Result<PluginCopy> copy_plugin(const std::string &file, const PluginTrust &trust);

// A plugin of one pool in one generation.
struct StoredPlugin {
    config::Plugin plugin;
    std::shared_ptr<const PluginCopy> copy;  // mounted twice, copied once
};

// Every plugin of the pool: those that mounts name in their order, then the drop-ins of its directory by name.
Result<std::vector<StoredPlugin>> store_plugins(const config::Pool &pool, const PluginTrust &trust);

}  // namespace hbnb::manager
