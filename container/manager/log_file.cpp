#include "manager/log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

namespace hbnb::manager {
namespace {

// What we were started with need not be ours to open by name: a pipe or a file of whoever started us.
std::optional<int> standard_stream(const std::string &path) {
    if (path == "/dev/stdout") return STDOUT_FILENO;
    if (path == "/dev/stderr") return STDERR_FILENO;
    return std::nullopt;
}

}  // namespace

Result<Fd> open_log_file(const std::string &path, const std::string &what, uid_t owner) {
    const std::string unable_to = "open " + what + " " + path;
    // Non-blocking: a named pipe without a reader must not stop us here, nor one with a slow reader later.
    Fd fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640));
    if (!fd.is_open()) {
        const int code = errno;
        if (const auto stream = standard_stream(path)) fd = Fd(::fcntl(*stream, F_DUPFD_CLOEXEC, 0));
        if (!fd.is_open()) return os_error(unable_to, code);
    }
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return os_error(unable_to, errno);
    const bool roots_own = ::geteuid() == 0 && status.st_uid == 0 && owner != 0;
    if (roots_own && S_ISREG(status.st_mode) && status.st_nlink == 1) {
        if (::fchown(fd.get(), owner, static_cast<gid_t>(-1)) != 0) return os_error(unable_to, errno);
    }
    return fd;
}

}  // namespace hbnb::manager
