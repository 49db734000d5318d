#include "manager/host/place.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace hbnb::manager {

int why_not_made(const std::string &path) {
    const std::size_t slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    return ::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

bool is_at(int fd, const std::string &path) {
    struct stat ours {
    }, there{};
    return ::fstat(fd, &ours) == 0 && ::lstat(path.c_str(), &there) == 0 && ours.st_dev == there.st_dev &&
           ours.st_ino == there.st_ino;
}

Result<void> check_kind(const struct stat &status, const std::string &unable_to) {
    if (!S_ISREG(status.st_mode)) return Error{"unable to " + unable_to + ": it is not a regular file"};
    if (status.st_nlink > 1) return Error{"unable to " + unable_to + ": it has another name, too"};  // whose?
    return {};
}

}  // namespace hbnb::manager
