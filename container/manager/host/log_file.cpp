#include "manager/host/log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "manager/host/place.hpp"

namespace hbnb::manager {
namespace {

// Non-blocking: a named pipe without a reader must not stop us here.
constexpr int kFlags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
constexpr mode_t kMode = 0640;

// What we were started with need not be ours to open by name: a pipe or a file of whoever started us.
std::optional<int> standard_stream(const std::string &path) {
    if (path == "/dev/stdout") return STDOUT_FILENO;
    if (path == "/dev/stderr") return STDERR_FILENO;
    return std::nullopt;
}

Result<Fd> open_stream(int stream, const std::string &path, const std::string &unable_to) {
    Fd fd(::open(path.c_str(), kFlags));
    const int code = errno;
    if (!fd.is_open()) fd = Fd(::fcntl(stream, F_DUPFD_CLOEXEC, 0));
    if (!fd.is_open()) return os_error(unable_to, code);
    append_always(fd.get());
    return fd;
}

Result<Fd> open_found_for_somebody(const std::string &path, const std::string &unable_to, uid_t owner) {
    Fd found(::open(path.c_str(), kFlags | O_NOFOLLOW));
    if (!found.is_open() && errno == ELOOP)
        return Error{"unable to " + unable_to + ": it is a symbolic link, which root does not follow for another user"};
    if (!found.is_open()) return os_error(unable_to, errno);
    struct stat status {};
    if (::fstat(found.get(), &status) != 0) return os_error(unable_to, errno);
    if (S_ISREG(status.st_mode) && status.st_uid != owner) {
        return Error{"unable to " + unable_to + ": it belongs to user " + std::to_string(status.st_uid) +
                     ", and the container runs as user " + std::to_string(owner) + ", who must open it again"};
    }
    return found;
}

Result<Fd> open_for_somebody(const std::string &path, const std::string &unable_to, uid_t owner) {
    Fd made(::open(path.c_str(), kFlags | O_CREAT | O_EXCL, kMode));
    if (made.is_open()) {
        if (::fchown(made.get(), owner, static_cast<gid_t>(-1)) != 0) return os_error(unable_to, errno);
        return made;
    }
    if (errno != EEXIST) return os_error(unable_to, errno);
    return open_found_for_somebody(path, unable_to, owner);
}

bool is_for_somebody(uid_t owner) { return ::geteuid() == 0 && owner != 0; }

}  // namespace

Result<void> look_at_log_file(const std::string &path, const std::string &what, uid_t owner) {
    const std::string unable_to = "open " + what + " " + path;
    if (standard_stream(path)) return {};
    struct stat there {};
    if (::lstat(path.c_str(), &there) != 0) {
        const int code = errno == ENOENT ? why_not_made(path) : errno;
        if (code != 0) return os_error(unable_to, code);
        return {};
    }
    if (is_for_somebody(owner) && !S_ISFIFO(there.st_mode)) {
        if (auto found = open_found_for_somebody(path, unable_to, owner); !found) return found.error();
        return {};
    }
    // Not opened: a pipe's reader would see it end when it is closed again.
    if (::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) != 0 && errno != ENOENT)
        return os_error(unable_to, errno);
    if (S_ISDIR(there.st_mode)) return os_error(unable_to, EISDIR);
    return {};
}

void append_always(int descriptor) {
    struct stat status {};
    const int flags = ::fcntl(descriptor, F_GETFL);
    if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && flags >= 0 && (flags & O_APPEND) == 0)
        ::fcntl(descriptor, F_SETFL, flags | O_APPEND);
}

Result<Fd> open_log_file(const std::string &path, const std::string &what, uid_t owner) {
    const std::string unable_to = "open " + what + " " + path;
    if (const auto stream = standard_stream(path)) return open_stream(*stream, path, unable_to);
    if (is_for_somebody(owner)) return open_for_somebody(path, unable_to, owner);
    Fd fd(::open(path.c_str(), kFlags | O_CREAT, kMode));
    if (!fd.is_open()) return os_error(unable_to, errno);
    return fd;
}

}  // namespace hbnb::manager
