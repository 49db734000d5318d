#include "manager/host/pid_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "manager/host/place.hpp"

namespace hbnb::manager {
namespace {

constexpr mode_t kMode = 0644;

std::string unable_to(const std::string &path) { return "write pid file " + path; }

std::string our_pid() { return std::to_string(::getpid()) + "\n"; }

bool holds_our_pid(int fd) {
    std::array<char, 32> text{};
    const ssize_t size = ::pread(fd, text.data(), text.size(), 0);
    return size > 0 && std::string_view(text.data(), static_cast<std::size_t>(size)) == our_pid();
}

enum class Place { free, ours, another_users };

Result<Place> look_at_place(const std::string &path) {
    struct stat there {};
    if (::lstat(path.c_str(), &there) != 0) {
        if (errno != ENOENT) return os_error(unable_to(path), errno);
        return Place::free;
    }
    if (const auto suits = check_kind(there, unable_to(path)); !suits) return suits.error();
    return there.st_uid == ::geteuid() ? Place::ours : Place::another_users;
}

}  // namespace

Result<PidFile> PidFile::prepare(const std::string &path) {
    const auto place = look_at_place(path);
    if (!place) return place.error();
    if (*place == Place::another_users && ::unlink(path.c_str()) != 0) return os_error(unable_to(path), errno);
    const bool made = *place != Place::ours;
    Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | (made ? O_EXCL : 0) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, kMode));
    struct stat status {};
    if (!fd.is_open() || ::fstat(fd.get(), &status) != 0) return os_error(unable_to(path), errno);
    if (const auto suits = check_kind(status, unable_to(path)); !suits) return suits.error();
    if (status.st_uid != ::geteuid()) return os_error(unable_to(path), EPERM);  // it came a moment ago
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return os_error(unable_to(path), errno);
        return Error{"unable to " + unable_to(path) + ": another container that runs has it; name another file"};
    }
    if (::fchmod(fd.get(), kMode) != 0) return os_error(unable_to(path), errno);
    return PidFile(path, std::move(fd), made);
}

Result<void> PidFile::look(const std::string &path) {
    const auto place = look_at_place(path);
    if (!place) return place.error();
    if (*place == Place::ours) return {};
    if (const int code = why_not_made(path); code != 0) return os_error(unable_to(path), code);
    return {};
}

PidFile::~PidFile() {
    if (!fd_.is_open()) return;
    if (published_) {
        if (!holds_our_pid(fd_.get())) return;
        static_cast<void>(::ftruncate(fd_.get(), 0) == 0);  // what the user it is now may not remove says nothing
    } else if (!made_) {
        return;
    }
    if (is_at(fd_.get(), path_)) ::unlink(path_.c_str());
}

Result<void> PidFile::publish() {
    if (!is_at(fd_.get(), path_))
        return Error{"unable to " + unable_to(path_) + ": it was removed or replaced while the container started"};
    const std::string text = our_pid();
    if (::ftruncate(fd_.get(), 0) != 0 ||
        ::pwrite(fd_.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
        return os_error(unable_to(path_), errno);
    published_ = true;
    return {};
}

}  // namespace hbnb::manager
