#include "manager/host/log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>

#include "manager/host/place.hpp"

namespace hbnb::manager {
namespace {

// Non-blocking: a named pipe without a reader must not stop us here.
constexpr int kFlags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
constexpr mode_t kMode = 0640;

// What we were started with need not be ours to open by name: a pipe or a file of the process that started us.
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

// What cannot be written at all, by a sentence of its own: the system calls both of these "no such device".
Error not_opened(const std::string &unable_to, const std::string &path, int code) {
    struct stat there {};
    const bool is_known = code == ENXIO && ::stat(path.c_str(), &there) == 0;
    if (is_known && S_ISSOCK(there.st_mode)) return Error{"unable to " + unable_to + ": it is a socket"};
    if (is_known && S_ISFIFO(there.st_mode))
        return Error{"unable to " + unable_to + ": no process reads this named pipe; start its reader first"};
    return os_error(unable_to, code);
}

Result<Fd> open_found_for_somebody(const std::string &path, const std::string &unable_to, uid_t owner) {
    Fd found(::open(path.c_str(), kFlags | O_NOFOLLOW));
    if (!found.is_open() && errno == ELOOP)
        return Error{"unable to " + unable_to + ": it is a symbolic link, which root does not follow for another user"};
    if (!found.is_open()) return not_opened(unable_to, path, errno);
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

// Where a file would be made: behind symbolic links that lead to none.
std::string end_of_links(std::string path) {
    constexpr int kLinksMax = 40;  // the kernel's own
    std::error_code none;
    for (int i = 0; i < kLinksMax && std::filesystem::is_symlink(path, none); ++i)
        path = std::filesystem::path(path).parent_path() / std::filesystem::read_symlink(path, none);
    return path;
}

bool is_for_somebody(uid_t owner) { return ::geteuid() == 0 && owner != 0; }

}  // namespace

Result<void> look_at_log_file(const std::string &path, const std::string &what, uid_t owner) {
    const std::string unable_to = "open " + what + " " + path;
    if (standard_stream(path)) return {};
    struct stat there {};
    const bool is_there = ::lstat(path.c_str(), &there) == 0;
    if (is_there && is_for_somebody(owner) && !S_ISFIFO(there.st_mode)) {
        if (auto found = open_found_for_somebody(path, unable_to, owner); !found) return found.error();
        return {};
    }
    if (is_named_pipe(path)) {  // not opened: its reader would see it end when it is closed again
        if (::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) != 0) return os_error(unable_to, errno);
        return {};
    }
    const Fd found(::open(path.c_str(), kFlags));
    if (found.is_open()) return {};
    const int code = errno == ENOENT ? why_not_made(end_of_links(path)) : errno;
    if (code != 0) return not_opened(unable_to, path, code);
    return {};
}

bool is_named_pipe(const std::string &path) {
    struct stat there {};
    return ::stat(path.c_str(), &there) == 0 && S_ISFIFO(there.st_mode);
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
    if (!fd.is_open()) return not_opened(unable_to, path, errno);
    return fd;
}

}  // namespace hbnb::manager
