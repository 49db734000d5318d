#include "manager/place.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace hbnb::manager {

int why_not_made(const std::string &path) {
    const std::size_t slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    return ::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

}  // namespace hbnb::manager
