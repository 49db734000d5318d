#include "manager/host/kernel.hpp"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.hpp"

namespace hbnb::manager {
namespace {

Error missing(const std::string &unable_to, const std::string &call, const std::string &since, int code) {
    Error error = os_error(unable_to + " (" + call + ")", code);
    if (code == ENOSYS || code == EPERM || code == EINVAL)
        error.message += "; Linux " + since + " or newer has it, and the profile of a container must allow it";
    return error;
}

}  // namespace

Result<void> check_system() {
    if (::access("/proc/self/fd", X_OK) != 0)
        return Error{
            "unable to read /proc/self/fd: /proc is not mounted here; workers are found and plugins loaded through it"};
    const Fd memory(::memfd_create("hbnb-check", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!memory.is_open()) return missing("make a file in memory", "memfd_create", "3.17", errno);
    const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
    if (!process.is_open()) return missing("watch a process", "pidfd_open", "5.3", errno);
    if (::syscall(SYS_pidfd_send_signal, process.get(), 0, nullptr, 0) != 0)
        return missing("signal a process", "pidfd_send_signal", "5.1", errno);
    siginfo_t info{};
    const int waited = ::waitid(P_PIDFD, static_cast<id_t>(process.get()), &info, WEXITED | WNOHANG);
    if (waited != 0 && errno != ECHILD) return missing("wait for a process", "waitid with P_PIDFD", "5.4", errno);
    return {};
}

}  // namespace hbnb::manager
