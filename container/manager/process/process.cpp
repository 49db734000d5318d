#include "manager/process/process.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/process/v2/posix/default_launcher.hpp>
#include <boost/process/v2/process.hpp>
#include <cerrno>
#include <csignal>
#include <optional>

#include "base/fd.hpp"
#include "manager/host/loop.hpp"

namespace hbnb::manager {

namespace process = boost::process::v2;
using boost::system::error_code;

namespace {

constexpr int kReapMax = 1024;  // orphans a call; the next SIGCHLD or exit brings the rest

// Boost runs the two members of an initialiser before fork and in the child before exec. After fork: system calls only.
struct ChildSetup {
    std::vector<ChildDescriptor> descriptors;
    int end;  // above the highest target
    std::uint64_t core_bytes;

    error_code on_setup(process::posix::default_launcher &launcher, const process::filesystem::path &,
                        const char *const *) const {
        for (const auto &descriptor : descriptors) launcher.fd_whitelist.push_back(descriptor.target);
        return {};
    }

    error_code on_exec_setup(process::posix::default_launcher &, const process::filesystem::path &,
                             const char *const *) const {
        ::setpgid(0, 0);
        for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
        sigset_t none;
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        rlimit core{};
        ::getrlimit(RLIMIT_CORE, &core);
        core.rlim_cur = core.rlim_max = std::min<rlim_t>(core_bytes, core.rlim_max);
        ::setrlimit(RLIMIT_CORE, &core);
        for (const auto &descriptor : descriptors) {
            if (::dup2(descriptor.source, descriptor.target) < 0) return {errno, boost::system::system_category()};
        }
        // Boost 1.81 closes only what lies above the highest number it keeps, and it keeps a pipe of its own up there.
        return keep_from_children(end) ? error_code() : error_code(errno, boost::system::system_category());
    }
};

// Holds every free number below `end`: neither Boost's own pipe nor a source may lie where a target will be put, or the
// dup2 calls would destroy it.
Result<std::vector<Fd>> hold_low_numbers(int source, int end) {
    std::vector<Fd> held;
    for (;;) {
        Fd fd(::fcntl(source, F_DUPFD_CLOEXEC, 0));
        if (!fd.is_open()) return os_error("start a process", errno);
        if (fd.get() >= end) return held;
        held.push_back(std::move(fd));
    }
}

struct Lifted {
    std::vector<Fd> owned;
    std::vector<ChildDescriptor> descriptors;
    int end;  // above the highest target
};

Result<Lifted> lift(const std::vector<ChildDescriptor> &descriptors, int end) {
    Lifted lifted{{}, {}, end};
    for (const auto &descriptor : descriptors) {
        Fd fd(::fcntl(descriptor.source, F_DUPFD_CLOEXEC, end));
        if (!fd.is_open()) return os_error("start a process", errno);
        lifted.descriptors.push_back({descriptor.target, fd.get()});
        lifted.owned.push_back(std::move(fd));
    }
    return lifted;
}

pool::ExitStatus to_exit_status(int native) {
    if (WIFSIGNALED(native)) return {pool::ExitStatus::Kind::signalled, WTERMSIG(native)};
    return {pool::ExitStatus::Kind::exited, WEXITSTATUS(native)};
}

// A child of ours that nobody has waited for: its pid cannot have been used again.
void kill_and_reap(pid_t pid) {
    if (pid <= 0) return;
    ::kill(pid, SIGKILL);
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
}

}  // namespace

struct Process::State {
    State(process::process started, Fd pid_handle, std::function<void(pool::ExitStatus)> on_exit)
        : child(std::move(started)), pid(child.id()), pidfd(std::move(pid_handle)), exited(std::move(on_exit)) {}

    void kill() const { ::syscall(SYS_pidfd_send_signal, pidfd.get(), SIGKILL, nullptr, 0); }

