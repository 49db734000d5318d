#include "manager/pid_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>

#include "base/fd.hpp"
#include "manager/place.hpp"

namespace hbnb::manager {
namespace {

std::string our_pid() { return std::to_string(::getpid()) + "\n"; }

bool holds_our_pid(const std::string &path) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    std::array<char, 32> text{};
    const ssize_t size = fd.is_open() ? ::read(fd.get(), text.data(), text.size()) : 0;
    return size > 0 && std::string_view(text.data(), static_cast<std::size_t>(size)) == our_pid();
}

}  // namespace

Result<PidFile> PidFile::prepare(const std::string &path) {
    PidFile file(path);
    const std::string text = our_pid();
    ::unlink(file.temporary().c_str());
    const Fd fd(::open(file.temporary().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!fd.is_open()) return os_error("write pid file " + path, errno);
    if (::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        return os_error("write pid file " + path, errno);
    }
    return file;
}

Result<void> PidFile::look(const std::string &path) {
    if (const int code = why_not_made(path); code != 0) return os_error("write pid file " + path, code);
    return {};
}

PidFile::PidFile(PidFile &&other) noexcept : path_(std::exchange(other.path_, {})), published_(other.published_) {}

PidFile::~PidFile() {
    if (path_.empty()) return;
    if (!published_) {
        ::unlink(temporary().c_str());
    } else if (holds_our_pid(path_)) {
        ::unlink(path_.c_str());
    }
}

Result<void> PidFile::publish() {
    if (::rename(temporary().c_str(), path_.c_str()) != 0) return os_error("write pid file " + path_, errno);
    published_ = true;
    return {};
}

}  // namespace hbnb::manager
