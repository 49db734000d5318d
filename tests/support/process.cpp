#include "support/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "base/fd.hpp"
#include "support/temp_dir.hpp"

namespace hbnb::test {
namespace {

constexpr int kAboveTargets = 100;

// The state and the parent from /proc/PID/stat: "pid (name) S ppid ...", where the name may hold anything.
struct Stat {
    char state = '?';
    pid_t parent = -1;
};

std::optional<Stat> read_stat(pid_t pid) {
    const std::string text = read_file("/proc/" + std::to_string(pid) + "/stat");
    const auto name_end = text.rfind(") ");
    if (name_end == std::string::npos || name_end + 4 >= text.size()) return std::nullopt;
    Stat stat;
    stat.state = text[name_end + 2];
    std::from_chars(text.data() + name_end + 4, text.data() + text.size(), stat.parent);
    return stat;
}

class FileActions {
  public:
    FileActions(const std::string &output, const Surroundings &around) {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_addopen(&actions_, 1, output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
        ::posix_spawn_file_actions_adddup2(&actions_, 1, 2);
        if (around.standard_output >= 0) ::posix_spawn_file_actions_adddup2(&actions_, around.standard_output, 1);
        int next = 3;
        for (const int descriptor : around.descriptors) {
            lifted_.emplace_back(::fcntl(descriptor, F_DUPFD_CLOEXEC, kAboveTargets));
            ::posix_spawn_file_actions_adddup2(&actions_, lifted_.back().get(), next++);
        }
        ::posix_spawn_file_actions_addclosefrom_np(&actions_, next);
    }
    FileActions(const FileActions &) = delete;
    FileActions &operator=(const FileActions &) = delete;
    ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
    const posix_spawn_file_actions_t *get() const { return &actions_; }

  private:
    posix_spawn_file_actions_t actions_;
    std::vector<Fd> lifted_;  // out of the way of the numbers they get
};

class Attributes {
  public:
    Attributes() {
        ::posix_spawnattr_init(&attributes_);
        sigset_t none, all;
        ::sigemptyset(&none);
        ::sigfillset(&all);
        ::posix_spawnattr_setflags(&attributes_,
                                   POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
    }
    Attributes(const Attributes &) = delete;
    Attributes &operator=(const Attributes &) = delete;
    ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
    const posix_spawnattr_t *get() const { return &attributes_; }

  private:
    posix_spawnattr_t attributes_;
};

Exit exit_of(int status) {
    if (WIFEXITED(status)) return {WEXITSTATUS(status), 0};
    return {-1, WTERMSIG(status)};
}

}  // namespace

Process::Process(const std::vector<std::string> &command, const std::string &output, const Surroundings &around) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    const FileActions actions(output, around);
    const Attributes attributes;
    std::vector<char *> arguments;
    for (const auto &word : command) arguments.push_back(const_cast<char *>(word.c_str()));
    arguments.push_back(nullptr);
    std::vector<char *> environment;
    for (char **entry = environ; *entry != nullptr; ++entry) environment.push_back(*entry);
    for (const auto &entry : around.environment) environment.push_back(const_cast<char *>(entry.c_str()));
    environment.push_back(nullptr);
    const int code =
        ::posix_spawnp(&pid_, arguments[0], actions.get(), attributes.get(), arguments.data(), environment.data());
    if (code != 0) throw std::runtime_error("unable to start " + command[0] + ": " + std::strerror(code));
}

Process::~Process() {
    if (!is_running()) return;
    ::kill(pid_, SIGKILL);
    wait();
}

void Process::signal(int number) const {
    if (!exit_) ::kill(pid_, number);
}

bool Process::is_running() {
    if (exit_) return false;
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return true;
    exit_ = exit_of(status);
    return false;
}

std::optional<Exit> Process::wait(std::chrono::milliseconds deadline) {
    eventually([this] { return !is_running(); }, deadline);
    return exit_;
}

Outcome run(const std::vector<std::string> &command, std::chrono::milliseconds deadline) {
    const TempDir dir;
    Process process(command, dir / "output");
    const auto exit = process.wait(deadline);
    return {exit ? exit->code : -1, read_file(dir / "output")};
}

std::vector<pid_t> children_of(pid_t parent) {
    std::vector<pid_t> children;
    for (const auto &entry : std::filesystem::directory_iterator("/proc")) {
        const std::string name = entry.path().filename().string();
        pid_t pid = 0;
        if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc()) continue;
        const auto stat = read_stat(pid);
        if (stat && stat->parent == parent) children.push_back(pid);
    }
    return children;
}

bool process_exists(pid_t pid) {
    const auto stat = read_stat(pid);
    return stat && stat->state != 'Z' && stat->state != 'X';
}

bool is_zombie(pid_t pid) {
    const auto stat = read_stat(pid);
    return stat && stat->state == 'Z';
}

bool is_stopped(pid_t pid) {
    const auto stat = read_stat(pid);
    return stat && stat->state == 'T';
}

std::size_t count_descriptors(pid_t pid) {
    std::error_code unreadable;
    std::size_t count = 0;
    for (std::filesystem::directory_iterator at("/proc/" + std::to_string(pid) + "/fd", unreadable), end;
         !unreadable && at != end; at.increment(unreadable)) {
        ++count;
    }
    return count;
}

}  // namespace hbnb::test