    // Asks whether it has really gone. Boost's own async_wait does not ask, it waits: and asio may say "readable" of a
    // descriptor whose number was another's a moment ago, which stopped the whole manager until that child ended.
    void look() {
        siginfo_t info{};
        const auto id = static_cast<id_t>(pidfd.get());
        if (::waitid(P_PIDFD, id, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return;
        ::kill(-pid, SIGKILL);  // what it leaves in its group; until it is waited for, the number is nobody else's
        error_code error;
        if (child.running(error)) return;
        const auto native = child.native_exit_code();  // the portable code does not tell signal 3 from exit code 3
        child.detach();  // else ~process waits for, and kills, the process that has this pid by then
        const auto self = std::move(until_exit);
        watch.reset();
        if (const auto tell = std::move(exited)) tell(to_exit_status(native));
    }

    process::process child;
    pid_t pid;
    Fd pidfd;  // ours: Boost 1.81 signals by pid, also after it has waited
    std::function<void(pool::ExitStatus)> exited;
    std::optional<Watch> watch;
    std::shared_ptr<State> until_exit;  // itself: also one that nobody owns any more is waited for
};

namespace {

Error start_error(const std::string &unable_to, int code) {
    Error error = os_error(unable_to, code);
    if (code == EAGAIN)
        error.message += "; there may be no more processes (pids.max of the control group, or ulimit -u of the user)";
    return error;
}

struct Launched {
    process::process child;
    Fd pidfd;
};

Result<Launched> launch(Loop &loop, const ChildPlan &plan, const Lifted &lifted) {
    std::vector<const char *> environment;
    for (const auto &entry : plan.environment) environment.push_back(entry.c_str());
    environment.push_back(nullptr);

    const std::string unable_to = "start " + plan.program;
    const pid_t manager = ::getpid();
    process::posix::default_launcher launcher;
    launcher.env = environment.data();
    try {
        error_code error;
        process::process child = launcher(loop.context().get_executor(), error, plan.program, plan.arguments,
                                          ChildSetup{lifted.descriptors, lifted.end, plan.core_bytes});
        if (error) {
            kill_and_reap(launcher.pid);  // Boost does not wait for a child whose exec failed
            return start_error(unable_to, error.value());
        }
        Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, launcher.pid, 0)));
        if (!pidfd.is_open()) return os_error(unable_to, errno);  // ~process kills and waits
        return Launched{std::move(child), std::move(pidfd)};
    } catch (const boost::system::system_error &failure) {
        // asio renews its descriptors in the child, and Boost opens a pidfd in the parent: both throw when there is
        // none left.
        if (::getpid() != manager) ::_exit(127);
        kill_and_reap(launcher.pid);
        return start_error(unable_to, failure.code().value());
    }
}

}  // namespace

Result<Process> Process::start(Loop &loop, const ChildPlan &plan, std::function<void(pool::ExitStatus)> exited) {
    if (plan.descriptors.empty()) throw std::logic_error("a child needs descriptors");
    int end = 0;
    for (const auto &descriptor : plan.descriptors) end = std::max(end, descriptor.target + 1);
    if (::access(plan.program.c_str(), X_OK) != 0) return os_error("start " + plan.program, errno);

    auto held = hold_low_numbers(plan.descriptors.front().source, end);
    if (!held) return held.error();
    auto lifted = lift(plan.descriptors, end);
    if (!lifted) return lifted.error();
    auto launched = launch(loop, plan, *lifted);
    if (!launched) return launched.error();

    auto state = std::make_shared<State>(std::move(launched->child), std::move(launched->pidfd), std::move(exited));
    state->watch.emplace(loop, state->pidfd.get(), [&state = *state] { state.look(); });
    state->until_exit = state;  // after what can fail: it keeps itself from here on
    return Process(std::move(state));
}

Process::Process(std::shared_ptr<State> state) : state_(std::move(state)) {}
Process::Process(Process &&) noexcept = default;

Process &Process::operator=(Process &&other) noexcept {
    std::swap(state_, other.state_);
    return *this;
}

Process::~Process() {
    if (!state_) return;
    state_->exited = nullptr;
    state_->kill();
}

pid_t Process::pid() const { return state_->pid; }
void Process::kill() const { state_->kill(); }

bool Process::is_stopped() const {
    siginfo_t info{};
    const auto pidfd = static_cast<id_t>(state_->pidfd.get());
    return ::waitid(P_PIDFD, pidfd, &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

std::vector<pid_t> reap_orphans(const std::function<bool(pid_t)> &is_ours) {
    std::vector<pid_t> reaped;
    for (int i = 0; i < kReapMax; ++i) {
        siginfo_t info{};
        if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) break;
        if (is_ours(info.si_pid)) break;  // it hides those behind it; its own exit brings us back here
        ::waitpid(info.si_pid, nullptr, WNOHANG);
        reaped.push_back(info.si_pid);
    }
    return reaped;
}

}  // namespace hbnb::manager
