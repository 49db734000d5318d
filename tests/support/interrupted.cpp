// interrupted CALL SIGNAL [--first-process] -- COMMAND...: runs COMMAND, and sends it SIGNAL at the moment at which it
// makes the system call CALL for the first time. Its own exit code is the command's, 128 + N where signal N ended it;
// 125: it cannot. --first-process: as process 1 of a pid namespace with a /proc of its own.
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

namespace {

constexpr int kUnable = 125;
const std::map<std::string, unsigned long> kCalls{{"close_range", SYS_close_range}, {"memfd_create", SYS_memfd_create}};

[[noreturn]] void unable(const std::string &verb) {
    std::fprintf(stderr, "interrupted: unable to %s: %s\n", verb.c_str(), std::strerror(errno));
    ::_exit(kUnable);
}

[[noreturn]] void become(char **command, bool is_first) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (is_first && (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
                     ::mount("proc", "/proc", "proc", 0, nullptr) != 0))
        unable("mount /proc");
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) unable("be traced");
    ::execvp(command[0], command);
    unable(std::string("run ") + command[0]);
}

int wait_for(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR) unable("wait");
    return status;
}

bool is_at(pid_t child, unsigned long call) {
    __ptrace_syscall_info info{};
    const long size = ::ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info);
    return size > 0 && info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr == call;
}

int exit_of(int status) { return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status); }

}  // namespace

int main(int argc, char **argv) {
    const bool is_first = argc > 3 && std::string(argv[3]) == "--first-process";
    const int command = is_first ? 5 : 4;
    if (argc <= command || std::strcmp(argv[command - 1], "--") != 0 || !kCalls.contains(argv[1])) return kUnable;
    const unsigned long call = kCalls.at(argv[1]);
    if (is_first && ::unshare(CLONE_NEWPID | CLONE_NEWNS) != 0) unable("make a pid namespace");
    const pid_t child = ::fork();
    if (child == 0) become(argv + command, is_first);
    int status = wait_for(child);
    if (!WIFSTOPPED(status)) return exit_of(status);
    ::ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD);
    while (!is_at(child, call)) {
        if (::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr) != 0) unable("trace");
        status = wait_for(child);
        if (!WIFSTOPPED(status)) return exit_of(status);
    }
    ::kill(child, std::atoi(argv[2]));
    ::ptrace(PTRACE_DETACH, child, nullptr, nullptr);
    return exit_of(wait_for(child));
}
