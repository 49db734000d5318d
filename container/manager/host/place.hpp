// Looks at the place of a file: before it is made, and whether what is there suits.
#pragma once

#include <sys/stat.h>

#include <string>

#include "base/error.hpp"

namespace hbnb::manager {

// Whether this process, with the ids it acts by now, may make a file at `path`, or replace one: 0, or the errno that it
// would fail with, as its directory is missing, is none, or is not writable.
int why_not_made(const std::string &path);

// Whether the open file is still the one of that name: another program may have removed or replaced it.
bool is_at(int fd, const std::string &path);

// Refused: what is no regular file, and what has a second name, which may be anybody's. unable_to: the error's verb and
// thing.
Result<void> check_kind(const struct stat &status, const std::string &unable_to);

}  // namespace hbnb::manager
