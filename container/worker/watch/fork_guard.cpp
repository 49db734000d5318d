#include "worker/watch/fork_guard.hpp"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "worker/error_log.hpp"

namespace hbnb::worker {
namespace {

constexpr unsigned char kWorker = 1;  // what a child finds instead is 0

// pthread_atfork takes functions without an argument.
std::function<void()> close_in_child;

}  // namespace

const volatile unsigned char *fork_mark = &kWorker;

Result<void> watch_forks(std::function<void()> close_ours) {
    const auto bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    void *const page = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return os_error("watch for forks of a handler", errno);
    if (::madvise(page, bytes, MADV_WIPEONFORK) != 0) return os_error("watch for forks of a handler", errno);
    auto *const mark = static_cast<unsigned char *>(page);
    *mark = kWorker;
    fork_mark = mark;
    close_in_child = std::move(close_ours);
    if (const int code = ::pthread_atfork(nullptr, nullptr, [] { close_in_child(); }); code != 0)
        return os_error("watch for forks of a handler", code);
    return {};
}

void end_forked_child(const ErrorLog &log, const char *plugin, const char *function) {
    log.write(LogLevel::error, std::string("plugin ") + plugin + " has forked a process (" +
                                   std::to_string(::getpid()) + "), which came back from " + function +
                                   " and is ended: a child executes a program, or ends by _exit");
    ::_exit(0);
}

}  // namespace hbnb::worker
