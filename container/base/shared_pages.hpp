// Memory that processes share: a memfd of a fixed size, sealed before another process gets it. One that could shrink
// the file would kill each process that has it mapped (SIGBUS), and seals do not come off. Owned by this process's
// mapping, which the destructor takes away; the memfd is the caller's, to be inherited or closed.
//
// Errors name the thing ("scoreboard") and what the kernel said, or that its size is that of another build.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "base/fd.hpp"

namespace hbnb {

class SharedPages {
  public:
    enum class Others { write, read };  // what a process may do that opens them

    // Zeros, which take no memory until they are touched. This process may write. memfd: set on success only.
    static Result<SharedPages> create(const std::string &what, std::size_t bytes, Others others, Fd &memfd);
    static Result<SharedPages> open(const std::string &what, std::size_t bytes, Others others, int memfd);

    void *data() const { return pages_.get(); }

  private:
    struct Unmap {
        std::size_t bytes = 0;
        void operator()(void *pages) const;
    };
    SharedPages(void *pages, std::size_t bytes) : pages_(pages, Unmap{bytes}) {}
    static Result<SharedPages> map(const std::string &unable_to, std::size_t bytes, int protection, int memfd);

    std::unique_ptr<void, Unmap> pages_;
};

// A memfd whose content is whole: no process writes to it any more, this one included. unable_to: as for os_error.
Result<void> seal_content(int memfd, const std::string &unable_to);

}  // namespace hbnb
