#include "manager/host/lock_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>

#include "manager/host/place.hpp"

namespace hbnb::manager {
namespace {

constexpr int kAttemptsMax = 16;

std::optional<pid_t> read_pid(int fd) {
    std::array<char, 32> text{};
    const ssize_t size = ::pread(fd, text.data(), text.size(), 0);
    pid_t pid = 0;
    if (size <= 0 || std::from_chars(text.data(), text.data() + size, pid).ec != std::errc() || pid <= 0)
        return std::nullopt;
    return pid;
}

bool write_pid(int fd) {
    const std::string text = std::to_string(::getpid()) + "\n";
    return ::ftruncate(fd, 0) == 0 && ::pwrite(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

Result<void> check_open(int fd, const std::string &unable_to) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) return os_error(unable_to, errno);
    return check_kind(status, unable_to);
}

}  // namespace

Result<std::optional<pid_t>> LockFile::look(const std::string &path) {
    const std::string unable_to = "lock " + path;
    const Fd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd.is_open() && errno != ENOENT) return os_error(unable_to, errno);
    if (!fd.is_open()) {
        if (const int code = why_not_made(path); code != 0) return os_error(unable_to, code);
        return std::optional<pid_t>();
    }
    if (const auto suits = check_open(fd.get(), unable_to); !suits) return suits.error();
    const auto pid = read_pid(fd.get());
    const bool lives = pid && (::kill(*pid, 0) == 0 || errno == EPERM);
    return lives ? pid : std::optional<pid_t>();
}

Result<LockFile> LockFile::take(const std::string &path, uid_t owner) {
    const std::string unable_to = "lock " + path;
    for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
        Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
        if (!fd.is_open()) return os_error(unable_to, errno);
        if (const auto suits = check_open(fd.get(), unable_to); !suits) return suits.error();
        if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK) return os_error(unable_to, errno);
            const auto pid = read_pid(fd.get());
            return Error{"unable to start: already running" + (pid ? ", pid " + std::to_string(*pid) : std::string()) +
                         " (it holds " + path + ")"};
        }
        if (!is_at(fd.get(), path)) continue;  // removed between our open and our flock: the lock of nothing
        const auto predecessor = read_pid(fd.get());
        if (::geteuid() == 0 && ::fchown(fd.get(), owner, static_cast<gid_t>(-1)) != 0)
            return os_error(unable_to, errno);
        if (!write_pid(fd.get())) return os_error("write " + path, errno);
        return LockFile(std::move(fd), path, predecessor);
    }
    return Error{"unable to " + unable_to + ": it comes and goes"};
}

LockFile::~LockFile() {
    if (fd_.is_open() && is_at(fd_.get(), path_)) {
        // Where the directory is not ours to write, an empty file says that nobody was killed.
        if (::unlink(path_.c_str()) != 0) static_cast<void>(::ftruncate(fd_.get(), 0) == 0);
    }
}

}  // namespace hbnb::manager
