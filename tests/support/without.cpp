// without WHAT=ERRNO... -- COMMAND...: runs COMMAND on a kernel that refuses system calls, by a seccomp filter that its
// children inherit. WHAT: a call's name, or `threads` or `processes`: the starts of these. Exit code 125: it cannot.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace {

constexpr int kUnable = 125;

const std::map<std::string, unsigned> kCalls{{"close_range", SYS_close_range},
                                             {"epoll_create1", SYS_epoll_create1},
                                             {"memfd_create", SYS_memfd_create},
                                             {"pidfd_open", SYS_pidfd_open},
                                             {"pidfd_send_signal", SYS_pidfd_send_signal},
                                             {"pipe2", SYS_pipe2},
                                             {"signalfd4", SYS_signalfd4},
                                             {"socketpair", SYS_socketpair},
                                             {"waitid", SYS_waitid}};
const std::map<std::string, unsigned> kErrors{
    {"EAGAIN", EAGAIN}, {"EMFILE", EMFILE}, {"ENOMEM", ENOMEM}, {"ENOSYS", ENOSYS}, {"EPERM", EPERM}};

class Filter {
  public:
    Filter() { load(offsetof(seccomp_data, nr)); }

    void refuse(unsigned call, unsigned error) {
        code_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1));
        answer(SECCOMP_RET_ERRNO | error);
    }

    // clone3 has its flags in memory, where a filter cannot look: without it libc calls clone.
    void refuse_starts(bool threads, unsigned error) {
        refuse(SYS_clone3, ENOSYS);
#ifdef SYS_fork
        if (!threads) refuse(SYS_fork, error);
        if (!threads) refuse(SYS_vfork, error);
#endif
        code_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3));
        load(offsetof(seccomp_data, args));
        const std::uint8_t if_thread = threads ? 0 : 1, if_not = threads ? 1 : 0;
        code_.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, if_thread, if_not));
        answer(SECCOMP_RET_ERRNO | error);
        load(offsetof(seccomp_data, nr));
    }

    bool install() {
        answer(SECCOMP_RET_ALLOW);
        const sock_fprog program{static_cast<unsigned short>(code_.size()), code_.data()};
        return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
               ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
    }

  private:
    void load(std::size_t offset) {
        code_.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(offset)));
    }
    void answer(unsigned what) { code_.push_back(BPF_STMT(BPF_RET | BPF_K, what)); }

    std::vector<sock_filter> code_;
};

int unable(const std::string &reason) {
    std::fprintf(stderr, "without: %s\n", reason.c_str());
    return kUnable;
}

}  // namespace

int main(int argc, char **argv) {
    Filter filter;
    int i = 1;
    for (; i < argc && std::strcmp(argv[i], "--") != 0; ++i) {
        const std::string word = argv[i];
        const std::string what = word.substr(0, word.find('='));
        const auto error = kErrors.find(word.substr(std::min(word.size(), what.size() + 1)));
        const auto call = kCalls.find(what);
        const bool is_start = what == "threads" || what == "processes";
        if (error == kErrors.end() || (call == kCalls.end() && !is_start)) return unable("what is " + word + "?");
        is_start ? filter.refuse_starts(what == "threads", error->second) : filter.refuse(call->second, error->second);
    }
    if (i + 1 >= argc) return unable("which command?");
    if (!filter.install()) return unable(std::string("no seccomp filter: ") + std::strerror(errno));
    ::execvp(argv[i + 1], argv + i + 1);
    return unable(std::string(argv[i + 1]) + ": " + std::strerror(errno));
}
