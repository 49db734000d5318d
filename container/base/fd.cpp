#include "base/fd.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <vector>

namespace hbnb {

Fd &Fd::operator=(Fd &&other) noexcept {
    if (this != &other) {
        reset();
        fd_ = other.release();
    }
    return *this;
}

void Fd::reset() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

namespace {

Result<std::vector<int>> open_numbers() {
    const std::unique_ptr<DIR, int (*)(DIR *)> directory(::opendir("/proc/self/fd"), ::closedir);
    if (!directory) return os_error("list what is open in /proc/self/fd", errno);
    std::vector<int> numbers;
    while (const dirent *entry = ::readdir(directory.get())) {
        const int number = std::atoi(entry->d_name);
        if (entry->d_name[0] != '.' && number != ::dirfd(directory.get())) numbers.push_back(number);
    }
    return numbers;
}

}  // namespace

Result<void> keep_from_children(int first) {
    if (::syscall(SYS_close_range, static_cast<unsigned>(first), ~0U, CLOSE_RANGE_CLOEXEC) == 0) return {};
    const auto numbers = open_numbers();
    if (!numbers) return numbers.error();
    for (const int number : *numbers)
        if (number >= first) ::fcntl(number, F_SETFD, FD_CLOEXEC);
    return {};
}

Result<void> close_from(int first) {
    if (::syscall(SYS_close_range, static_cast<unsigned>(first), ~0U, 0U) == 0) return {};
    const auto numbers = open_numbers();
    if (!numbers) return numbers.error();
    for (const int number : *numbers)
        if (number >= first) ::close(number);
    return {};
}

}  // namespace hbnb
