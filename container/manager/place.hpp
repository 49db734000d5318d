// Looks at where a file is to be made, without making it.
#pragma once

#include <string>

namespace hbnb::manager {

// Whether this process, with the ids it acts by now, may make a file at `path`, or replace one: 0, or the errno that it
// would fail with, as its directory is missing, is none, or is not writable.
int why_not_made(const std::string &path);

}  // namespace hbnb::manager
