#include "base/fd.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>

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

// As getdents64(2) gives it. "." and ".." are no numbers.
struct Entry {
    std::uint64_t inode;
    std::int64_t next;
    std::uint16_t bytes;
    std::uint8_t type;
    char name[1];
};

int number_of(const char *name) { return name[0] == '.' ? -1 : std::atoi(name); }

}  // namespace

Result<void> for_each_descriptor(const std::function<void(int)> &act) {
    const Fd directory(::open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const auto failure = [](int code) { return os_error("list what is open in /proc/self/fd", code); };
    if (!directory.is_open()) return failure(errno);
    alignas(Entry) std::array<char, 4096> entries;
    for (;;) {
        const long got = ::syscall(SYS_getdents64, directory.get(), entries.data(), entries.size());
        if (got < 0) return failure(errno);
        if (got == 0) return {};
        for (long at = 0; at < got;) {
            const auto *const entry = reinterpret_cast<const Entry *>(entries.data() + at);
            at += entry->bytes;
            const int number = number_of(entry->name);
            if (number >= 0 && number != directory.get()) act(number);
        }
    }
}

Result<void> keep_from_children(int first) {
    if (::syscall(SYS_close_range, static_cast<unsigned>(first), ~0U, CLOSE_RANGE_CLOEXEC) == 0) return {};
    return for_each_descriptor([first](int number) {
        if (number >= first) ::fcntl(number, F_SETFD, FD_CLOEXEC);
    });
}

Result<void> close_from(int first) {
    if (::syscall(SYS_close_range, static_cast<unsigned>(first), ~0U, 0U) == 0) return {};
    return for_each_descriptor([first](int number) {
        if (number >= first) ::close(number);
    });
}

}  // namespace hbnb
