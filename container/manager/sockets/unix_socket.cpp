#include "manager/sockets/unix_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "manager/host/place.hpp"

namespace hbnb::manager {
namespace {

std::string unable_to_listen(const std::string &path) { return "listen on unix:" + path; }

// In the same directory, so that rename replaces in one step, and never longer than what a socket address holds.
std::string temporary_name(std::string path) {
    if (path.size() + 4 <= kSocketPathMax) return path + ".new";
    path.back() = path.back() == '~' ? '_' : '~';
    return path;
}

sockaddr_un address_of(const std::string &path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

Result<Fd> make_socket() {
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.is_open()) return os_error("make a Unix socket", errno);
    return fd;
}

// The process that called listen() on the socket we are connected to.
pid_t listener_of(int connected) {
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(connected, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.pid : 0;
}

bool is_dead(pid_t pid) { return ::kill(pid, 0) != 0 && errno == ESRCH; }

bool is_ours(const UnixSocketPlan &plan, uid_t owner) {
    return owner == 0 || owner == ::geteuid() || owner == plan.claim.service_user || owner == plan.owner;
}

// Succeeds where the socket file at plan.path may be replaced: nobody serves it.
Result<void> check_stale(const UnixSocketPlan &plan, const struct stat &there) {
    const std::string unable_to = "unable to " + unable_to_listen(plan.path) + ": ";
    if (!S_ISSOCK(there.st_mode)) {
        const char *what = S_ISDIR(there.st_mode) ? "a directory" : "a file that is not a socket";
        return Error{unable_to + what + " is in its place"};
    }
    if (plan.claim.is_served) return {};
    auto probe = make_socket();
    if (!probe) return probe.error();
    const sockaddr_un address = address_of(plan.path);
    const int connected = ::connect(probe->get(), reinterpret_cast<const sockaddr *>(&address), sizeof address);
    const int code = errno;
    if (connected != 0 && code == ECONNREFUSED) {
        if (is_ours(plan, there.st_uid)) return {};
        return Error{unable_to + "a socket of uid " + std::to_string(there.st_uid) + " is in its place"};
    }
    const bool full = connected != 0 && code == EAGAIN;
    if (connected != 0 && !full) return os_error(unable_to_listen(plan.path) + " (a socket is in its place)", code);
    const pid_t pid = full ? 0 : listener_of(probe->get());
    if (pid > 0 && plan.claim.dead_predecessor == pid && is_dead(pid)) return {};
    std::string sentence = unable_to + "already served by a living process";
    if (pid > 0) sentence += " (pid " + std::to_string(pid) + (is_dead(pid) ? ", whose children still hold it)" : ")");
    return Error{std::move(sentence)};
}

Result<void> check_place(const UnixSocketPlan &plan) {
    const std::string unable_to = "unable to " + unable_to_listen(plan.path) + ": ";
    if (plan.path.empty() || plan.path.front() != '/') return Error{unable_to + "the path is not absolute"};
    if (plan.path.size() > kSocketPathMax) {
        return Error{unable_to + "the path is too long: " + std::to_string(plan.path.size()) + " bytes, at most " +
                     std::to_string(kSocketPathMax)};
    }
    struct stat there {};
    if (::lstat(plan.path.c_str(), &there) == 0) return check_stale(plan, there);
    if (errno != ENOENT) return os_error(unable_to_listen(plan.path), errno);
    return {};
}

// A temporary name that a manager left behind when it was killed in the middle.
void remove_leftover(const std::string &path) {
    struct stat there {};
    if (::lstat(path.c_str(), &there) == 0 && S_ISSOCK(there.st_mode)) ::unlink(path.c_str());
}

Result<void> bind_with_mode(int fd, const std::string &path, const UnixSocketPlan &plan) {
    // The kernel takes the mode of the file from the socket's own, so it is right from the first instant.
    if (::fchmod(fd, plan.mode) != 0) return os_error(unable_to_listen(plan.path), errno);
    const sockaddr_un address = address_of(path);
    const mode_t before = ::umask(0);
    const int bound = ::bind(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address);
    const int code = errno;
    ::umask(before);
    if (bound != 0) return os_error(unable_to_listen(plan.path), code);
    return {};
}

Result<void> set_owner(const std::string &path, const UnixSocketPlan &plan) {
    if (!plan.owner && !plan.group) return {};
    if (::lchown(path.c_str(), plan.owner.value_or(static_cast<uid_t>(-1)),
                 plan.group.value_or(static_cast<gid_t>(-1))) == 0)
        return {};
    return os_error("give unix:" + plan.path + " to its owner and group", errno);
}

// As set_owner would find: only root gives a file away, and to a group only its members.
bool may_give(const UnixSocketPlan &plan) {
    if (::geteuid() == 0) return true;
    if (plan.owner && *plan.owner != ::geteuid()) return false;
    if (!plan.group || *plan.group == ::getegid()) return true;
    return ::group_member(*plan.group) != 0;
}

// What a plan would change about the file at path.
struct Difference {
    bool owner = false;  // or group
    bool mode = false;
    uid_t file_owner = 0;
};

Difference difference(const std::string &path, const UnixSocketPlan &plan) {
    struct stat there {};
    if (::lstat(path.c_str(), &there) != 0) return {};
    const bool owner =
        plan.owner.value_or(there.st_uid) != there.st_uid || plan.group.value_or(there.st_gid) != there.st_gid;
    return {owner, (there.st_mode & 07777U) != plan.mode, there.st_uid};
}

}  // namespace

std::string mode_text(std::uint32_t mode) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04o", mode);
    return text.data();
}

Result<UnixSocket> UnixSocket::open(const UnixSocketPlan &plan) {
    if (auto free = check_place(plan); !free) return free.error();
    const std::string temporary = temporary_name(plan.path);
    remove_leftover(temporary);
    auto fd = make_socket();
    if (!fd) return fd.error();
    if (auto bound = bind_with_mode(fd->get(), temporary, plan); !bound) return bound.error();

    Result<void> done = set_owner(temporary, plan);
    struct stat made {};
    if (done && ::lstat(temporary.c_str(), &made) != 0) done = os_error(unable_to_listen(plan.path), errno);
    if (done && ::listen(fd->get(), plan.backlog) != 0) done = os_error(unable_to_listen(plan.path), errno);
    if (done && ::rename(temporary.c_str(), plan.path.c_str()) != 0)
        done = os_error(unable_to_listen(plan.path), errno);
    if (!done) {
        ::unlink(temporary.c_str());
        return done.error();
    }
    return UnixSocket(std::move(*fd), plan.path, made.st_dev, made.st_ino);
}

Result<void> UnixSocket::look(const UnixSocketPlan &plan) {
    if (auto free = check_place(plan); !free) return free;
    if (const int code = why_not_made(plan.path); code != 0) return os_error(unable_to_listen(plan.path), code);
    if (!may_give(plan)) return os_error("give unix:" + plan.path + " to its owner and group", EPERM);
    return {};
}

UnixSocket::~UnixSocket() {
    if (fd_.is_open()) remove_file();
}

bool UnixSocket::has_file() const {
    struct stat there {};
    return !path_.empty() && ::lstat(path_.c_str(), &there) == 0 && there.st_dev == device_ && there.st_ino == inode_;
}

void UnixSocket::remove_file() {
    if (has_file())
        ::unlink(path_.c_str());  // where the directory is not ours it stays, and the next start replaces it
    path_.clear();
}

Result<void> UnixSocket::check_change(const UnixSocketPlan &plan) const {
    const Difference wanted = difference(path_, plan);
    const bool ours = ::geteuid() == 0 || wanted.file_owner == ::geteuid();
    const std::string unable_to = "unable to change unix:" + plan.path + ": ";
    if (wanted.owner && ::geteuid() != 0)
        return Error{unable_to + "its owner or group changes, which only a new start can do"};
    if (wanted.mode && !ours) {
        return Error{unable_to + "its mode changes, and the file belongs to uid " + std::to_string(wanted.file_owner) +
                     ": only a new start can do that"};
    }
    return {};
}

Result<void> UnixSocket::change(const UnixSocketPlan &plan) {
    if (!has_file()) return Error{"unable to change unix:" + plan.path + ": its file is gone"};
    const Difference wanted = difference(path_, plan);
    if (wanted.owner) {
        if (auto owned = set_owner(path_, plan); !owned) return owned;
    }
    if (wanted.mode && ::chmod(path_.c_str(), plan.mode) != 0)
        return os_error("change the mode of unix:" + plan.path, errno);
    if (::listen(fd_.get(), plan.backlog) != 0) return os_error("change the backlog of unix:" + plan.path, errno);
    return {};
}

}  // namespace hbnb::manager
