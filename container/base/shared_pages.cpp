#include "base/shared_pages.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace hbnb {

void SharedPages::Unmap::operator()(void *pages) const { ::munmap(pages, bytes); }

Result<SharedPages> SharedPages::map(const std::string &unable_to, std::size_t bytes, int protection, int memfd) {
    void *pages = ::mmap(nullptr, bytes, protection, MAP_SHARED, memfd, 0);
    if (pages == MAP_FAILED) return os_error(unable_to, errno);
    return SharedPages(pages, bytes);
}

// Mapped before it is sealed: what is mapped then stays writable, where no other may write.
Result<SharedPages> SharedPages::create(const std::string &what, std::size_t bytes, Others others, Fd &memfd) {
    std::string name = "hbnb-" + what;
    std::replace(name.begin(), name.end(), ' ', '-');
    Fd made(::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!made.is_open()) return os_error("make a " + what, errno);
    if (::ftruncate(made.get(), static_cast<off_t>(bytes)) != 0) return os_error("size a " + what, errno);
    auto mapped = map("map a " + what, bytes, PROT_READ | PROT_WRITE, made.get());
    if (!mapped) return mapped;
    const int writing = others == Others::read ? F_SEAL_FUTURE_WRITE : 0;
    if (::fcntl(made.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL | writing) != 0)
        return os_error("seal a " + what, errno);
    memfd = std::move(made);
    return mapped;
}

Result<SharedPages> SharedPages::open(const std::string &what, std::size_t bytes, Others others, int memfd) {
    struct stat status {};
    if (::fstat(memfd, &status) != 0) return os_error("open the " + what, errno);
    if (static_cast<std::size_t>(status.st_size) != bytes)
        return Error{"unable to open the " + what + ": its size is that of another build"};
    const int protection = others == Others::read ? PROT_READ : PROT_READ | PROT_WRITE;
    return map("map the " + what, bytes, protection, memfd);
}

Result<void> seal_content(int memfd, const std::string &unable_to) {
    if (::fcntl(memfd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return os_error(unable_to, errno);
    return {};
}

}  // namespace hbnb
