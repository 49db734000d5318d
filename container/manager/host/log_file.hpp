// A log that the manager opens: appended to by whole lines, rotated by renaming it and USR1.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/error.hpp"
#include "base/fd.hpp"

namespace hbnb::manager {

// The file at `path`, made if missing (mode 0640), append only, non-blocking. what: "access log", "error log", for the
// sentence. "/dev/stdout" and "/dev/stderr" are the streams we were started with, also where we may not open them by
// name. As root for another `owner`: what is made is given to them, as it must open again after privileges are dropped;
// what is there must be theirs already, and no symbolic link. Whoever may write in the directory could otherwise have
// root write to, and give away, any file there is.
Result<Fd> open_log_file(const std::string &path, const std::string &what, uid_t owner);

// What open_log_file would refuse; makes nothing, and writes nothing. A named pipe must have a reader, which only
// opening it tells: that is not looked at.
Result<void> look_at_log_file(const std::string &path, const std::string &what, uid_t owner);

bool is_named_pipe(const std::string &path);  // symbolic links are followed

// A regular file is written at its end from now on, by all who share this descriptor; anything else stays as it is.
void append_always(int descriptor);

}  // namespace hbnb::manager
